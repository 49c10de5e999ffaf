// Package kind provides a lab cluster in containers, through kind's library: a
// control plane and two worker nodes. It needs an engine that answers: Docker,
// Podman or nerdctl.
//
// What belongs to a lab is found by the label that kind gives its containers,
// so that a lab is the same to every podlab and outlives an engine's restart.
package kind

import (
	"path/filepath"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/kube"
)

// PinnedImage is the documented node image, of the minor version of Kubernetes
// that the lessons are verified on. Its patch version is the one that kind has
// published; the embedded cluster and podlab's own node image may have another.
const PinnedImage = "docker.io/kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed"

// Config says which lab, and what it is made of.
type Config struct {
	// Name of the lab: lower-case letters, digits and dashes.
	Name string
	// Dir is the lab's folder. It is made with mode 0700.
	Dir string
	// Engine is the program that runs the containers; see Find.
	Engine *Engine
	// NodeImage is what the nodes run, such as PinnedImage. It is pulled if the
	// engine does not have it.
	NodeImage string
	// ImageStore is the OCI image layout from which images get to the nodes.
	ImageStore string
	// Addons makes Up install metrics-server.
	Addons bool
}

// Provider is the cluster.Provider of kind clusters.
type Provider struct {
	cfg Config
}

var _ cluster.Provider = (*Provider)(nil)

// New returns the provider of one lab. It touches nothing.
func New(cfg Config) *Provider { return &Provider{cfg: cfg} }

// Name implements cluster.Provider.
func (p *Provider) Name() string { return "kind" }

// Kubeconfig implements cluster.Provider. The user's own is never touched.
func (p *Provider) Kubeconfig() string { return p.path("kubeconfig") }

// Images are those that a lab itself needs in its image store.
func Images() []string { return []string{kube.MetricsServerImage} }

// addons are what Up installs: kubeadm brings DNS, and its kubelets sign their
// certificates themselves.
var addons = kube.Addons{SelfSigned: true}

// clusterName is the name that kind knows the lab by.
func (p *Provider) clusterName() string { return "podlab-" + p.cfg.Name }

// path is a path in the lab's folder.
func (p *Provider) path(elem ...string) string {
	return filepath.Join(append([]string{p.cfg.Dir}, elem...)...)
}
