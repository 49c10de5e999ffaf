package images

import (
	"archive/tar"
	"context"
	"encoding/json"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/podlab/podlab/internal/say"
)

// Import takes images in that ExportTo wrote, entry by entry. Content is
// checked against its digest as it comes, and what the store has already costs
// nothing; nothing of an image is visible before Close found it complete.
type Import struct {
	store  *Store
	folder string
	index  *v1.IndexManifest
	unlock func()
}

// maxIndex bounds what is read into memory.
const maxIndex = 4 << 20

// StartImport begins to take in images from the folder of an archive. No other
// process adds images until Close or Abort.
func (s *Store) StartImport(ctx context.Context, folder string) (*Import, error) {
	unlock, err := s.lockWrite(ctx, func(say.Text) {})
	if err != nil {
		return nil, err
	}
	return &Import{store: s, folder: folder, unlock: unlock}, nil
}

// Entry takes one entry of the archive and tells whether it is of the layout.
func (i *Import) Entry(ctx context.Context, h *tar.Header, content io.Reader) (taken bool, err error) {
	name, inside := strings.CutPrefix(h.Name, i.folder+"/")
	if !inside {
		return false, nil
	}
	switch dir, base := path.Split(name); {
	case name == layoutFile:
		return true, nil
	case name == indexFile:
		raw, err := io.ReadAll(io.LimitReader(content, maxIndex))
		if err != nil {
			return true, err
		}
		i.index = new(v1.IndexManifest)
		if err := json.Unmarshal(raw, i.index); err != nil {
			return true, say.Errorf("the list of images is damaged: %w", err)
		}
		return true, nil
	case dir == "blobs/sha256/":
		digest, err := v1.NewHash("sha256:" + base)
		if err != nil {
			return true, say.Errorf("%s is no part of an image: %w", h.Name, err)
		}
		open := func() (io.ReadCloser, error) { return io.NopCloser(content), nil }
		return true, i.store.putBlob(ctx, digest, h.Size, open, nil)
	}
	return true, say.Errorf("%s is no part of an image", h.Name)
}

// Close makes the images visible, each in place of what had its name. They
// must be the ones that are expected, by full name in order, and complete.
func (i *Import) Close(expected []string) error {
	defer i.unlock()
	if i.index == nil {
		return say.Errorf("the list of images is missing: %w", io.ErrUnexpectedEOF)
	}
	entries := make(map[string]v1.Descriptor)
	for _, desc := range i.index.Manifests {
		name := desc.Annotations[annotationName]
		full, err := Normalize(name)
		if err != nil || full != name {
			return say.Errorf("%q is no full name of an image", name)
		}
		_, complete, err := i.store.complete(desc)
		if err != nil {
			return err
		}
		if !complete {
			return say.Errorf("a part of image %s is missing: %w", name, io.ErrUnexpectedEOF)
		}
		entries[name] = desc
	}
	if refs := slices.Sorted(maps.Keys(entries)); !slices.Equal(refs, expected) {
		return say.Errorf("there should be %d images and there are %d: %w", len(expected), len(refs), io.ErrUnexpectedEOF)
	}
	index, err := i.store.index()
	if err != nil {
		return err
	}
	index.Manifests = slices.DeleteFunc(index.Manifests, func(d v1.Descriptor) bool {
		_, replaced := entries[d.Annotations[annotationName]]
		return replaced
	})
	for _, name := range expected {
		index.Manifests = append(index.Manifests, entries[name])
	}
	return i.store.writeIndex(index)
}

// Abort ends an import that failed. What came in full serves the next one.
func (i *Import) Abort() { i.unlock() }
