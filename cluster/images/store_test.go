package images

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// newStore opens an empty store in a temporary folder.
func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "images"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// add puts a random image into the store and returns it.
func add(t *testing.T, s *Store, origin Origin, names ...string) v1.Image {
	t.Helper()
	img, err := random.Image(1024, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.put(t.Context(), img, names, map[string]string{annotationOrigin: string(origin)}, nil); err != nil {
		t.Fatal(err)
	}
	return img
}

func digest(t *testing.T, img v1.Image) string {
	t.Helper()
	d, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

func TestNormalize(t *testing.T) {
	for ref, want := range map[string]string{
		"nginx":                          "docker.io/library/nginx:latest",
		"polinux/stress":                 "docker.io/polinux/stress:latest",
		"busybox:1.28":                   "docker.io/library/busybox:1.28",
		"registry.k8s.io/pause:3.10":     "registry.k8s.io/pause:3.10",
		"docker.io/library/nginx:latest": "docker.io/library/nginx:latest",
		"127.0.0.1:5000/a/b":             "127.0.0.1:5000/a/b:latest",
	} {
		if got, err := Normalize(ref); err != nil || got != want {
			t.Errorf("Normalize(%q) = %q, %v; want %q", ref, got, err, want)
		}
	}
	for _, ref := range []string{"", "UPPER", "a b", "nginx:", "../etc"} {
		if got, err := Normalize(ref); err == nil {
			t.Errorf("Normalize(%q) = %q, want an error", ref, got)
		}
	}
}

func TestPutListLookup(t *testing.T) {
	s := newStore(t)
	if origin, err := s.Origin(); err != nil || origin != None {
		t.Errorf("origin of an empty store = %q, %v", origin, err)
	}
	one := add(t, s, Offline, "docker.io/library/b:1", "docker.io/library/b:latest")
	two := add(t, s, Registry, "docker.io/library/a:1")

	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].Size < 2*1024 {
			t.Errorf("%s: size %d", list[i].Ref, list[i].Size)
		}
		list[i].Size = 0
	}
	want := []Image{
		{Ref: "docker.io/library/a:1", Digest: digest(t, two), Origin: Registry},
		{Ref: "docker.io/library/b:1", Digest: digest(t, one), Origin: Offline},
		{Ref: "docker.io/library/b:latest", Digest: digest(t, one), Origin: Offline},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	if img, err := s.Lookup("b"); err != nil || img.Digest != digest(t, one) {
		t.Errorf("Lookup(b) = %v, %v", img, err)
	}
	if _, err := s.Lookup("c"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Lookup(c): %v, want ErrNotFound", err)
	}
	for _, tc := range []struct {
		refs []string
		want Origin
	}{
		{nil, Mixed}, {[]string{"a:1"}, Registry}, {[]string{"b", "b:1", "c"}, Offline}, {[]string{"c"}, None},
	} {
		if got, err := s.Origin(tc.refs...); err != nil || got != tc.want {
			t.Errorf("Origin(%v) = %q, %v; want %q", tc.refs, got, err, tc.want)
		}
	}
}

func TestPutReplaces(t *testing.T) {
	s := newStore(t)
	add(t, s, Offline, "docker.io/library/a:1", "docker.io/library/a:2")
	next := add(t, s, Registry, "docker.io/library/a:1")
	if img, err := s.Lookup("a:1"); err != nil || img.Digest != digest(t, next) || img.Origin != Registry {
		t.Errorf("Lookup(a:1) = %v, %v", img, err)
	}
	if img, err := s.Lookup("a:2"); err != nil || img.Origin != Offline {
		t.Errorf("Lookup(a:2) = %v, %v", img, err)
	}
}

// TestPrivate makes sure that other users cannot read or write the store.
func TestPrivate(t *testing.T) {
	s := newStore(t)
	add(t, s, Offline, "docker.io/library/a:1")
	err := filepath.WalkDir(s.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRepairs(t *testing.T) {
	blob := func(t *testing.T, s *Store, img v1.Image) string {
		t.Helper()
		layers, err := img.Layers()
		if err != nil {
			t.Fatal(err)
		}
		h, err := layers[0].Digest()
		if err != nil {
			t.Fatal(err)
		}
		return s.blobPath(h)
	}
	for name, harm := range map[string]func(t *testing.T, s *Store, broken v1.Image) error{
		"layer missing":   func(t *testing.T, s *Store, img v1.Image) error { return os.Remove(blob(t, s, img)) },
		"layer cut short": func(t *testing.T, s *Store, img v1.Image) error { return os.Truncate(blob(t, s, img), 10) },
		"manifest missing": func(t *testing.T, s *Store, img v1.Image) error {
			h, err := v1.NewHash(digest(t, img))
			return errors.Join(err, os.Remove(s.blobPath(h)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			broken := add(t, s, Offline, "docker.io/library/broken:1")
			whole := add(t, s, Offline, "docker.io/library/whole:1")
			leftover := filepath.Join(s.Dir(), tmpFolder, "abc-123")
			if err := errors.Join(harm(t, s, broken), os.WriteFile(leftover, []byte("half"), 0o600)); err != nil {
				t.Fatal(err)
			}
			// What is younger may be of an image whose download goes on later.
			aged(t, s)
			if err := os.WriteFile(filepath.Join(s.Dir(), "blobs", "sha256", "young"), []byte("young"), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(s.Dir())
			if err != nil {
				t.Fatal(err)
			}
			list, err := s.List()
			if err != nil || len(list) != 1 || list[0].Digest != digest(t, whole) {
				t.Errorf("after repair: %v, %v; want the whole image alone", list, err)
			}
			if _, err := os.Stat(leftover); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a temporary file is still there: %v", err)
			}
			// Manifest, config and two layers, and the young one.
			if blobs, err := os.ReadDir(filepath.Join(s.Dir(), "blobs", "sha256")); err != nil || len(blobs) != 5 {
				t.Errorf("%d blobs are left, %v; want those of the whole image", len(blobs), err)
			}
		})
	}
}

// aged makes all blobs of a store as old as those that nobody comes back for.
func aged(t *testing.T, s *Store) (blobs []string) {
	t.Helper()
	blobs, err := filepath.Glob(s.Dir() + "/blobs/sha256/*")
	old := time.Now().Add(-2 * resumable)
	for _, b := range blobs {
		err = errors.Join(err, os.Chtimes(b, old, old))
	}
	if err != nil {
		t.Fatal(err)
	}
	return blobs
}

func TestOpenSetsDamagedIndexAside(t *testing.T) {
	s := newStore(t)
	img := add(t, s, Offline, "docker.io/library/a:1")
	if err := os.WriteFile(filepath.Join(s.Dir(), indexFile), []byte(`{"manif`), 0o600); err != nil {
		t.Fatal(err)
	}
	before := aged(t, s)
	for range 2 {
		var err error
		if s, err = Open(s.Dir()); err != nil {
			t.Fatal(err)
		}
		if list, err := s.List(); err != nil || len(list) != 0 {
			t.Errorf("List = %v, %v", list, err)
		}
		if _, err := os.Stat(filepath.Join(s.Dir(), indexFile+".damaged")); err != nil {
			t.Error(err)
		}
		// Its images will find them again.
		if diff := cmp.Diff(before, aged(t, s)); diff != "" {
			t.Error(diff)
		}
	}
	wrote := 0
	err := s.put(t.Context(), img, []string{"docker.io/library/a:1"}, map[string]string{}, func(n int) { wrote += n })
	if err != nil || wrote != 0 {
		t.Errorf("%d bytes were written again, %v", wrote, err)
	}
}

// A disk that does not tell what is on it is no reason to throw anything away.
func TestOpenKeepsWhatCannotBeRead(t *testing.T) {
	s := newStore(t)
	first := add(t, s, Offline, "docker.io/library/a:1")
	manifest, err := first.Digest()
	if err != nil {
		t.Fatal(err)
	}
	before := aged(t, s)
	for name, path := range map[string]string{"index": filepath.Join(s.Dir(), indexFile), "blob": s.blobPath(manifest)} {
		t.Run(name, func(t *testing.T) {
			// A link to itself cannot be read by anybody, not even by root.
			if err := errors.Join(os.Rename(path, path+".kept"), os.Symlink(path, path)); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(s.Dir()); err == nil || !strings.HasPrefix(err.Error(), "image store: ") {
				t.Errorf("error %v", err)
			}
			if err := os.Rename(path+".kept", path); err != nil {
				t.Fatal(err)
			}
			again, err := Open(s.Dir())
			if err != nil {
				t.Fatal(err)
			}
			if list, err := again.List(); err != nil || len(list) != 1 {
				t.Errorf("List = %v, %v", list, err)
			}
			if diff := cmp.Diff(before, aged(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOpenRefusesOtherLayout(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, layoutFile), []byte(`{"imageLayoutVersion":"9.0.0"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "move") {
		t.Errorf("Open: %v, want advice to move the folder away", err)
	}
}

func TestExport(t *testing.T) {
	s := newStore(t)
	img := add(t, s, Offline, "docker.io/library/a:1", "docker.io/library/a:2")
	add(t, s, Offline, "docker.io/library/unwanted:1")
	var out bytes.Buffer
	if err := s.Export(t.Context(), []string{"a:2", "a:1", "a:1"}, &out); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	unpack(t, &out, dir)

	// What reads image layouts finds the images by name, and whole.
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, 0, len(m.Manifests))
	for _, desc := range m.Manifests {
		got = append(got, desc.Annotations["io.containerd.image.name"]+" "+desc.Digest.String())
	}
	want := []string{"docker.io/library/a:2 " + digest(t, img), "docker.io/library/a:1 " + digest(t, img)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExportErrors(t *testing.T) {
	s := newStore(t)
	img := add(t, s, Offline, "docker.io/library/a:1")
	if err := s.Export(t.Context(), []string{"a:1", "b"}, io.Discard); !errors.Is(err, ErrNotFound) {
		t.Errorf("export of a missing image: %v", err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	h, err := layers[1].Digest()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(s.blobPath(h))
	if err != nil {
		t.Fatal(err)
	}
	raw[100] ^= 1
	if err := os.WriteFile(s.blobPath(h), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	var wrong *DigestError
	if err := s.Export(t.Context(), []string{"a:1"}, io.Discard); !errors.As(err, &wrong) {
		t.Errorf("export of a damaged image: %v, want a DigestError", err)
	}
}

func unpack(t *testing.T, r io.Reader, dir string) {
	t.Helper()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, h.Name)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is in the archive twice", h.Name)
		}
		raw, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, raw, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}
