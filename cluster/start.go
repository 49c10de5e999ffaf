package cluster

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/podlab/podlab/internal/say"
)

// startExtension is the name under which a kubeconfig says which start of a
// cluster it is for. A cluster that begins again from a kept state has the UIDs of
// the one before, and only this tells the two apart.
const startExtension = "podlab.dev/start"

// SetStart writes a start's id into the kubeconfig's entry of a cluster.
func SetStart(c *api.Cluster, id string) error {
	raw, err := json.Marshal(id)
	if err != nil {
		return say.Errorf("make kubeconfig: %w", err)
	}
	c.Extensions = map[string]runtime.Object{startExtension: &runtime.Unknown{Raw: raw, ContentType: runtime.ContentTypeJSON}}
	return nil
}

// StartOf is the id that SetStart wrote into the cluster of a kubeconfig's current
// context; "" if it has none.
func StartOf(kubeconfig string) (string, error) {
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		return "", say.Errorf("cannot read the lab's kubeconfig: %w", err)
	}
	context := config.Contexts[config.CurrentContext]
	if context == nil || config.Clusters[context.Cluster] == nil {
		return "", nil
	}
	extension, ok := config.Clusters[context.Cluster].Extensions[startExtension].(*runtime.Unknown)
	if !ok {
		return "", nil
	}
	var id string
	if err := json.Unmarshal(extension.Raw, &id); err != nil {
		return "", say.Errorf("cannot read the lab's kubeconfig: %w", err)
	}
	return id, nil
}
