// Package bundle carries what a lab is made of on a stick: one file with
// images, the node's programs and, if there is one, the image of kind's nodes.
//
// Every part is checked against its SHA-256 when it is read. A load that was
// interrupted goes on where it was: what is there already is not written again.
package bundle

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/internal/say"
)

// Stage is the writing or reading of a bundle.
const Stage cluster.Stage = "bundle"

// Parts of the archive.
const (
	manifestFile   = "bundle.json" // the first entry
	imagesFolder   = "images"
	programsFolder = "programs"
	format         = 1
	maxManifest    = 4 << 20
)

// Manifest says what is in a bundle.
type Manifest struct {
	Format   int       `json:"format"`
	Platform string    `json:"platform"` // of images and programs, such as linux/amd64
	Images   []string  `json:"images"`
	Programs []Program `json:"programs,omitempty"`
}

// Program is a file of the node's programs' folder.
type Program struct {
	Name   string      `json:"name"` // relative, with slashes
	Link   string      `json:"link,omitempty"`
	Mode   fs.FileMode `json:"mode,omitempty"`
	Size   int64       `json:"size,omitempty"`
	SHA256 string      `json:"sha256,omitempty"`
}

// Config says where a bundle's parts come from or go.
type Config struct {
	Store *images.Store
	// Programs is the folder of the node's programs. Create puts in what is
	// there; Load leaves programs of another platform out.
	Programs string
}

// Create writes a bundle of the images to a file, which is complete or not
// there at all.
func Create(ctx context.Context, c Config, refs []string, file string, report func(cluster.Progress)) error {
	p := newProgress(report)
	err := c.create(ctx, refs, file, p)
	return p.end(err)
}

func (c Config) create(ctx context.Context, refs []string, file string, p *progress) (err error) {
	m := Manifest{Format: format, Platform: platform()}
	for _, ref := range refs {
		img, err := c.Store.Lookup(ref)
		if err != nil {
			return err
		}
		if !slices.Contains(m.Images, img.Ref) {
			m.Images = append(m.Images, img.Ref)
			p.Total += img.Size // an upper bound: layers may be shared
		}
	}
	slices.Sort(m.Images)
	if m.Programs, err = listPrograms(c.Programs); err != nil {
		return err
	}
	for _, prog := range m.Programs {
		p.Total += prog.Size
	}
	part := file + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644) //nolint:gosec // made to be handed on
	if err != nil {
		return say.Errorf("write the bundle: %w", err)
	}
	err = c.write(ctx, tar.NewWriter(p.meter(ctx, f)), m)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		return errors.Join(say.Errorf("write the bundle: %w", err), os.Remove(part))
	}
	return nil
}

func (c Config) write(ctx context.Context, t *tar.Writer, m Manifest) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := t.WriteHeader(header(manifestFile, int64(len(raw)))); err != nil {
		return err
	}
	if _, err := t.Write(raw); err != nil {
		return err
	}
	if err := c.Store.ExportInto(ctx, m.Images, imagesFolder, t); err != nil {
		return err
	}
	for _, prog := range m.Programs {
		if prog.Link != "" {
			continue // the manifest says it all
		}
		if err := copyProgram(t, c.Programs, prog); err != nil {
			return err
		}
	}
	return t.Close()
}

func copyProgram(t *tar.Writer, dir string, prog Program) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(prog.Name)))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	if err := t.WriteHeader(header(path.Join(programsFolder, prog.Name), prog.Size)); err != nil {
		return err
	}
	_, err = io.Copy(t, f) // one that changes meanwhile does not fit its header
	return err
}

func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0).UTC()}
}

// listPrograms describes the programs of a folder, of which there may be none.
func listPrograms(dir string) ([]Program, error) {
	var all []Program
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && file == dir {
			return fs.SkipAll
		}
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && file != dir {
			return fs.SkipDir // somebody is building there
		}
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") && d.Name() != programs.StampFile {
			return err // a lock, or what a load that was killed has left
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		prog := Program{Name: filepath.ToSlash(rel)}
		if d.Type()&fs.ModeSymlink != 0 {
			prog.Link, err = os.Readlink(file)
			all = append(all, prog)
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		prog.Mode, prog.Size = info.Mode().Perm(), info.Size()
		prog.SHA256, err = sum(os.Open, file)
		all = append(all, prog)
		return err
	})
	if err != nil {
		return nil, say.Errorf("read the node's programs: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Program) int {
		switch {
		case a.isStamp() == b.isStamp():
			return 0
		case a.isStamp():
			return 1
		}
		return -1
	})
	return all, nil
}

// isStamp says whether a file vouches for the programs beside it, and so has to
// come after them.
func (p Program) isStamp() bool { return path.Base(p.Name) == programs.StampFile }

func sum(open func(string) (*os.File, error), file string) (string, error) {
	f, err := open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func platform() string { return "linux/" + runtime.GOARCH }
