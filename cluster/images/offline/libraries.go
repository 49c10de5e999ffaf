package offline

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// libraries adds the shared libraries that a program from a package needs,
// and those that they need, each at the path where its own package has it.
// Packages are opened along the dependencies, as far as it takes.
func (b *Builder) libraries(ctx context.Context, t tree, debs archiveFiles, pkg string, program []byte) error {
	needs, err := needed(program)
	if err != nil {
		return err
	}
	for _, name := range needs {
		owner, p, err := b.locate(ctx, debs, pkg, name)
		if err != nil {
			return err
		}
		if _, there := t[p]; there {
			continue
		}
		content, err := debs[owner].copy(t, p)
		if err != nil {
			return err
		}
		if err := b.libraries(ctx, t, debs, owner, content); err != nil {
			return err
		}
	}
	return nil
}

// needed returns the names of the libraries an ELF file is linked with, and
// the path of its loader; nothing for a static program or another file.
func needed(content []byte) ([]string, error) {
	if !bytes.HasPrefix(content, []byte(elf.ELFMAG)) {
		return nil, nil
	}
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	libs, err := f.ImportedLibraries()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, err
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			loader := make([]byte, p.Filesz)
			if _, err := p.ReadAt(loader, 0); err != nil {
				return nil, err
			}
			libs = append(libs, string(bytes.TrimRight(loader, "\x00")))
		}
	}
	return libs, nil
}

// locate finds the package that has a library, by its name or path, among
// those opened and then among the dependencies of pkg, those that are called
// libraries first.
func (b *Builder) locate(ctx context.Context, debs archiveFiles, pkg, lib string) (owner, p string, err error) {
	if owner, p = debs.find(lib); owner != "" {
		return owner, p, nil
	}
	isLibrary := func(name string) bool { return strings.HasPrefix(name, "lib") }
	depends := debs[pkg].depends
	for _, wave := range [][]string{
		slices.DeleteFunc(slices.Clone(depends), func(n string) bool { return !isLibrary(n) }),
		slices.DeleteFunc(slices.Clone(depends), isLibrary),
	} {
		if err := b.apt.open(ctx, debs, wave...); err != nil {
			return "", "", err
		}
		if owner, p = debs.find(lib); owner != "" {
			return owner, p, nil
		}
	}
	return "", "", say.Errorf("debian package %s needs library %s, which none of its dependencies has", pkg, lib)
}

// find returns the package and path of a library: a path as it is or below
// /usr, a plain name in one of the folders where the loader looks.
func (debs archiveFiles) find(lib string) (owner, p string) {
	for _, owner := range slices.Sorted(maps.Keys(debs)) {
		for _, p := range slices.Sorted(maps.Keys(debs[owner].files)) {
			switch dir := path.Dir(strings.TrimPrefix(p, "/usr")); {
			case path.IsAbs(lib) && strings.TrimPrefix(p, "/usr") == lib:
				return owner, p
			case path.Base(p) == lib && (dir == "/lib" || path.Dir(dir) == "/lib"):
				return owner, p
			}
		}
	}
	return "", ""
}

// copy adds a package's file to the tree, and what it links to, and returns
// the file's content.
func (d *deb) copy(t tree, p string) ([]byte, error) {
	for range 8 { // no chain of links in a package is longer
		n, ok := d.files[p]
		if !ok {
			return nil, say.Errorf("%s is not in the Debian package", p)
		}
		t.add(p, n)
		if n.kind != tar.TypeSymlink {
			return n.data, nil
		}
		if p = path.Join(path.Dir(p), n.link); path.IsAbs(n.link) {
			p = path.Clean(n.link)
		}
	}
	return nil, say.Errorf("%s: too many links", p)
}
