package offline

import (
	"archive/tar"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// Unpack downloads Debian packages into the folder cache and writes what is in
// them to the folder dir, as if it were the root of a system on which /bin,
// /sbin and /lib are links into /usr. Nothing is installed, and nothing is run
// that the packages would on installation. Packages that these depend on are
// not unpacked.
func Unpack(ctx context.Context, cache string, packages []string, dir string, report func(detail say.Text)) error {
	a := apt{cache: cache, report: report}
	debs := make(archiveFiles)
	if err := a.open(ctx, debs, packages...); err != nil {
		return err
	}
	for _, name := range packages {
		files := debs[name].files
		for _, p := range slices.Sorted(maps.Keys(files)) {
			if documentation.MatchString(p) {
				continue
			}
			if err := unpack(files[p], filepath.Join(dir, merged(p))); err != nil {
				return say.Errorf("unpack Debian package %s: %w", name, err)
			}
		}
	}
	return nil
}

// merged is where a path of a package is on a system with one /usr.
func merged(p string) string {
	switch top, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/"); top {
	case "bin", "sbin", "lib", "lib32", "lib64", "libx32":
		return path.Join("/usr", p)
	}
	return p
}

func unpack(n node, target string) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // programs, not secrets
		return err
	}
	switch n.kind {
	case tar.TypeDir:
		return os.MkdirAll(target, 0o755) //nolint:gosec // programs, not secrets
	case tar.TypeSymlink:
		err := os.Symlink(n.link, target)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	case tar.TypeReg:
		return os.WriteFile(target, n.data, fs.FileMode(n.mode&0o777))
	}
	return nil // a device or pipe: none of a program's files
}
