// Package choice decides who provides a lab's cluster where the user does not
// say: kind where a container engine and the nodes' image can be had, else the
// embedded cluster where it can run; else it tells what is missing.
package choice

import (
	"fmt"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// Names of the providers, as users write them.
const (
	Auto     = "auto"
	Kind     = "kind"
	Embedded = "embedded"
	// Existing is never chosen by Auto: it touches a cluster of the user's.
	Existing = "existing"
)

// Facts are what a choice is made from. The questions are asked only if the
// answer matters.
type Facts struct {
	// Engine finds a container engine and returns its name and version.
	Engine func() (string, error)
	// HasImage tells whether the engine has a node image.
	HasImage func(ref string) bool
	// Registry asks the pinned image's registry whether it is there.
	Registry func() error
	// Embedded tells what keeps the embedded cluster from running here.
	Embedded func() error

	// NodeImage is the image that the user wants; empty, Pinned is, and where
	// that cannot be had, Offline.
	NodeImage       string
	Pinned, Offline string
}

// Choice is who provides the cluster.
type Choice struct {
	Provider  string `json:"provider"`
	NodeImage string `json:"nodeImage,omitempty"` // of kind
	// Why says in half a sentence what it was chosen for, and what was not.
	Why string `json:"why"`
}

// Advice is in one line what a Missing says.
const Advice = "install Docker or Podman and start it, or run podlab with sudo on Linux, or name a cluster that you have: --provider existing --kubeconfig FILE --context NAME"

// Missing is the error where no cluster can be made: for each provider what
// it lacks and what to do about it.
type Missing struct {
	Kind, Embedded error
}

func (m *Missing) Error() string {
	var b strings.Builder
	b.WriteString("no cluster can be made on this machine; any one of these helps:\n")
	for _, way := range []struct {
		provider string
		lacks    error
		advice   string
	}{
		{Kind, m.Kind, "install Docker (docs.docker.com/get-started/get-docker) or Podman (podman.io), start it and run podlab again; without internet, also load the nodes' image with 'docker load'"},
		{Embedded, m.Embedded, "on Linux, run podlab with sudo"},
		{Existing, say.Errorf("no cluster is named"), "use a cluster that you have: --provider existing --kubeconfig FILE --context NAME"},
	} {
		fmt.Fprintf(&b, "  %s: %v\n    → %s\n", way.provider, way.lacks, way.advice)
	}
	return strings.TrimRight(b.String(), "\n")
}

// Unwrap gives the reasons.
func (m *Missing) Unwrap() []error { return []error{m.Kind, m.Embedded} }

// Choose makes the choice that auto stands for. Where there is none the error
// is a *Missing.
func Choose(f Facts) (Choice, error) {
	engine, kindErr := f.Engine()
	if kindErr == nil {
		var image, why string
		if image, why, kindErr = f.Image(true); kindErr == nil {
			return Choice{Provider: Kind, NodeImage: image, Why: engine + " answers and " + why}, nil
		}
	}
	embeddedErr := f.Embedded()
	if embeddedErr == nil {
		return Choice{Provider: Embedded, Why: "kind cannot be used: " + kindErr.Error()}, nil
	}
	return Choice{}, &Missing{Kind: kindErr, Embedded: embeddedErr}
}

// Image picks the node image for kind, of an engine that answers. With sure, an
// image that neither is there nor can be pulled now is an error; else it is
// tried.
func (f Facts) Image(sure bool) (ref, why string, err error) {
	wanted := f.NodeImage
	if wanted == "" {
		wanted = f.Pinned
	}
	switch {
	case f.HasImage(wanted):
		return wanted, "has the node image", nil
	case f.NodeImage == "" && f.HasImage(f.Offline):
		return f.Offline, "has the node image for offline use", nil
	case !sure:
		return wanted, "is to pull the node image", nil
	}
	if err := f.Registry(); err != nil {
		return "", "", say.Errorf("the node image %s is not there and cannot be pulled: %w", wanted, err)
	}
	return wanted, "can pull the node image", nil
}
