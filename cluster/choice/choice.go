// Package choice decides who provides a lab's cluster where the user does not
// say: kind where a container engine and the nodes' image can be had, else the
// embedded cluster where it can run; else it tells what is missing.
package choice

import (
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
	Why say.Text `json:"why"`
}

// Advice is in one line what a Missing says.
func Advice() say.Text {
	return say.T("install Docker or Podman and start it, or run podlab with sudo on Linux, or name a cluster that you have: --provider existing --kubeconfig FILE --context NAME")
}

// Missing is the error where no cluster can be made: for each provider what
// it lacks and what to do about it.
type Missing struct {
	Kind, Embedded error
}

// Error implements error.
func (m *Missing) Error() string { return m.Said().String() }

// Said implements [say.Sayer].
func (m *Missing) Said() say.Text {
	lines := []say.Text{say.T("no cluster can be made on this machine; any one of these helps:")}
	for _, way := range []struct {
		provider string
		lacks    error
		advice   say.Text
	}{
		{Kind, m.Kind, say.T("install Docker (docs.docker.com/get-started/get-docker) or Podman (podman.io), start it and run podlab again; without internet, also load the nodes' image with 'docker load'")},
		{Embedded, m.Embedded, say.T("on Linux, run podlab with sudo")},
		{Existing, say.Errorf("no cluster is named"), say.T("use a cluster that you have: --provider existing --kubeconfig FILE --context NAME")},
	} {
		lines = append(lines, say.T("  %s: %v\n    → %s", way.provider, way.lacks, way.advice))
	}
	return say.Join("\n", lines...)
}

// Unwrap gives the reasons.
func (m *Missing) Unwrap() []error { return []error{m.Kind, m.Embedded} }

// Choose makes the choice that auto stands for. Where there is none the error
// is a *Missing.
func Choose(f Facts) (Choice, error) {
	engine, kindErr := f.Engine()
	if kindErr == nil {
		var image string
		var why say.Text
		if image, why, kindErr = f.Image(true); kindErr == nil {
			return Choice{Provider: Kind, NodeImage: image, Why: say.T("%s answers and %v", engine, why)}, nil
		}
	}
	embeddedErr := f.Embedded()
	if embeddedErr == nil {
		return Choice{Provider: Embedded, Why: say.T("kind cannot be used: %v", kindErr)}, nil
	}
	return Choice{}, &Missing{Kind: kindErr, Embedded: embeddedErr}
}

// Image picks the node image for kind, of an engine that answers. With sure, an
// image that neither is there nor can be pulled now is an error; else it is
// tried.
func (f Facts) Image(sure bool) (ref string, why say.Text, err error) {
	wanted := f.NodeImage
	if wanted == "" {
		wanted = f.Pinned
	}
	switch {
	case f.HasImage(wanted):
		return wanted, say.T("has the node image"), nil
	case f.NodeImage == "" && f.HasImage(f.Offline):
		return f.Offline, say.T("has the node image for offline use"), nil
	case !sure:
		return wanted, say.T("is to pull the node image"), nil
	}
	if err := f.Registry(); err != nil {
		return "", say.Text{}, say.Errorf("the node image %s is not there and cannot be pulled: %w", wanted, err)
	}
	return wanted, say.T("can pull the node image"), nil
}
