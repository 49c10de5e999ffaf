package bundle

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/cluster/images"
)

const (
	nginx = "docker.io/library/nginx:latest"
	redis = "docker.io/library/redis:7"
)

// made is a store with two images and a folder of programs, and the bundle of
// both.
func made(t *testing.T) (c Config, file string) {
	t.Helper()
	srv := httptest.NewServer(registry.New())
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	for _, path := range []string{"library/nginx:latest", "library/redis:7"} {
		tag, err := name.NewTag(host + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		img, err := random.Image(20_000, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(tag, img); err != nil {
			t.Fatal(err)
		}
	}
	c = empty(t)
	err := c.Store.Ensure(t.Context(), []string{nginx, redis}, images.Options{Mode: images.ModeRegistry, Hosts: map[string]string{"docker.io": host}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{"podlab-node": "the node", "cni/ptp": "a plugin", ".stamp": "1", ".lock": "", ".build-1/podlab-node": "half", ".load-podlab-node": "half", "cni/.load-ptp": "half"} {
		target := filepath.Join(c.Programs, file)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("podlab-node", filepath.Join(c.Programs, "kubelet")); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "podlab.bundle")
	if err := Create(t.Context(), c, []string{"nginx", "redis:7", "nginx"}, file, nil); err != nil {
		t.Fatal(err)
	}
	return c, file
}

func empty(t *testing.T) Config {
	t.Helper()
	store, err := images.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return Config{Store: store, Programs: filepath.Join(t.TempDir(), "node")}
}

func TestRoundTrip(t *testing.T) {
	from, file := made(t)
	to := empty(t)
	var last cluster.Progress
	m, err := Load(t.Context(), to, file, func(p cluster.Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Images, []string{nginx, redis}) || len(m.Programs) != 4 {
		t.Errorf("manifest %+v", m)
	}
	if !last.Finished || last.Err != nil || last.Done != last.Total || last.Total == 0 {
		t.Errorf("last report %+v", last)
	}
	for _, ref := range m.Images {
		want, err := from.Store.Lookup(ref)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := to.Store.Lookup(ref); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", ref, got, err, want)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	if text, err := os.ReadFile(filepath.Join(to.Programs, "kubelet")); err != nil || string(text) != "the node" {
		t.Errorf("kubelet: %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(to.Programs, "cni", "ptp")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("a plugin: %v, %v", info, err)
	}
	// What is there already is left alone.
	if _, err := Load(t.Context(), to, file, nil); err != nil {
		t.Errorf("again: %v", err)
	}
}

// A bundle that was changed or cut anywhere is refused, and then no image of it
// can be seen. What came in full need not come again.
func TestDamage(t *testing.T) {
	_, file := made(t)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func([]byte) []byte
		want   string
	}{
		"cut in an image":    {func(b []byte) []byte { return b[:len(b)/2] }, "cut short"},
		"cut before its end": {func(b []byte) []byte { return b[:bytes.Index(b, []byte("the node"))-512] }, "cut short"},
		"empty":              {func([]byte) []byte { return nil }, "cut short"},
		"another file":       {func([]byte) []byte { return []byte(strings.Repeat("not a bundle", 100)) }, "damaged"},
		"a program":          {func(b []byte) []byte { return bytes.Replace(b, []byte("the node"), []byte("The node"), 1) }, "program podlab-node does not match its digest"},
		"an image": {func(b []byte) []byte {
			b[bytes.Index(b, []byte("images/blobs/sha256/"))+600] ^= 1
			return b
		}, "does not match its digest"},
		"another platform": {func(b []byte) []byte {
			return bytes.Replace(b, []byte("linux/"+runtime.GOARCH), []byte("linux/"+strings.Repeat("x", len(runtime.GOARCH))), 1)
		}, "this machine needs linux/"},
		"a later format": {func(b []byte) []byte { return bytes.Replace(b, []byte(`"format": 1`), []byte(`"format": 9`), 1) }, "format 9"},
		"a way out":      {func(b []byte) []byte { return bytes.Replace(b, []byte(`"cni/ptp"`), []byte(`"../../x"`), 1) }, "written elsewhere"},
		"a plugin":       {func(b []byte) []byte { return bytes.Replace(b, []byte("a plugin"), []byte("A plugin"), 1) }, "program cni/ptp does not match its digest"},
		"a wrong name": {func(b []byte) []byte {
			return bytes.Replace(b, []byte("programs/cni/ptp"), []byte("programs/cni/xxx"), 1)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := filepath.Join(t.TempDir(), "bad")
			if err := os.WriteFile(bad, c.change(bytes.Clone(good)), 0o600); err != nil {
				t.Fatal(err)
			}
			to := empty(t)
			stamp := filepath.Join(to.Programs, programs.StampFile)
			if err := errors.Join(os.MkdirAll(to.Programs, 0o700), os.WriteFile(stamp, []byte("1"), 0o600)); err != nil {
				t.Fatal(err)
			}
			_, err := Load(t.Context(), to, bad, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			if list, err := to.Store.List(); err != nil || len(list) != 0 {
				t.Errorf("images are seen: %v, %v", list, err)
			}
			// Until all is there, nothing vouches for the programs that are.
			_, stampErr := os.Stat(stamp)
			_, nodeErr := os.Stat(filepath.Join(to.Programs, "podlab-node"))
			if runtime.GOOS == "linux" && stampErr == nil && nodeErr == nil {
				t.Error("half of the programs count as whole")
			}
			if _, err := Load(t.Context(), to, file, nil); err != nil {
				t.Errorf("the good one afterwards: %v", err)
			}
			if text, err := os.ReadFile(stamp); runtime.GOOS == "linux" && (err != nil || string(text) != "1") {
				t.Errorf("afterwards the stamp is %q, %v", text, err)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	from, file := made(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Load(ctx, empty(t), file, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("load: %v", err)
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := Create(ctx, from, []string{nginx}, other, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("create: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(other)); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestCreateWithoutImage(t *testing.T) {
	err := Create(t.Context(), empty(t), []string{"nginx"}, filepath.Join(t.TempDir(), "x"), nil)
	if !errors.Is(err, images.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// Two bundles of the same parts are the same file.
func TestSameBytes(t *testing.T) {
	c, file := made(t)
	other := filepath.Join(t.TempDir(), "other")
	if err := Create(t.Context(), c, []string{redis, nginx}, other, nil); err != nil {
		t.Fatal(err)
	}
	a, err := sum(os.Open, file)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := sum(os.Open, other); err != nil || a != b {
		t.Errorf("%s and %s, %v", a, b, err)
	}
}
