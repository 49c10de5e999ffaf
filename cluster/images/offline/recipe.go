package offline

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/podlab/podlab/internal/say"
)

//go:embed recipes/*.yaml
var recipeFiles embed.FS

//go:embed guest
var guestFiles embed.FS

// Recipe says what an image consists of.
type Recipe struct {
	// Names are the references, in full, under which the image is known.
	Names []string `json:"names"`
	// Base is the recipe whose image this one adds to, by its file's name.
	Base string `json:"base,omitempty"`
	// For is "kind" if only kind's nodes need the image; else it is one of the
	// set that lessons run on.
	For    string `json:"for,omitempty"`
	Files  []File `json:"files"`
	Config Config `json:"config"`

	name string // the recipe's own: its file's, without the suffix
	raw  []byte
}

// File is one entry of an image's file system. Exactly one field besides
// Path, From, Mode and Owner says what it is.
type File struct {
	Path string `json:"path"` // absolute, in the image
	// Deb is the Debian package that the file, or the folder with all that is
	// in it, is taken from, with the shared libraries it needs; From is its
	// path there if that is another one. "/" takes the whole package without
	// its documentation; nothing is run that the package would on installation.
	Deb  string `json:"deb,omitempty"`
	From string `json:"from,omitempty"`
	// Guest is a program in guest/ that is compiled, statically.
	Guest string `json:"guest,omitempty"`
	// Node is a program of podlab's node, by the name of its file, and
	// Module the Go module that it must contain in the version of the
	// image's first name, or in any where the image has versions of its own.
	Node       string `json:"node,omitempty"`
	Module     string `json:"module,omitempty"`
	AnyVersion bool   `json:"anyVersion,omitempty"`
	// Applets makes Path a folder of links, one for each applet of the
	// busybox program at this path in the image.
	Applets string `json:"applets,omitempty"`
	Text    string `json:"text,omitempty"`
	Link    string `json:"link,omitempty"` // target of a symbolic link
	Dir     bool   `json:"dir,omitempty"`

	Mode  string `json:"mode,omitempty"`  // octal; default 0755 for programs and folders, 0644 for text
	Owner string `json:"owner,omitempty"` // uid:gid, default 0:0
}

// Config is what a runtime does with the image unless told otherwise.
type Config struct {
	Entrypoint []string `json:"entrypoint,omitempty"`
	Cmd        []string `json:"cmd,omitempty"`
	Env        []string `json:"env,omitempty"`
	User       string   `json:"user,omitempty"`
	WorkingDir string   `json:"workingDir,omitempty"`
	StopSignal string   `json:"stopSignal,omitempty"`
	Ports      []string `json:"ports,omitempty"` // such as 80/tcp
}

// recipes reads the embedded recipes once.
var recipes = sync.OnceValues(func() (map[string]Recipe, error) { return load(recipeFiles) })

func load(files fs.FS) (map[string]Recipe, error) {
	paths, err := fs.Glob(files, "recipes/*.yaml")
	if err != nil {
		return nil, err
	}
	all := make(map[string]Recipe, len(paths))
	for _, p := range paths {
		raw, err := fs.ReadFile(files, p)
		if err != nil {
			return nil, err
		}
		r := Recipe{name: strings.TrimSuffix(path.Base(p), ".yaml"), raw: raw}
		if err := yaml.UnmarshalStrict(raw, &r); err != nil {
			return nil, say.Errorf("%s: %w", p, err)
		}
		if err := r.check(); err != nil {
			return nil, say.Errorf("%s: %w", p, err)
		}
		all[r.name] = r
	}
	for _, r := range all {
		if b, ok := all[r.Base]; r.Base != "" && (!ok || b.Base != "") {
			return nil, say.Errorf("recipe %s: base %q must be a recipe without a base", r.name, r.Base)
		}
	}
	return all, nil
}

func (r Recipe) check() error {
	if len(r.Names) == 0 || len(r.Files) == 0 {
		return say.Errorf("a recipe needs names and files")
	}
	if r.For != "" && r.For != "kind" {
		return say.Errorf("for: %q is nothing that needs images: write kind, or leave it out", r.For)
	}
	for _, f := range r.Files {
		if err := f.check(); err != nil {
			return say.Errorf("file %q: %w", f.Path, err)
		}
	}
	return nil
}

func (f File) check() error {
	if !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path {
		return say.Errorf("path must be absolute and clean")
	}
	kinds := 0
	for _, is := range []bool{f.Deb != "", f.Guest != "", f.Node != "", f.Applets != "", f.Text != "", f.Link != "", f.Dir} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		return say.Errorf("exactly one of deb, guest, node, applets, text, link and dir must be given")
	}
	if (f.Node == "") != (f.Module == "") {
		return say.Errorf("node and module go together")
	}
	if f.AnyVersion && f.Module == "" {
		return say.Errorf("anyVersion needs a module")
	}
	if _, err := f.mode(); err != nil {
		return err
	}
	_, _, err := f.owner()
	return err
}

func (f File) mode() (int64, error) {
	if f.Mode == "" {
		if f.Text != "" {
			return 0o644, nil
		}
		return 0o755, nil
	}
	m, err := strconv.ParseInt(f.Mode, 8, 32)
	if err != nil {
		return 0, say.Errorf("mode %q is not octal", f.Mode)
	}
	return m, nil
}

func (f File) owner() (uid, gid int, err error) {
	if f.Owner == "" {
		return 0, 0, nil
	}
	u, g, _ := strings.Cut(f.Owner, ":")
	uid, uerr := strconv.Atoi(u)
	gid, gerr := strconv.Atoi(g)
	if uerr != nil || gerr != nil {
		return 0, 0, say.Errorf("owner %q is not uid:gid", f.Owner)
	}
	return uid, gid, nil
}

// wants is the version in which a file's module must be; "" is any.
func (r Recipe) wants(f File) string {
	if f.AnyVersion {
		return ""
	}
	return r.version()
}

// version is the tag of the recipe's first name.
func (r Recipe) version() string {
	name := r.Names[0]
	return name[strings.LastIndex(name, ":")+1:]
}

// Find returns the recipe of the image that is known by this full reference.
func Find(ref string) (r Recipe, found bool, err error) {
	all, err := recipes()
	if err != nil {
		return Recipe{}, false, err
	}
	for _, r := range all {
		if slices.Contains(r.Names, ref) {
			return r, true, nil
		}
	}
	return Recipe{}, false, nil
}

// Refs are the full references of all images that the lessons' set consists
// of, sorted.
func Refs() ([]string, error) {
	all, err := recipes()
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, r := range all {
		if r.For == "" {
			refs = append(refs, r.Names...)
		}
	}
	slices.Sort(refs)
	return refs, nil
}
