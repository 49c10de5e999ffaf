package bundle

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
		if !prog.inside() {
			return m, say.Errorf("its program %q would be written elsewhere: refused", prog.Name)
		}
	}
	return m, nil
}

// inside says whether a program is a file in the programs' folder or another name
// of one beside it.
func (p Program) inside() bool {
	plain := func(name string) bool {
		return name != "." && fs.ValidPath(name) && filepath.IsLocal(filepath.FromSlash(name))
	}
	return plain(p.Name) && (p.Link == "" || plain(p.Link) && !strings.Contains(p.Link, "/"))
}

// unpack reads the parts after the manifest. Images are seen only once all are
// there, and programs only once each is whole.
func (c Config) unpack(ctx context.Context, t *tar.Reader, m Manifest, p *progress) error {
	incoming, err := c.Store.StartImport(ctx, imagesFolder)
	if err != nil {
		return err
	}
	into, err := c.begin(m.Programs)
	if err != nil {
		incoming.Abort()
		return err
	}
	defer into.close()
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
			err = entry(ctx, incoming.Entry, into, t, h, missing)
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
	if err := into.links(); err != nil {
		incoming.Abort()
		return err
	}
	return incoming.Close(m.Images)
}

func entry(ctx context.Context, image func(context.Context, *tar.Header, io.Reader) (bool, error), into *folder, t *tar.Reader, h *tar.Header, missing map[string]Program) error {
	if taken, err := image(ctx, h, t); taken || err != nil {
		return err
	}
	name, ok := strings.CutPrefix(h.Name, programsFolder+"/")
	prog, known := missing[name]
	if !ok || !known {
		return say.Errorf("%s is not in its description: refused", h.Name)
	}
	delete(missing, name)
	return into.program(t, prog)
}
