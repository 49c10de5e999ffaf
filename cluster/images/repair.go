package images

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/podlab/podlab/internal/say"
)

// prepare makes a new folder a layout, and removes from an old one what a
// killed writer left, index entries that are not complete, and blobs that no
// entry needs. A process that has the lock has done all that: while it writes,
// prepare does nothing.
func (s *Store) prepare() error {
	return tryLocked(s.write, func() error {
		if err := s.dropTemporary(); err != nil {
			return err
		}
		if err := s.markLayout(); err != nil {
			return err
		}
		needed, err := s.dropIncomplete()
		if err != nil || needed == nil {
			return err
		}
		return tryLocked(s.blobs, func() error { return s.dropBlobs(needed) })
	})
}

// markLayout makes a folder without the layout's own file a layout.
func (s *Store) markLayout() error {
	if _, err := os.Stat(filepath.Join(s.dir, layoutFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	raw, err := json.Marshal(ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion})
	if err != nil {
		return err
	}
	return s.writeFile(layoutFile, raw)
}

func (s *Store) dropTemporary() error {
	left, err := os.ReadDir(filepath.Join(s.dir, tmpFolder))
	if err != nil {
		return say.Errorf("image store: %w", err)
	}
	for _, f := range left {
		if err := os.Remove(filepath.Join(s.dir, tmpFolder, f.Name())); err != nil {
			return say.Errorf("image store: %w", err)
		}
	}
	return nil
}

// dropIncomplete takes entries out of the index whose blobs are missing or of
// the wrong size, and returns the file names of the blobs the others need. An
// index that is damaged is set aside; until there is a new one, needed is nil:
// nobody knows which blobs its images will find again.
func (s *Store) dropIncomplete() (needed map[string]bool, err error) {
	raw, err := s.readIndex()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	index, err := s.parseIndex(raw)
	if err != nil {
		path := filepath.Join(s.dir, indexFile)
		if rerr := os.Rename(path, path+".damaged"); rerr != nil {
			return nil, errors.Join(err, rerr)
		}
		return nil, nil
	}
	needed = make(map[string]bool)
	whole := make([]v1.Descriptor, 0, len(index.Manifests))
	for _, desc := range index.Manifests {
		blobs, complete, err := s.complete(desc)
		if err != nil {
			return nil, err
		}
		if !complete {
			continue
		}
		for _, h := range blobs {
			needed[h.Hex] = true
		}
		whole = append(whole, desc)
	}
	if len(index.Manifests) == len(whole) {
		return needed, nil
	}
	index.Manifests = whole
	return needed, s.writeIndex(index)
}

// complete returns the blobs of an entry, and whether all are there in full. An
// error is that of a disk that does not tell.
func (s *Store) complete(desc v1.Descriptor) (blobs []v1.Hash, ok bool, err error) {
	if ok, err := s.present(desc); err != nil || !ok {
		return nil, false, err
	}
	raw, err := s.readManifest(desc)
	if err != nil {
		return nil, false, err
	}
	m, err := parseManifest(desc, raw)
	if err != nil {
		return nil, false, nil //nolint:nilerr // what is damaged is not complete
	}
	blobs = append(blobs, desc.Digest)
	for _, part := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		if ok, err := s.present(part); err != nil || !ok {
			return nil, false, err
		}
		blobs = append(blobs, part.Digest)
	}
	return blobs, true, nil
}

// present tells whether a blob is there with its size.
func (s *Store) present(desc v1.Descriptor) (bool, error) {
	info, err := os.Stat(s.blobPath(desc.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, say.Errorf("image store: %w", err)
	}
	return info.Mode().IsRegular() && info.Size() == desc.Size, nil
}

// resumable is how long a blob is kept that no image needs: it may be of one
// whose download was interrupted, and then need not be fetched again.
const resumable = 24 * time.Hour

func (s *Store) dropBlobs(needed map[string]bool) error {
	dir := filepath.Join(s.dir, "blobs", "sha256")
	files, err := os.ReadDir(dir)
	if err != nil {
		return say.Errorf("image store: %w", err)
	}
	for _, f := range files {
		if needed[f.Name()] {
			continue
		}
		if info, err := f.Info(); err == nil && time.Since(info.ModTime()) < resumable {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return say.Errorf("image store: %w", err)
		}
	}
	return nil
}
