package images

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/podlab/podlab/internal/say"
)

// put adds an image under the given names, replacing what they named. The
// caller holds the write lock. wrote is told of every byte that reaches the
// disk and may be nil.
func (s *Store) put(ctx context.Context, img v1.Image, names []string, notes map[string]string, wrote func(int)) error {
	desc, err := partial.Descriptor(img)
	if err != nil {
		return err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return err
	}
	desc.ArtifactType, desc.Platform = "", config.Platform()
	if err := s.putBlobs(ctx, img, wrote); err != nil {
		return err
	}

	index, err := s.index()
	if err != nil {
		return err
	}
	index.Manifests = slices.DeleteFunc(index.Manifests, func(d v1.Descriptor) bool {
		return slices.Contains(names, d.Annotations[annotationName])
	})
	for _, name := range names {
		entry := *desc
		entry.Annotations = maps.Clone(notes)
		entry.Annotations[annotationName] = name
		entry.Annotations[annotationContainerd] = name
		index.Manifests = append(index.Manifests, entry)
	}
	return s.writeIndex(index)
}

// putBlobs writes what an image consists of, the manifest last.
func (s *Store) putBlobs(ctx context.Context, img v1.Image, wrote func(int)) error {
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			return err
		}
		size, err := layer.Size()
		if err != nil {
			return err
		}
		if err := s.putBlob(ctx, digest, size, layer.Compressed, wrote); err != nil {
			return err
		}
	}
	config, err := img.ConfigName()
	if err != nil {
		return err
	}
	raw, err := img.RawConfigFile()
	if err != nil {
		return err
	}
	if err := s.putBlob(ctx, config, int64(len(raw)), opener(raw), wrote); err != nil {
		return err
	}
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	if raw, err = img.RawManifest(); err != nil {
		return err
	}
	return s.putBlob(ctx, digest, int64(len(raw)), opener(raw), wrote)
}

func opener(raw []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
}

// putBlob writes one blob unless it is there already. What was read must have
// the size and digest it was announced with, or nothing is kept.
func (s *Store) putBlob(ctx context.Context, digest v1.Hash, size int64, open func() (io.ReadCloser, error), wrote func(int)) (err error) {
	path := s.blobPath(digest)
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		return nil
	}
	src, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()

	tmp, err := os.CreateTemp(filepath.Join(s.dir, tmpFolder), digest.Hex[:12]+"-*")
	if err != nil {
		return diskError(err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()           // may be closed already
			_ = os.Remove(tmp.Name()) // else the next Open removes it
		}
	}()
	hash, err := v1.Hasher(digest.Algorithm)
	if err != nil {
		return err
	}
	// One byte more than announced is enough to know that it is too much.
	n, err := io.Copy(io.MultiWriter(tmp, hash), io.LimitReader(&reader{ctx: ctx, src: src, read: wrote}, size+1))
	if err != nil {
		return diskError(err)
	}
	if got := fmt.Sprintf("%x", hash.Sum(nil)); n != size || got != digest.Hex {
		return &DigestError{Want: digest.String(), Got: digest.Algorithm + ":" + got, Size: n, WantSize: size}
	}
	return commit(tmp, path)
}

func (s *Store) blobPath(h v1.Hash) string {
	return filepath.Join(s.dir, "blobs", h.Algorithm, h.Hex)
}

// DigestError is the refusal of content that is not what its digest says.
type DigestError struct {
	Want, Got      string
	WantSize, Size int64
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("content does not match its digest: %s of %d bytes was promised, %s of %d bytes came: refused",
		e.Want, e.WantSize, e.Got, e.Size)
}

// writeIndex replaces the index as a whole.
func (s *Store) writeIndex(index *v1.IndexManifest) error {
	index.SchemaVersion, index.MediaType = 2, types.OCIImageIndex
	slices.SortFunc(index.Manifests, func(a, b v1.Descriptor) int {
		return strings.Compare(a.Annotations[annotationName], b.Annotations[annotationName])
	})
	raw, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	return s.writeFile(indexFile, raw)
}

// writeFile replaces a file of the store's folder as a whole.
func (s *Store) writeFile(name string, raw []byte) error {
	tmp, err := os.CreateTemp(filepath.Join(s.dir, tmpFolder), name+"-*")
	if err != nil {
		return diskError(err)
	}
	if _, err := tmp.Write(raw); err != nil {
		return errors.Join(diskError(err), tmp.Close(), os.Remove(tmp.Name()))
	}
	if err := commit(tmp, filepath.Join(s.dir, name)); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// commit makes a complete temporary file durable and moves it into place.
func commit(tmp *os.File, path string) error {
	if err := tmp.Sync(); err != nil {
		return errors.Join(diskError(err), tmp.Close())
	}
	if err := tmp.Close(); err != nil {
		return diskError(err)
	}
	return diskError(os.Rename(tmp.Name(), path))
}

// diskError says what to do about a full disk.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return say.Errorf("%w: the disk is full: free some space, or set XDG_DATA_HOME to a folder on another disk", err)
	}
	return err
}

// reader reads until its context ends and tells how much it read.
type reader struct {
	ctx  context.Context
	src  io.Reader
	read func(int)
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.src.Read(p)
	if r.read != nil && n > 0 {
		r.read(n)
	}
	return n, err
}
