package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/choice"
	"github.com/podlab/podlab/cluster/embedded"
	"github.com/podlab/podlab/cluster/existing"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/cluster/kind"
	"github.com/podlab/podlab/cluster/kind/nodeimage"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// newProvider makes the provider that the user names. auto takes the one that
// the lab had last, while anything of it is there, and else what this machine
// can run.
func newProvider(ctx context.Context, o *options, l *lab) (cluster.Provider, error) {
	switch o.provider {
	case "", choice.Auto:
		if p, err := l.lastProvider(ctx, o); p != nil || err != nil {
			return p, err
		}
		chosen, engine, err := choose(ctx, o, l)
		if err != nil {
			return nil, err
		}
		if chosen.Provider == choice.Kind {
			return l.kind(engine, chosen.NodeImage), nil
		}
		return l.embedded(), nil
	case choice.Embedded:
		return l.embedded(), nil
	case choice.Kind:
		return l.findKind(ctx, o)
	case choice.Existing:
		return existing.New(existing.Config{Name: l.name, Dir: l.dir, Kubeconfig: o.kubeconfig, Context: o.context}), nil
	default:
		return nil, say.Errorf("unknown provider %q: use auto, kind, embedded or existing", o.provider)
	}
}

// embedded is the lab's embedded cluster.
func (l *lab) embedded() *embedded.Provider {
	return embedded.New(embedded.Config{
		Name:       l.name,
		Dir:        l.dir,
		Programs:   l.programs.dir,
		ImageStore: dirs.Images(),
		Addons:     true,
	})
}

// kind is the lab's kind cluster.
func (l *lab) kind(engine *kind.Engine, nodeImage string) *kind.Provider {
	return kind.New(kind.Config{
		Name:       l.name,
		Dir:        l.dir,
		Engine:     engine,
		NodeImage:  nodeImage,
		ImageStore: dirs.Images(),
		Addons:     true,
	})
}

// findKind is the lab's kind cluster in whatever engine answers.
func (l *lab) findKind(ctx context.Context, o *options) (cluster.Provider, error) {
	engine, err := kind.Find(ctx, l.dir)
	if err != nil {
		return nil, say.Errorf("a kind cluster cannot be used: %w: install Docker or Podman and start it, or choose another provider", err)
	}
	return l.inEngine(ctx, o, engine)
}

// inEngine is the lab's kind cluster in that engine.
func (l *lab) inEngine(ctx context.Context, o *options, engine *kind.Engine) (cluster.Provider, error) {
	image, _, err := facts(ctx, o, l, &engine).Image(false)
	if err != nil {
		return nil, err
	}
	return l.kind(engine, image), nil
}

// choose makes the choice that auto stands for, and returns the engine that it
// may use.
func choose(ctx context.Context, o *options, l *lab) (choice.Choice, *kind.Engine, error) {
	var engine *kind.Engine
	chosen, err := choice.Choose(facts(ctx, o, l, &engine))
	return chosen, engine, err
}

// facts are this machine's. The engine that is found is left in *engine.
func facts(ctx context.Context, o *options, l *lab, engine **kind.Engine) choice.Facts {
	return choice.Facts{
		Engine: func() (string, error) {
			found, err := kind.Find(ctx, l.dir)
			if err != nil {
				return "", err
			}
			*engine = found
			return found.Program + " " + found.Version, nil
		},
		HasImage: func(ref string) bool { return (*engine).HasImage(ctx, ref) },
		Registry: func() error {
			if l.mode == images.ModeOffline {
				return say.Errorf("registries are not asked: images are made offline")
			}
			return images.Answers(ctx, kind.PinnedImage)
		},
		Embedded:  func() error { return l.embedded().Check() },
		NodeImage: o.nodeImage,
		Pinned:    kind.PinnedImage,
		Offline:   nodeimage.Ref,
	}
}

// providerFile remembers who provides the lab.
func (l *lab) providerFile() string { return filepath.Join(l.dir, "provider") }

// remembered is the provider that remember was last told, or "".
func (l *lab) remembered() string {
	name, _ := os.ReadFile(l.providerFile()) // what cannot be read was never up
	return strings.TrimSpace(string(name))
}

// remember keeps the name of the lab's provider; the lab's folder is there.
func (l *lab) remember(provider string) error {
	if err := os.WriteFile(l.providerFile(), []byte(provider+"\n"), 0o600); err != nil {
		return say.Errorf("cannot remember the lab's provider: %w: check that the disk is not full", err)
	}
	return nil
}

// lastProvider is the one that has the lab's cluster, else the one that brought
// it up last, or nil if nothing of that is left. Where it cannot be seen whether
// kind has it, that is an error.
func (l *lab) lastProvider(ctx context.Context, o *options) (cluster.Provider, error) {
	engine, err := l.leftKind(ctx)
	if err != nil {
		return nil, err
	}
	if engine != nil {
		return l.inEngine(ctx, o, engine)
	}
	p := l.embedded() // existing is used only by one who names it
	st, err := p.Status(ctx)
	if err != nil {
		return nil, err
	}
	if st.State == cluster.Absent || st.State == cluster.Stopped && l.remembered() != choice.Embedded {
		return nil, nil
	}
	return p, nil
}
