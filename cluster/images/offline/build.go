package offline

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/podlab/podlab/internal/say"
)

// format changes when the same recipe is to give another image than before.
const format = "1"

// Builder builds images. It may build one at a time.
type Builder struct {
	// Cache is the folder in which downloaded Debian packages are kept.
	Cache string
	// Programs is the folder of the node's programs.
	Programs string

	apt   apt
	bases map[string]v1.Image // built in the life of this Builder
}

// Image is a built image, with its names and the key of what it was made from.
type Image struct {
	v1.Image
	Names []string
	Key   string
}

// Build makes the image of a recipe, for this machine's architecture. It
// writes nothing but the cache; layers are generated as they are read. report
// is told what is being done.
func (b *Builder) Build(ctx context.Context, r Recipe, report func(detail say.Text)) (*Image, error) {
	b.apt = apt{cache: b.Cache, report: report}
	key, err := b.Key(r)
	if err != nil {
		return nil, err
	}
	img, err := b.build(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Image{Image: img, Names: r.Names, Key: key}, nil
}

func (b *Builder) build(ctx context.Context, r Recipe) (v1.Image, error) {
	base, err := b.base(ctx, r)
	if err != nil {
		return nil, err
	}
	t, debs := make(tree), make(archiveFiles)
	for _, f := range r.Files {
		if err := b.add(ctx, t, debs, r, f); err != nil {
			return nil, say.Errorf("%s: %w", f.Path, err)
		}
	}
	l, err := NewLayer(t.write)
	if err != nil {
		return nil, err
	}
	img, err := mutate.Append(base, mutate.Addendum{Layer: l, History: v1.History{
		Created: v1.Time{Time: epoch}, CreatedBy: "podlab recipe " + r.name,
	}})
	if err != nil {
		return nil, err
	}
	return configure(img, r.Config)
}

// base is the image that a recipe's layer goes on top of.
func (b *Builder) base(ctx context.Context, r Recipe) (v1.Image, error) {
	if r.Base == "" {
		img := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
		return mutate.ConfigMediaType(img, types.OCIConfigJSON), nil
	}
	if img := b.bases[r.Base]; img != nil {
		return img, nil
	}
	all, err := recipes()
	if err != nil {
		return nil, err
	}
	img, err := b.build(ctx, all[r.Base])
	if err != nil {
		return nil, err
	}
	if b.bases == nil {
		b.bases = make(map[string]v1.Image)
	}
	b.bases[r.Base] = img
	return img, nil
}

// configure sets the whole configuration; nothing is taken over from a base.
func configure(img v1.Image, c Config) (v1.Image, error) {
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	cf = cf.DeepCopy()
	cf.OS, cf.Architecture, cf.Created = "linux", runtime.GOARCH, v1.Time{Time: epoch}
	cf.Config = v1.Config{
		Entrypoint: c.Entrypoint,
		Cmd:        c.Cmd,
		Env:        c.Env,
		User:       c.User,
		WorkingDir: c.WorkingDir,
		StopSignal: c.StopSignal,
	}
	for _, p := range c.Ports {
		if cf.Config.ExposedPorts == nil {
			cf.Config.ExposedPorts = make(map[string]struct{})
		}
		cf.Config.ExposedPorts[p] = struct{}{}
	}
	return mutate.ConfigFile(img, cf)
}

// add puts one entry of a recipe into the tree.
func (b *Builder) add(ctx context.Context, t tree, debs archiveFiles, r Recipe, f File) error {
	mode, err := f.mode()
	if err != nil {
		return err
	}
	uid, gid, err := f.owner()
	if err != nil {
		return err
	}
	n := node{kind: tar.TypeReg, mode: mode, uid: uid, gid: gid}
	switch {
	case f.Dir:
		n.kind = tar.TypeDir
	case f.Link != "":
		n.kind, n.link, n.mode = tar.TypeSymlink, f.Link, 0o777
	case f.Text != "":
		n.data = []byte(f.Text)
	case f.Guest != "":
		b.apt.report(say.T("compiling %s", f.Guest))
		n.data, err = b.guest(ctx, f.Guest, r.version())
	case f.Node != "":
		n.disk, err = b.nodeProgram(f.Node, f.Module, r.wants(f))
	case f.Applets != "":
		return applets(ctx, t, f)
	case f.Deb != "":
		return b.fromDeb(ctx, t, debs, f)
	}
	if err != nil {
		return err
	}
	t.add(f.Path, n)
	return nil
}

// documentation is what nobody reads in a container.
var documentation = regexp.MustCompile(`^/usr/share/(bug|doc|doc-base|info|lintian|locale|man)(/|$)`)

// fromDeb adds a file of a Debian package, or a folder with all files in it,
// and the libraries they need.
func (b *Builder) fromDeb(ctx context.Context, t tree, debs archiveFiles, f File) error {
	if err := b.apt.open(ctx, debs, f.Deb); err != nil {
		return err
	}
	from := f.Path
	if f.From != "" {
		from = f.From
	}
	d := debs[f.Deb]
	n, ok := d.files[from]
	if from == "/" {
		n, ok = node{kind: tar.TypeDir}, true
	}
	if !ok {
		// The same path, for a distribution that has merged /bin into /usr/bin.
		from = path.Join("/usr", from)
		n, ok = d.files[from]
	}
	switch {
	case ok && n.kind == tar.TypeReg:
		t.add(f.Path, n)
		return b.libraries(ctx, t, debs, f.Deb, n.data)
	case !ok || n.kind != tar.TypeDir:
		return say.Errorf("debian package %s has no file %s", f.Deb, from)
	}
	for p, n := range d.files {
		rest, below := strings.CutPrefix(p, strings.TrimSuffix(from, "/")+"/")
		if !below || rest == "" || documentation.MatchString(p) {
			continue
		}
		target := path.Join(f.Path, rest)
		if _, there := t[target]; there && n.kind == tar.TypeDir {
			continue // another package's folder, perhaps with what is in it
		}
		t.add(target, n)
		if err := b.libraries(ctx, t, debs, f.Deb, n.data); err != nil {
			return err
		}
	}
	return nil
}

// applets asks the busybox program in the tree for its applets, and links them.
func applets(ctx context.Context, t tree, f File) error {
	tmp, err := os.MkdirTemp("", "podlab-busybox-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // a leftover in the temporary folder does no harm
	program := filepath.Join(tmp, "busybox")
	if err := os.WriteFile(program, t[f.Applets].data, 0o700); err != nil { //nolint:gosec // it is to be run
		return err
	}
	list, err := run(ctx, tmp, program, "--list")
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(list) {
		p := path.Join(f.Path, name)
		if _, there := t[p]; !there {
			t.add(p, node{kind: tar.TypeSymlink, mode: 0o777, link: f.Applets})
		}
	}
	return nil
}

// Key identifies what an image is made from: the recipe, its base, the guest
// programs' sources and the node programs. It is the same for as long as
// building anew would give an equivalent image. Debian's packages do not
// count: a security update there does not make images stale by itself.
func (b *Builder) Key(r Recipe) (string, error) {
	all, err := recipes()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s %s\n", format, runtime.GOARCH) // a hash takes everything
	for _, part := range []Recipe{all[r.Base], r} {
		_, _ = fmt.Fprintf(h, "%d\n%s", len(part.raw), part.raw)
		for _, f := range part.Files {
			switch {
			case f.Guest != "":
				err = hashSources(h, f.Guest)
			case f.Node != "":
				err = hashProgram(h, filepath.Join(b.Programs, f.Node))
			}
			if err != nil {
				return "", err
			}
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))[:16], nil
}

func hashSources(w io.Writer, guest string) error {
	return fs.WalkDir(guestFiles, path.Join("guest", guest), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(guestFiles, p)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s %d\n%s", p, len(raw), raw)
		return err
	})
}
