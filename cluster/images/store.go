package images

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// Annotations of the store's index entries. The first two carry the image's
// full name, the way container runtimes and containerd's importer look for it.
const (
	annotationName       = ocispec.AnnotationRefName
	annotationContainerd = "io.containerd.image.name"
	annotationOrigin     = "dev.podlab.origin"
	// annotationRecipe identifies what an offline image was made from.
	annotationRecipe = "dev.podlab.recipe"
)

// Origin says where images come from.
type Origin string

// The origins of an image, and of a set of images as a whole.
const (
	Offline  Origin = "offline"  // built on this machine
	Registry Origin = "registry" // pulled by digest from its registry
	Mixed    Origin = "mixed"    // a set with images of both origins
	None     Origin = ""         // an empty set
)

// Image is one entry of the store.
type Image struct {
	Ref    string `json:"ref"`    // in full, as Normalize writes it
	Digest string `json:"digest"` // of the manifest
	Origin Origin `json:"origin"` // Offline or Registry
	Size   int64  `json:"size"`   // bytes of manifest, config and layers
}

// ErrNotFound is returned for an image that is not in the store.
var ErrNotFound = say.Errorf("image is not in the local store")

// Store is a folder of images. Its methods may be called from several
// goroutines, and several processes may have the same folder open.
type Store struct {
	dir string
	// write is held by the one process that adds or removes images; blobs is
	// held shared by readers of blobs and exclusively while blobs go.
	write, blobs string
}

const (
	indexFile  = "index.json"
	layoutFile = "oci-layout"
	tmpFolder  = "tmp"
)

// Open opens the store in dir, or the user's own store when dir is empty, and
// makes an empty one if there is none. It drops what a killed writer left and
// entries whose blobs are missing or cut short; those are made anew by the
// next Ensure. It does not wait for another process that is writing.
func Open(dir string) (*Store, error) {
	if dir == "" {
		dir = dirs.Images()
	}
	for _, sub := range []string{"", tmpFolder, "blobs/sha256"} {
		if err := dirs.Make(filepath.Join(dir, sub)); err != nil {
			return nil, say.Errorf("image store: %w", err)
		}
	}
	s := &Store{
		dir:   dir,
		write: filepath.Join(dir, "write.lock"),
		blobs: filepath.Join(dir, "blobs.lock"),
	}
	if err := s.checkLayout(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	return s, nil
}

// Dir is the store's folder, an OCI image layout.
func (s *Store) Dir() string { return s.dir }

// checkLayout makes sure that the folder is empty or a layout this package
// can read.
func (s *Store) checkLayout() error {
	path := filepath.Join(s.dir, layoutFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return say.Errorf("image store: %w", err)
	}
	var l ocispec.ImageLayout
	if err := json.Unmarshal(raw, &l); err != nil || l.Version != ocispec.ImageLayoutVersion {
		return say.Errorf("image store: %s is not that of an OCI image layout %s: move %s away and build the images again",
			path, ocispec.ImageLayoutVersion, s.dir)
	}
	return nil
}

// List returns the images, by name.
func (s *Store) List() ([]Image, error) {
	index, err := s.index()
	if err != nil {
		return nil, err
	}
	list := make([]Image, 0, len(index.Manifests))
	for _, desc := range index.Manifests {
		img, err := s.describe(desc)
		if err != nil {
			return nil, err
		}
		list = append(list, img)
	}
	slices.SortFunc(list, func(a, b Image) int { return strings.Compare(a.Ref, b.Ref) })
	return list, nil
}

// Lookup returns the image of that name, in full or short, or ErrNotFound.
func (s *Store) Lookup(ref string) (Image, error) {
	name, err := Normalize(ref)
	if err != nil {
		return Image{}, err
	}
	desc, err := s.find(name)
	if err != nil {
		return Image{}, err
	}
	return s.describe(desc)
}

// Origin says where the named images come from, taken together; without
// names, where all images of the store do. Images that are not in the store
// do not count.
func (s *Store) Origin(refs ...string) (Origin, error) {
	names, err := normalizeAll(refs)
	if err != nil {
		return None, err
	}
	index, err := s.index()
	if err != nil {
		return None, err
	}
	set := None
	for _, desc := range index.Manifests {
		if len(names) > 0 && !slices.Contains(names, desc.Annotations[annotationName]) {
			continue
		}
		switch origin := Origin(desc.Annotations[annotationOrigin]); set {
		case None, origin:
			set = origin
		default:
			return Mixed, nil
		}
	}
	return set, nil
}

// index reads the index file; a store that has none yet is empty.
func (s *Store) index() (*v1.IndexManifest, error) {
	raw, err := s.readIndex()
	if errors.Is(err, fs.ErrNotExist) {
		return &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}, nil
	}
	if err != nil {
		return nil, err
	}
	return s.parseIndex(raw)
}

func (s *Store) readIndex() ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, indexFile))
	if err != nil {
		return nil, say.Errorf("image store: %w", err)
	}
	return raw, nil
}

// parseIndex fails only if the index is damaged.
func (s *Store) parseIndex(raw []byte) (*v1.IndexManifest, error) {
	index := new(v1.IndexManifest)
	if err := json.Unmarshal(raw, index); err != nil {
		return nil, say.Errorf("image store: %s is damaged: %w", filepath.Join(s.dir, indexFile), err)
	}
	return index, nil
}

// find returns the index entry of a normalized name.
func (s *Store) find(name string) (v1.Descriptor, error) {
	index, err := s.index()
	if err != nil {
		return v1.Descriptor{}, err
	}
	for _, desc := range index.Manifests {
		if desc.Annotations[annotationName] == name {
			return desc, nil
		}
	}
	return v1.Descriptor{}, say.Errorf("%s: %w: run 'podlab images build' or 'podlab images pull'", name, ErrNotFound)
}

func (s *Store) describe(desc v1.Descriptor) (Image, error) {
	m, err := s.manifest(desc)
	if err != nil {
		return Image{}, err
	}
	size := desc.Size + m.Config.Size
	for _, l := range m.Layers {
		size += l.Size
	}
	return Image{
		Ref:    desc.Annotations[annotationName],
		Digest: desc.Digest.String(),
		Origin: Origin(desc.Annotations[annotationOrigin]),
		Size:   size,
	}, nil
}

func (s *Store) manifest(desc v1.Descriptor) (*v1.Manifest, error) {
	raw, err := s.readManifest(desc)
	if err != nil {
		return nil, err
	}
	return parseManifest(desc, raw)
}

func (s *Store) readManifest(desc v1.Descriptor) ([]byte, error) {
	raw, err := layout.Path(s.dir).Bytes(desc.Digest)
	if err != nil {
		return nil, say.Errorf("image store: manifest of %s: %w", desc.Annotations[annotationName], err)
	}
	return raw, nil
}

// parseManifest fails only if the manifest is damaged.
func parseManifest(desc v1.Descriptor, raw []byte) (*v1.Manifest, error) {
	m := new(v1.Manifest)
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, say.Errorf("image store: manifest of %s is damaged: %w", desc.Annotations[annotationName], err)
	}
	return m, nil
}

// tryLocked runs f while this process alone holds the lock, if that can be
// had at once, and else does nothing.
func tryLocked(path string, f func() error) error {
	l := flock.New(path, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return say.Errorf("image store: cannot lock %s: %w", path, err)
	}
	if !ok {
		return nil
	}
	defer func() { _ = l.Unlock() }() // the lock ends with the process at the latest
	return f()
}
