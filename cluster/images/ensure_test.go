package images

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/images/offline"
	"github.com/podlab/podlab/internal/say"
)

const nginx = "docker.io/library/nginx:latest"

// fakeBuilder builds random images and counts them. Its key is the recipe's.
type fakeBuilder struct {
	builds atomic.Int32
	key    string
	err    error
}

func (b *fakeBuilder) Build(_ context.Context, r offline.Recipe, report func(say.Text)) (*offline.Image, error) {
	b.builds.Add(1)
	report(say.Plain("building"))
	if b.err != nil {
		return nil, b.err
	}
	img, err := random.Image(512, 1)
	return &offline.Image{Image: img, Names: r.Names, Key: b.key}, err
}

func (b *fakeBuilder) Key(offline.Recipe) (string, error) { return b.key, nil }

// recorder keeps reports, and fails the test on two at a time.
type recorder struct {
	busy    sync.Mutex
	t       *testing.T
	reports []cluster.Progress
}

func (r *recorder) report(p cluster.Progress) {
	if !r.busy.TryLock() {
		r.t.Error("two reports at the same time")
		return
	}
	defer r.busy.Unlock()
	r.reports = append(r.reports, p)
}

func (r *recorder) said(text string) bool {
	for _, p := range r.reports {
		if strings.Contains(p.Detail.String(), text) {
			return true
		}
	}
	return false
}

func TestEnsureBuildsOnce(t *testing.T) {
	s, b := newStore(t), &fakeBuilder{key: "1"}
	opts := Options{Mode: ModeOffline, builder: b}
	r := &recorder{t: t}
	if err := s.Ensure(t.Context(), []string{"nginx", "busybox:1.28", "busybox"}, opts, r.report); err != nil {
		t.Fatal(err)
	}
	// The two names of busybox are one image.
	if n := b.builds.Load(); n != 2 {
		t.Errorf("%d builds, want 2", n)
	}
	last := r.reports[len(r.reports)-1]
	if last.Done != 3 || last.Total != 3 || !last.Finished || last.Err != nil || last.Stage != cluster.StageImages {
		t.Errorf("last report %+v", last)
	}
	if !r.said(nginx + ": building") {
		t.Errorf("nobody said what was built: %+v", r.reports)
	}
	if origin, err := s.Origin("nginx", "busybox:1.28"); err != nil || origin != Offline {
		t.Errorf("origin %q, %v", origin, err)
	}

	if err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil); err != nil {
		t.Fatal(err)
	}
	if n := b.builds.Load(); n != 2 {
		t.Errorf("an image that is there was built again")
	}
}

func TestEnsureRenews(t *testing.T) {
	for name, tc := range map[string]struct {
		key   string
		renew bool
		want  int32
	}{
		"same recipe":  {key: "1", want: 1},
		"newer recipe": {key: "2", want: 2},
		"on demand":    {key: "1", renew: true, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s, b := newStore(t), &fakeBuilder{key: "1"}
			opts := Options{Mode: ModeOffline, builder: b}
			if err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil); err != nil {
				t.Fatal(err)
			}
			before, err := s.Lookup("nginx")
			if err != nil {
				t.Fatal(err)
			}
			b.key, opts.Renew = tc.key, tc.renew
			if err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil); err != nil {
				t.Fatal(err)
			}
			after, err := s.Lookup("nginx")
			if err != nil {
				t.Fatal(err)
			}
			if n := b.builds.Load(); n != tc.want || (before.Digest == after.Digest) != (tc.want == 1) {
				t.Errorf("%d builds, digest %s before and %s after", n, before.Digest, after.Digest)
			}
		})
	}
}

func TestEnsureErrors(t *testing.T) {
	failed := errors.New("no compiler")
	for name, tc := range map[string]struct {
		ref  string
		opts Options
		want string
	}{
		"bad reference": {"a b", Options{}, "registry/name:tag"},
		"bad mode":      {"nginx", Options{Mode: "sometimes"}, "use offline, registry or auto"},
		"no recipe":     {"example.com/thing:1", Options{Mode: ModeOffline}, "image example.com/thing:1: there is no recipe"},
		"build fails":   {"nginx", Options{Mode: ModeOffline, builder: &fakeBuilder{err: failed}}, "image " + nginx + ": no compiler"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{t: t}
			err := newStore(t).Ensure(t.Context(), []string{tc.ref}, tc.opts, r.report)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
			if last := r.reports[len(r.reports)-1]; !last.Finished || last.Err == nil {
				t.Errorf("last report %+v", last)
			}
		})
	}
}

func TestEnsureModeFromEnvironment(t *testing.T) {
	t.Setenv(EnvMode, "offline")
	opts, err := Options{}.complete()
	if err != nil || opts.Mode != ModeOffline {
		t.Errorf("mode %q, %v", opts.Mode, err)
	}
	t.Setenv(EnvMode, "")
	if opts, err = (Options{}).complete(); err != nil || opts.Mode != ModeAuto {
		t.Errorf("mode %q, %v", opts.Mode, err)
	}
}

// TestEnsureAtOnce lets several openers of a store want the same images.
func TestEnsureAtOnce(t *testing.T) {
	dir, b := t.TempDir(), &fakeBuilder{key: "1"}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			s, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Ensure(t.Context(), []string{"nginx", "polinux/stress"}, Options{Mode: ModeOffline, builder: b}, nil); err != nil {
				t.Error(err)
			}
			if list, err := s.List(); err != nil || len(list) != 2 {
				t.Errorf("List = %v, %v", list, err)
			}
		})
	}
	all.Wait()
	if n := b.builds.Load(); n != 2 {
		t.Errorf("%d builds, want 2", n)
	}
}

func TestEnsureWaitsUntilCancelled(t *testing.T) {
	s := newStore(t)
	unlock, err := s.lockWrite(t.Context(), func(say.Text) {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	var said bool
	err = s.Ensure(ctx, []string{"nginx"}, Options{Mode: ModeOffline, builder: &fakeBuilder{}}, func(p cluster.Progress) {
		if strings.Contains(p.Detail.String(), "another podlab") {
			said = true
			cancel()
		}
	})
	if !said || !errors.Is(err, context.Canceled) {
		t.Errorf("said %v, error %v", said, err)
	}
}

func ExampleParseMode() {
	_, err := ParseMode("online")
	fmt.Println(err)
	// Output: unknown image mode "online": use offline, registry or auto
}
