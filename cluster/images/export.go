package images

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	"github.com/gofrs/flock"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/podlab/podlab/internal/say"
)

// Export writes the images as one tar archive in OCI image layout, which
// 'ctr images import' and 'docker load' take; each image keeps its full name.
// Blobs that images share are written once. The content is checked against
// its digests while it is written: on an error the archive is not complete.
func (s *Store) Export(ctx context.Context, refs []string, w io.Writer) error {
	return s.ExportTo(ctx, refs, "", w)
}

// ExportTo is Export with the layout in a folder of the archive.
func (s *Store) ExportTo(ctx context.Context, refs []string, folder string, w io.Writer) error {
	t := tar.NewWriter(w)
	if err := s.ExportInto(ctx, refs, folder, t); err != nil {
		return err
	}
	return t.Close()
}

// ExportInto is ExportTo into an archive that has other parts, too.
func (s *Store) ExportInto(ctx context.Context, refs []string, folder string, t *tar.Writer) error {
	names, err := normalizeAll(refs)
	if err != nil {
		return err
	}
	// Shared with other readers; it keeps blobs from being removed meanwhile.
	l := flock.New(s.blobs, flock.SetPermissions(0o600))
	if _, err := l.TryRLockContext(ctx, 20*time.Millisecond); err != nil {
		return say.Errorf("image store: cannot lock %s: %w", s.blobs, err)
	}
	defer func() { _ = l.Unlock() }() // the lock ends with the process at the latest

	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, name := range names {
		desc, err := s.find(name)
		if err != nil {
			return err
		}
		index.Manifests = append(index.Manifests, desc)
	}
	a := &archive{ctx: ctx, store: s, folder: folder, tar: t, done: make(map[v1.Hash]bool)}
	for _, desc := range index.Manifests {
		if err := a.image(desc); err != nil {
			return say.Errorf("export %s: %w", desc.Annotations[annotationName], err)
		}
	}
	if err := a.json(layoutFile, ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion}); err != nil {
		return err
	}
	return a.json(indexFile, index)
}

// archive is an export in progress.
type archive struct {
	ctx    context.Context
	store  *Store
	folder string
	tar    *tar.Writer
	done   map[v1.Hash]bool
}

func (a *archive) image(desc v1.Descriptor) error {
	m, err := a.store.manifest(desc)
	if err != nil {
		return err
	}
	for _, part := range append([]v1.Descriptor{desc, m.Config}, m.Layers...) {
		if err := a.blob(part); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) blob(desc v1.Descriptor) error {
	if a.done[desc.Digest] {
		return nil
	}
	a.done[desc.Digest] = true
	f, err := os.Open(a.store.blobPath(desc.Digest))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	if err := a.tar.WriteHeader(header(path.Join(a.folder, "blobs", desc.Digest.Algorithm, desc.Digest.Hex), desc.Size)); err != nil {
		return err
	}
	hash, err := v1.Hasher(desc.Digest.Algorithm)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.MultiWriter(a.tar, hash), &reader{ctx: a.ctx, src: f})
	if err != nil {
		return err
	}
	if got := fmt.Sprintf("%x", hash.Sum(nil)); n != desc.Size || got != desc.Digest.Hex {
		return say.Errorf("a file of the image store is damaged: %w: remove %s and build the images again",
			&DigestError{Want: desc.Digest.String(), Got: desc.Digest.Algorithm + ":" + got, Size: n, WantSize: desc.Size}, f.Name())
	}
	return nil
}

func (a *archive) json(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := a.tar.WriteHeader(header(path.Join(a.folder, name), int64(len(raw)))); err != nil {
		return err
	}
	_, err = a.tar.Write(raw)
	return err
}

func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0).UTC()}
}
