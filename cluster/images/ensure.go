package images

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/images/offline"
	"github.com/podlab/podlab/internal/say"
)

// Mode says where Ensure may get images from.
type Mode string

// The modes, as users write them.
const (
	// ModeAuto pulls from registries that answer and builds the rest.
	ModeAuto Mode = "auto"
	// ModeOffline never contacts a registry. Images that were pulled before
	// are kept.
	ModeOffline Mode = "offline"
	// ModeRegistry pulls everything, also in place of offline images.
	ModeRegistry Mode = "registry"
)

// EnvMode is the environment variable that sets the mode where Options do not.
const EnvMode = "PODLAB_IMAGES"

// ParseMode reads a mode; an empty text is ModeAuto.
func ParseMode(text string) (Mode, error) {
	switch m := Mode(text); m {
	case "":
		return ModeAuto, nil
	case ModeAuto, ModeOffline, ModeRegistry:
		return m, nil
	}
	return "", say.Errorf("unknown image mode %q: use offline, registry or auto", text)
}

// Options say how Ensure gets images. The zero value is right for the user's
// own machine.
type Options struct {
	// Mode is taken from PODLAB_IMAGES when empty, and is ModeAuto by default.
	Mode Mode
	// Renew makes or pulls the images again even if they are in the store.
	Renew bool
	// Programs is the folder of the node's programs, which some offline images
	// are made of; by default the folder "node" beside podlab's own binary.
	Programs string
	// Cache is the folder of downloaded Debian packages, by default in the
	// user's cache folder.
	Cache string
	// Hosts sends the requests for a registry to another host, such as
	// "docker.io" to "127.0.0.1:5000". A host on loopback is spoken to in
	// plain HTTP.
	Hosts map[string]string

	// Tests replace the times that a registry has to answer at all and to go on
	// with a download, the waiting that it asks for, and the building.
	probe   time.Duration
	stall   time.Duration
	wait    func(context.Context, time.Duration) error
	builder builder
}

// builder is what Ensure needs of offline.Builder.
type builder interface {
	Build(ctx context.Context, r offline.Recipe, report func(detail say.Text)) (*offline.Image, error)
	Key(r offline.Recipe) (string, error)
}

func (o Options) complete() (Options, error) {
	if o.Mode == "" {
		o.Mode = Mode(os.Getenv(EnvMode))
	}
	var err error
	if o.Mode, err = ParseMode(string(o.Mode)); err != nil {
		return o, err
	}
	if o.Programs == "" {
		self, err := os.Executable()
		if err != nil {
			return o, err
		}
		o.Programs = filepath.Join(filepath.Dir(self), "node")
	}
	if o.Cache == "" {
		o.Cache = filepath.Join(xdg.CacheHome, "podlab", "debs")
	}
	if o.probe == 0 {
		o.probe = probeTimeout
	}
	if o.stall == 0 {
		o.stall = stallTimeout
	}
	if o.wait == nil {
		o.wait = wait
	}
	if o.builder == nil {
		o.builder = &offline.Builder{Cache: o.Cache, Programs: o.Programs}
	}
	return o, nil
}

// Ensure makes the images present in the store: those that are missing, and
// offline ones made from an older recipe, are pulled or built. What is there
// costs a few milliseconds. One process at a time adds images; others wait
// for it and then find them done.
//
// report, which may be nil, is told how many images are done and what is
// being worked on; it is called from one goroutine at a time, and at the end
// once with Finished. On an error or when ctx ends, images already complete
// stay, and nothing of the others is visible.
func (s *Store) Ensure(ctx context.Context, refs []string, opts Options, report func(cluster.Progress)) error {
	if report == nil {
		report = func(cluster.Progress) {}
	}
	p := cluster.Progress{Stage: cluster.StageImages, Unit: "images"}
	err := s.ensure(ctx, refs, opts, &p, report)
	p.Finished, p.Err, p.Detail = true, err, say.Text{}
	report(p)
	return err
}

func (s *Store) ensure(ctx context.Context, refs []string, opts Options, p *cluster.Progress, report func(cluster.Progress)) error {
	names, err := normalizeAll(refs)
	if err != nil {
		return err
	}
	if opts, err = opts.complete(); err != nil {
		return err
	}
	p.Total = int64(len(names))
	var mu sync.Mutex
	tell := func(detail say.Text) {
		mu.Lock()
		defer mu.Unlock()
		p.Detail = detail
		report(*p)
	}
	j := &job{store: s, opts: opts, puller: newPuller(opts, tell), tell: tell, renewed: make(map[string]bool)}

	missing, err := j.missing(names)
	if err != nil || len(missing) == 0 {
		p.Done = p.Total
		return err
	}
	unlock, err := s.lockWrite(ctx, tell)
	if err != nil {
		return err
	}
	defer unlock()
	// Another process may have made some of them meanwhile.
	if missing, err = j.missing(names); err != nil {
		return err
	}
	p.Done = p.Total - int64(len(missing))
	if opts.Mode != ModeOffline {
		j.puller.probe(ctx, missing)
	}
	for _, name := range missing {
		tell(say.Plain(name))
		if err := j.get(ctx, name); err != nil {
			return say.Errorf("image %s: %w", name, err)
		}
		p.Done++
		tell(say.Plain(name))
	}
	return ctx.Err()
}

// lockWrite waits until this process is the only one that adds images.
func (s *Store) lockWrite(ctx context.Context, tell func(say.Text)) (unlock func(), err error) {
	l := flock.New(s.write, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err == nil && !ok {
		tell(say.T("waiting for another podlab that is preparing images"))
		_, err = l.TryLockContext(ctx, 50*time.Millisecond)
	}
	if err != nil {
		return nil, say.Errorf("image store: cannot lock %s: %w", s.write, err)
	}
	return func() { _ = l.Unlock() }, nil // the lock ends with the process at the latest
}

// job is one call of Ensure.
type job struct {
	store   *Store
	opts    Options
	puller  *puller
	tell    func(say.Text)
	renewed map[string]bool // names made in this call
}

// missing returns the names that are to be got.
func (j *job) missing(names []string) ([]string, error) {
	index, err := j.store.index()
	if err != nil {
		return nil, err
	}
	entries := make(map[string]v1.Descriptor, len(index.Manifests))
	for _, desc := range index.Manifests {
		entries[desc.Annotations[annotationName]] = desc
	}
	var missing []string
	for _, name := range names {
		desc, there := entries[name]
		if there && !j.opts.Renew {
			stale, err := j.stale(name, desc)
			if err != nil {
				return nil, err
			}
			there = !stale
		}
		if !there || j.opts.Renew {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// stale reports whether an image that is there is to be replaced.
func (j *job) stale(name string, desc v1.Descriptor) (bool, error) {
	if Origin(desc.Annotations[annotationOrigin]) != Offline {
		return false, nil
	}
	if j.opts.Mode == ModeRegistry {
		return true, nil
	}
	recipe, found, err := offline.Find(name)
	if err != nil || !found {
		return false, err
	}
	key, err := j.opts.builder.Key(recipe)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // without the programs there is nothing newer
	}
	return key != desc.Annotations[annotationRecipe], err
}

// get pulls one image, or builds it.
func (j *job) get(ctx context.Context, name string) error {
	if j.renewed[name] {
		return nil // another name of an image that was built in this call
	}
	recipe, found, err := offline.Find(name)
	if err != nil {
		return err
	}
	switch j.opts.Mode {
	case ModeRegistry:
		return j.pull(ctx, name)
	case ModeAuto:
		err := j.pull(ctx, name)
		if err == nil || ctx.Err() != nil || !unavailable(err) {
			return err
		}
		if !found {
			return say.Errorf("it cannot be pulled, and there is no recipe to build it offline: %w", err)
		}
	}
	if !found {
		return say.Errorf("there is no recipe to build it offline: set PODLAB_IMAGES=auto where its registry can be reached")
	}
	return j.build(ctx, name, recipe)
}

func (j *job) build(ctx context.Context, name string, recipe offline.Recipe) error {
	img, err := j.opts.builder.Build(ctx, recipe, func(detail say.Text) { j.tell(say.T("%s: %v", name, detail)) })
	if err != nil {
		return err
	}
	names, err := j.missing(img.Names)
	if err != nil {
		return err
	}
	if !slices.Contains(names, name) {
		names = append(names, name)
	}
	for _, n := range names {
		j.renewed[n] = true
	}
	notes := map[string]string{annotationOrigin: string(Offline), annotationRecipe: img.Key}
	return j.store.put(ctx, img, names, notes, nil)
}

func (j *job) pull(ctx context.Context, name string) error {
	return j.puller.pull(ctx, name, func(img v1.Image, wrote func(int)) error {
		notes := map[string]string{annotationOrigin: string(Registry)}
		return j.store.put(ctx, img, []string{name}, notes, wrote)
	})
}
