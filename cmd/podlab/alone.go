package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/choice"
	"github.com/podlab/podlab/cluster/kind"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// lock makes this process the only one that brings the lab up or down, whoever
// provides it.
func (l *lab) lock(ctx context.Context) (unlock func(), err error) {
	return dirs.LockLab(ctx, l.dir, "provider.lock")
}

// alone fails where kind or the embedded cluster, unless it is the lab's provider,
// has a cluster of this lab: both keep theirs in the same files.
func (l *lab) alone(ctx context.Context) error {
	if l.provider.Name() != choice.Kind {
		if engine, err := l.leftKind(ctx); err != nil {
			return err
		} else if engine != nil {
			return l.taken(choice.Kind)
		}
	}
	if l.provider.Name() != choice.Embedded {
		if left, err := there(ctx, l.embedded()); err != nil {
			return err
		} else if left {
			return l.taken(choice.Embedded)
		}
	}
	return nil
}

// taken is the error where the lab's cluster is that of another provider.
func (l *lab) taken(provider string) error {
	return say.Errorf("lab %[1]s runs on %[2]s: take it down with 'podlab cluster down --lab %[1]s --provider %[2]s', or use another lab with --lab NAME", l.name, provider)
}

// there tells whether a provider has a cluster that runs, or that may run again
// without podlab: an engine wakes stopped containers.
func there(ctx context.Context, p cluster.Provider) (bool, error) {
	st, err := p.Status(ctx)
	return err == nil && st.State != cluster.Absent && (st.State != cluster.Stopped || p.Name() == choice.Kind), err
}

// leftKind is the engine that has containers of this lab, or nil. The engine is
// asked only if the lab's folder says that there may be some; that it does not
// answer then is an error, since they come back with it.
func (l *lab) leftKind(ctx context.Context) (*kind.Engine, error) {
	trace := l.kind(nil, "").Trace()
	if _, err := os.Stat(trace); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	engine, err := kind.Find(ctx, l.dir)
	left := false
	if err == nil {
		left, err = there(ctx, l.kind(engine, ""))
	}
	if err != nil {
		return nil, say.Errorf("lab %s has a kind cluster, but %w: start its engine, or use another lab with --lab NAME; if that engine is gone for good, remove %s", l.name, err, trace)
	}
	if !left {
		return nil, nil
	}
	return engine, nil
}
