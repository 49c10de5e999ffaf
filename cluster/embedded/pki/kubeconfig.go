package pki

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// Kubeconfig is a file by which one user reaches one cluster.
type Kubeconfig struct {
	Cluster, User string
	Server        string // URL
	CA            []byte // PEM
	Client        Pair
	// Start is the id of the cluster's start, if it is to be told: see
	// [cluster.SetStart].
	Start string
}

// Write writes the file with mode 0600, in one step: a reader sees the old
// file or the new one.
func (k Kubeconfig) Write(path string) error {
	context := k.User + "@" + k.Cluster
	entry := &api.Cluster{Server: k.Server, CertificateAuthorityData: k.CA}
	if k.Start != "" {
		if err := cluster.SetStart(entry, k.Start); err != nil {
			return err
		}
	}
	data, err := clientcmd.Write(api.Config{
		Clusters: map[string]*api.Cluster{k.Cluster: entry},
		AuthInfos: map[string]*api.AuthInfo{
			k.User: {ClientCertificateData: k.Client.Cert, ClientKeyData: k.Client.Key},
		},
		Contexts:       map[string]*api.Context{context: {Cluster: k.Cluster, AuthInfo: k.User}},
		CurrentContext: context,
	})
	if err != nil {
		return say.Errorf("make kubeconfig: %w", err)
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return say.Errorf("write kubeconfig: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return say.Errorf("write kubeconfig: %w", err)
	}
	return nil
}
