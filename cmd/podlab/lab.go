package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/choice"
	"github.com/podlab/podlab/cluster/embedded"
	"github.com/podlab/podlab/cluster/existing"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/cluster/kind"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// lab is one named lab cluster with what it is made of.
type lab struct {
	name     string
	dir      string
	mode     images.Mode
	programs labPrograms
	store    *images.Store
	provider cluster.Provider
	self     string // path of this executable
}

// openLab picks the provider and opens the image store. It starts nothing.
func openLab(ctx context.Context, o *options) (*lab, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	mode, err := images.ParseMode(o.images)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, say.Errorf("cannot find podlab's own file: %w", err)
	}
	programs, err := newLabPrograms()
	if err != nil {
		return nil, err
	}
	l := &lab{name: o.lab, dir: dirs.Lab(o.lab), mode: mode, programs: programs, self: self}
	l.provider, err = newProvider(ctx, o, l)
	return l, err
}

// baseImages are what the lab's cluster itself needs before any lesson.
func (l *lab) baseImages() []string {
	switch l.provider.Name() {
	case choice.Kind:
		return kind.Images()
	case choice.Existing:
		return nil
	}
	return embedded.Images(true)
}

// up brings the cluster up with what it needs: the node's programs and the
// base images. It returns at once when the cluster runs, and fails where the lab
// has a cluster of another provider.
func (l *lab) up(ctx context.Context, report func(cluster.Progress)) error {
	own := l.provider.Name() == choice.Existing // it keeps apart in the lab's folder
	if !own {
		if err := l.alone(ctx); err != nil { // before minutes of building
			return err
		}
	}
	if err := l.prepare(ctx, report); err != nil {
		return err
	}
	if own {
		return l.provider.Up(ctx, report)
	}
	return l.start(ctx, report)
}

// start brings up what is prepared, as the only podlab that does so in this lab.
// Its provider is remembered before, and no more if nothing came of it.
func (l *lab) start(ctx context.Context, report func(cluster.Progress)) error {
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := l.alone(ctx); err != nil { // another podlab may have come first
		return err
	}
	last := l.remembered()
	if err := l.remember(l.provider.Name()); err != nil {
		return err
	}
	if err = l.provider.Up(ctx, report); err == nil {
		return nil
	}
	if left, failed := there(context.WithoutCancel(ctx), l.provider); left || failed != nil {
		return err
	}
	return errors.Join(err, l.remember(last))
}

// down takes the cluster down. It fails where that would report success while
// another provider's cluster is the lab's.
func (l *lab) down(ctx context.Context, purge bool) error {
	if _, err := os.Stat(l.dir); errors.Is(err, fs.ErrNotExist) {
		return l.provider.Down(ctx)
	}
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if purge || l.provider.Name() != choice.Existing {
		if err := l.alone(ctx); err != nil {
			if mine, _ := there(ctx, l.provider); purge || !mine {
				return err
			}
		}
	}
	if purge && l.provider.Name() != choice.Existing {
		if _, err := os.Stat(existing.New(existing.Config{Dir: l.dir}).Kubeconfig()); err == nil {
			return l.taken(choice.Existing)
		}
	}
	return l.provider.Down(ctx)
}

// prepare builds or pulls what the cluster is made of.
func (l *lab) prepare(ctx context.Context, report func(cluster.Progress)) error {
	if st, err := l.provider.Status(ctx); err == nil && st.State == cluster.Running {
		return nil
	}
	if c, ok := l.provider.(cluster.Checker); ok { // before minutes of building
		if err := c.Check(); err != nil {
			return err
		}
	}
	if l.provider.Name() == choice.Existing {
		return nil
	}
	// Images that are made offline consist of the programs, too.
	if l.provider.Name() == choice.Embedded || l.mode == images.ModeOffline {
		if err := l.programs.ensure(ctx, report); err != nil {
			return err
		}
	}
	return l.ensure(ctx, l.baseImages(), report)
}

// ensure makes images present in the local store.
func (l *lab) ensure(ctx context.Context, refs []string, report func(cluster.Progress)) error {
	if l.store == nil {
		store, err := images.Open(dirs.Images())
		if err != nil {
			return err
		}
		l.store = store
	}
	return l.store.Ensure(ctx, refs, images.Options{Mode: l.mode, Programs: l.programs.dir}, report)
}

// load makes the lessons' images present in the store and on every node.
func (l *lab) load(ctx context.Context, report func(cluster.Progress), all ...*lessons.Lesson) error {
	if p, ok := l.provider.(*existing.Provider); ok { // that pulls images itself
		if err := l.fits(ctx, all); err != nil {
			return err
		}
		return p.Free(ctx, makes(all))
	}
	var refs []string
	for _, lesson := range all {
		refs = append(refs, lesson.Images...)
	}
	if len(refs) == 0 {
		return nil
	}
	slices.Sort(refs)
	refs = slices.Compact(refs)
	if err := l.ensure(ctx, refs, report); err != nil {
		return err
	}
	return l.provider.LoadImages(ctx, refs, report)
}

// session says how the engine plays a lesson on this lab.
func (l *lab) session(lesson *lessons.Lesson, workspace, journal string) (engine.Config, error) {
	env := []string{"PODLAB_LAB=" + l.name, "PODLAB_PROVIDER=" + l.provider.Name()}
	if p, ok := l.provider.(*existing.Provider); ok {
		owner, err := p.Owner()
		if err != nil {
			return engine.Config{}, err
		}
		env = append(env, existing.EnvOwner+"="+owner)
	}
	return engine.Config{
		Lesson:     lesson,
		Kubeconfig: l.provider.Kubeconfig(),
		Workspace:  workspace,
		Journal:    journal,
		Podlab:     l.self,
		Facts:      l.facts,
		Env:        env,
		Cols:       100,
		Rows:       30,
	}, nil
}

// facts are what the API tells of the cluster, and what the provider gives
// besides: a way into its nodes.
func (l *lab) facts(ctx context.Context) (engine.Facts, error) {
	f, err := engine.DetectFacts(ctx, l.provider.Kubeconfig())
	if err == nil && l.provider.Name() != choice.Existing {
		f.Needs[lessons.NeedNodeShell] = engine.Ability{OK: true}
	}
	return f, err
}

// purge takes the cluster down and removes the lab's folder, unless another
// provider has something in it. Progress stays: it is kept elsewhere.
func (l *lab) purge(ctx context.Context) error {
	if err := l.down(ctx, true); err != nil {
		return err
	}
	if err := os.RemoveAll(l.dir); err != nil {
		return say.Errorf("cannot remove the lab's folder: %w", err)
	}
	return nil
}

// status is what the provider found running and where the images come from.
func (l *lab) status(ctx context.Context) (cluster.Status, error) {
	st, err := l.provider.Status(ctx)
	if err == nil && st.State != cluster.Absent && l.provider.Name() != choice.Existing { // that has its own
		st.Images, err = imageOrigin()
	}
	return st, err
}

// journal is the file of a lesson's progress.
func journal(lesson string) string { return filepath.Join(dirs.Progress(), lesson+".journal") }

// imageOrigin says where the images of the store come from, as a whole.
func imageOrigin() (string, error) {
	store, err := images.Open(dirs.Images())
	if err != nil {
		return "", err
	}
	origin, err := store.Origin()
	return string(origin), err
}
