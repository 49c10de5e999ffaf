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
	"strings"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// Load puts what is in a bundle where podlab looks for it, and returns what
// that is. A bundle that is damaged or cut short is refused; the parts of it
// that came in full stay, unseen, for the next time.
func Load(ctx context.Context, c Config, file string, report func(cluster.Progress)) (Manifest, error) {
	p := newProgress(report)
	m, err := c.load(ctx, file, p)
	if err != nil {
		err = say.Errorf("load bundle %s: %w", file, explain(err))
	}
	return m, p.end(err)
}

// explain says what to do about a bundle that ends too early.
func explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, tar.ErrHeader) {
		return say.Errorf("it is cut short or damaged (%w): copy it again", err)
	}
	return err
}

func (c Config) load(ctx context.Context, file string, p *progress) (Manifest, error) {
	var m Manifest
	f, err := os.Open(file)
	if err != nil {
		return m, err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return m, err
	}
	p.Total = info.Size()
	t := tar.NewReader(p.reader(ctx, f))
	if m, err = readManifest(t); err != nil {
		return m, err
	}
	return m, c.unpack(ctx, t, m, p)
}

func readManifest(t *tar.Reader) (m Manifest, err error) {
	h, err := t.Next()
	if err != nil {
		return m, err
	}
	if h.Name != manifestFile {
		return m, say.Errorf("this is no bundle: make one with 'podlab bundle create'")
	}
	raw, err := io.ReadAll(io.LimitReader(t, maxManifest))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, say.Errorf("its description is damaged: %w", err)
	}
	switch {
	case m.Format != format:
		return m, say.Errorf("it has format %d and this podlab reads %d: use the podlab that made it", m.Format, format)
	case m.Platform != platform():
		return m, say.Errorf("it is for %s and this machine needs %s: make one on such a machine", m.Platform, platform())
	}
	for _, prog := range m.Programs {
		if !filepath.IsLocal(filepath.FromSlash(prog.Name)) || prog.Link != "" && prog.Link != path.Base(prog.Link) {
			return m, say.Errorf("its program %q would be written elsewhere: refused", prog.Name)
		}
	}
	return m, nil
}

// unpack reads the parts after the manifest. Images are seen only once all are
// there, and programs only once each is whole.
func (c Config) unpack(ctx context.Context, t *tar.Reader, m Manifest, p *progress) error {
	incoming, err := c.Store.StartImport(ctx, imagesFolder)
	if err != nil {
		return err
	}
	if err := c.begin(m.Programs); err != nil {
		incoming.Abort()
		return err
	}
	missing := make(map[string]Program)
	for _, prog := range m.Programs {
		if prog.Link == "" {
			missing[prog.Name] = prog
		}
	}
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			p.Detail = say.Plain(h.Name)
			err = c.entry(ctx, incoming.Entry, t, h, missing)
		}
		if err != nil {
			incoming.Abort()
			return err
		}
	}
	if len(missing) > 0 {
		incoming.Abort()
		return say.Errorf("%d programs are missing: %w", len(missing), io.ErrUnexpectedEOF)
	}
	return incoming.Close(m.Images)
}

func (c Config) entry(ctx context.Context, image func(context.Context, *tar.Header, io.Reader) (bool, error), t *tar.Reader, h *tar.Header, missing map[string]Program) error {
	if taken, err := image(ctx, h, t); taken || err != nil {
		return err
	}
	name, ok := strings.CutPrefix(h.Name, programsFolder+"/")
	prog, known := missing[name]
	if !ok || !known {
		return say.Errorf("%s is not in its description: refused", h.Name)
	}
	delete(missing, name)
	if runtime.GOOS != "linux" || c.Programs == "" {
		return nil // nothing here runs them
	}
	return c.program(t, prog)
}

// program writes one program, if it is not there already. One that is in use is
// replaced whole, so that what runs goes on.
func (c Config) program(r io.Reader, prog Program) (err error) {
	target := filepath.Join(c.Programs, filepath.FromSlash(prog.Name))
	if have, err := sum(target); err == nil && have == prog.SHA256 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // programs, not secrets
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(target), ".load-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(tmp, h), r)
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != prog.SHA256 {
		return say.Errorf("program %s does not match its digest: %s was promised, %s came: refused", prog.Name, prog.SHA256, got)
	}
	if err := os.Chmod(tmp.Name(), prog.Mode.Perm()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), target)
}

// begin takes away what vouches for the programs that are there: half of them may
// soon be others. What vouches for the new ones comes last. Their other names are
// made at once.
func (c Config) begin(all []Program) error {
	if runtime.GOOS != "linux" || c.Programs == "" {
		return nil
	}
	for _, prog := range all {
		target := filepath.Join(c.Programs, filepath.FromSlash(prog.Name))
		switch {
		case prog.isStamp():
			if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		case prog.Link != "":
			if err := link(prog.Link, target); err != nil {
				return err
			}
		}
	}
	return nil
}

// link makes target another name of the program beside it.
func link(name, target string) error {
	if have, err := os.Readlink(target); err == nil && have == name {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // programs, not secrets
		return err
	}
	tmp := target + ".load"
	if err := os.Symlink(name, tmp); err != nil {
		return err
	}
	return os.Rename(tmp, target)
}
