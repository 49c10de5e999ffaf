// Package embedded provides a real Kubernetes cluster without Docker: a control
// plane and two worker nodes, made of Linux namespaces and of the programs of
// the module node. It needs Linux and root.
//
// A lab has no footprint on the machine's network: bridge, cables, routes and
// firewall rules are in network namespaces of its own. The API server is
// reached through one loopback port. Every process of a lab descends from one
// supervisor that is the first process of a PID namespace, so that its death
// ends all of them; everything a lab writes is in its folder.
package embedded

import (
	"path/filepath"

	"github.com/podlab/podlab/cluster"
)

// Config says which lab, and where its parts are.
type Config struct {
	// Name of the lab, unique on the machine: letters, digits and dashes.
	Name string
	// Dir is the lab's folder. It is made with mode 0700.
	Dir string
	// Programs is the folder with the node's programs (see package programs).
	Programs string
	// Source is the folder of the module node. Up brings Programs up to date
	// from it; empty, they are used as they are.
	Source string
	// ImageStore is the OCI image layout that the nodes pull from. Images that
	// are added to it later can be pulled at once.
	ImageStore string
	// ImageOrigin is what Status tells of the images: "offline" or "registry".
	ImageOrigin string
	// Addons makes Up install CoreDNS and metrics-server. It does not wait for
	// them: see WaitAddons.
	Addons bool
}

// Provider is the embedded cluster.Provider.
type Provider struct {
	cfg Config
}

var _ cluster.Provider = (*Provider)(nil)

// New returns the provider of one lab. It touches nothing.
func New(cfg Config) *Provider { return &Provider{cfg: cfg} }

// Name implements cluster.Provider.
func (p *Provider) Name() string { return "embedded" }

// Kubeconfig implements cluster.Provider.
func (p *Provider) Kubeconfig() string { return p.path("kubeconfig") }

// path is a path in the lab's folder.
func (p *Provider) path(elem ...string) string {
	return filepath.Join(append([]string{p.cfg.Dir}, elem...)...)
}
