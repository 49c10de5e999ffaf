package offline

import (
	"archive/tar"
	"bytes"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/podlab/podlab/internal/say"
)

// epoch is the time of everything in an image.
var epoch = time.Unix(0, 0).UTC()

// node is a file, folder or symbolic link of a tree.
type node struct {
	kind     byte // tar.TypeReg, tar.TypeDir or tar.TypeSymlink
	mode     int64
	uid, gid int
	link     string
	data     []byte // of a file, unless it is read from disk
	disk     string
}

// tree is a file system that becomes a layer. Keys are absolute paths.
type tree map[string]node

// add puts a node at a path, with the folders above it.
func (t tree) add(p string, n node) {
	for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
		if _, there := t[dir]; !there {
			t[dir] = node{kind: tar.TypeDir, mode: 0o755}
		}
	}
	t[p] = n
}

// write writes the tree as a tar archive that depends on nothing but the tree.
func (t tree) write(w io.Writer) error {
	tw := tar.NewWriter(w)
	for _, p := range slices.Sorted(maps.Keys(t)) {
		if err := t[p].write(tw, strings.TrimPrefix(p, "/")); err != nil {
			return say.Errorf("%s: %w", p, err)
		}
	}
	return tw.Close()
}

func (n node) write(tw *tar.Writer, name string) error {
	h := &tar.Header{
		Typeflag: n.kind, Name: name, Linkname: n.link, Mode: n.mode,
		Uid: n.uid, Gid: n.gid, ModTime: epoch, Format: tar.FormatPAX,
	}
	if n.kind == tar.TypeDir {
		h.Name += "/"
	}
	content, size, err := n.open()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // read only
	h.Size = size
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(tw, content)
	return err
}

func (n node) open() (io.ReadCloser, int64, error) {
	if n.disk == "" {
		return io.NopCloser(bytes.NewReader(n.data)), int64(len(n.data)), nil
	}
	f, err := os.Open(n.disk)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // the first error counts
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// layer is a tar archive as an image layer. It is not compressed: packing costs
// more time than the disk space is worth on the machine that unpacks it again.
type layer struct {
	archive func(io.Writer) error
	digest  v1.Hash
	size    int64
}

// NewLayer makes a layer of the tar archive that a function writes, which must
// write the same each time that it is called: it is called for every reader.
func NewLayer(archive func(io.Writer) error) (v1.Layer, error) {
	l := &layer{archive: archive}
	r, err := l.Compressed()
	if err != nil {
		return nil, err
	}
	l.digest, l.size, err = v1.SHA256(r)
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return l, err
}

func (l *layer) Digest() (v1.Hash, error)             { return l.digest, nil }
func (l *layer) DiffID() (v1.Hash, error)             { return l.digest, nil }
func (l *layer) Size() (int64, error)                 { return l.size, nil }
func (l *layer) MediaType() (types.MediaType, error)  { return types.OCIUncompressedLayer, nil }
func (l *layer) Uncompressed() (io.ReadCloser, error) { return l.Compressed() }

func (l *layer) Compressed() (io.ReadCloser, error) {
	r, w := io.Pipe()
	go func() { w.CloseWithError(l.archive(w)) }()
	return r, nil
}
