package kind

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// workers is how many worker nodes a lab has: two, so that scheduling can be
// seen.
const workers = 2

// Where things are in a node.
const (
	kubeletDropIn = "/etc/kubernetes/kubelet.conf.d"
	nodeStore     = "/kind/store" // the image store; our own node image pulls from it
)

// kubeletSettings are as in the embedded cluster: what changes is seen soon,
// and nothing waits for a rate limit.
const kubeletSettings = `kind: KubeletConfiguration
syncFrequency: 10s
serializeImagePulls: false
registryPullQPS: 0
eventRecordQPS: 0
kubeAPIQPS: 200
kubeAPIBurst: 400
`

// clusterSettings trade durability for speed: etcd does not wait for the disk,
// and the controllers do not wait for their turn.
const clusterSettings = `
- op: add
  path: /etcd
  value: {local: {dataDir: /var/lib/etcd, extraArgs: [{name: unsafe-no-fsync, value: "true"}]}}
- op: add
  path: /controllerManager/extraArgs/-
  value: {name: kube-api-qps, value: "2000"}
- op: add
  path: /controllerManager/extraArgs/-
  value: {name: kube-api-burst, value: "4000"}
`

// dropInFlag makes a kubelet read the folder in which lessons and learners put
// settings of their own.
const dropInFlag = `
- op: add
  path: /nodeRegistration/kubeletExtraArgs/-
  value: {name: config-dir, value: ` + kubeletDropIn + `}
`

// clusterConfig describes the lab to kind, and makes the folders that the nodes
// share with this machine.
func (p *Provider) clusterConfig() (*v1alpha4.Cluster, error) {
	config := &v1alpha4.Cluster{
		TypeMeta:             v1alpha4.TypeMeta{Kind: "Cluster", APIVersion: "kind.x-k8s.io/v1alpha4"},
		Name:                 p.clusterName(),
		KubeadmConfigPatches: []string{kubeletSettings},
	}
	for kind, patch := range map[string]string{
		"ClusterConfiguration": clusterSettings,
		"InitConfiguration":    dropInFlag,
		"JoinConfiguration":    dropInFlag,
	} {
		config.KubeadmConfigPatchesJSON6902 = append(config.KubeadmConfigPatchesJSON6902, v1alpha4.PatchJSON6902{
			Group: "kubeadm.k8s.io", Version: "v1beta4", Kind: kind, Patch: patch,
		})
	}
	for i := range workers + 1 {
		role, dropIn := v1alpha4.WorkerRole, p.shared(i)
		if i == 0 {
			role = v1alpha4.ControlPlaneRole
		}
		if err := dirs.Make(dropIn); err != nil {
			return nil, err
		}
		node := v1alpha4.Node{Role: role, Image: p.cfg.NodeImage, ExtraMounts: []v1alpha4.Mount{
			{HostPath: dropIn, ContainerPath: kubeletDropIn},
		}}
		if p.cfg.ImageStore != "" {
			node.ExtraMounts = append(node.ExtraMounts, v1alpha4.Mount{HostPath: p.cfg.ImageStore, ContainerPath: nodeStore, Readonly: true})
		}
		config.Nodes = append(config.Nodes, node)
	}
	return config, nil
}

// shared is the folder that node i, of which 0 is the control plane, shares with
// this machine.
func (p *Provider) shared(i int) string {
	name := "control-plane"
	if i > 0 {
		name = fmt.Sprintf("worker-%d", i)
	}
	return p.path("nodes", name, "kubelet.conf.d")
}

// Trace is the folder by which it can be told without an engine that the lab may
// have containers: it is there from before the first is made until all are gone.
func (p *Provider) Trace() string { return filepath.Dir(p.shared(0)) }

// engineFile keeps the program of the engine that has the lab's containers: another
// one, which answers first one day, knows nothing of them.
func (p *Provider) engineFile() string { return filepath.Join(p.Trace(), "engine") }

// removeShared removes the folders that the nodes shared with this machine. The
// embedded cluster's nodes have theirs beside them.
func (p *Provider) removeShared() error {
	_ = os.Remove(p.engineFile()) // what stays keeps the trace, and so is told
	for i := range workers + 1 {
		if err := os.RemoveAll(p.shared(i)); err != nil {
			return say.Errorf("remove the lab's files: %w", err)
		}
		_ = os.Remove(filepath.Dir(p.shared(i))) // unless another's files are in it
	}
	_ = os.Remove(p.path("nodes"))
	return nil
}
