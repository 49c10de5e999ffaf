package offline

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// archiveFiles are the packages the builder has read so far, by name.
type archiveFiles map[string]*deb

// deb is the content of a Debian package.
type deb struct {
	files   map[string]node // by absolute path
	depends []string        // the first choice of each dependency
}

// apt downloads Debian packages into a folder and keeps them there. It uses
// the machine's own sources and checks, and installs nothing.
type apt struct {
	cache  string
	report func(detail say.Text)
}

// fetch returns the paths of the packages' files, downloading those that are
// not in the cache. When the package lists are missing or out of date, it
// fetches new lists (which needs root) and tries once more.
func (a *apt) fetch(ctx context.Context, names []string) (map[string]string, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return nil, say.Errorf("offline images are made from Debian packages and apt-get was not found: use a Debian or Ubuntu machine, or one that reaches a registry")
	}
	if err := dirs.Make(a.cache); err != nil {
		return nil, err
	}
	paths, err := a.try(ctx, names)
	if err == nil || ctx.Err() != nil || errors.Is(err, syscall.ENOSPC) {
		return paths, err
	}
	a.report(say.T("fetching Debian's package lists (apt-get update)"))
	if _, uerr := run(ctx, a.cache, "apt-get", "-q", "update"); uerr != nil {
		return nil, errors.Join(err, uerr)
	}
	return a.try(ctx, names)
}

func (a *apt) try(ctx context.Context, names []string) (map[string]string, error) {
	// A folder of its own: the cache never holds a part of a file, and
	// apt-get does not name the source of a file that is already there.
	tmp, err := os.MkdirTemp(a.cache, "download-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // what was wanted has been moved out
	out, err := a.get(ctx, tmp, append([]string{"--print-uris", "--"}, names...)...)
	if err != nil {
		return nil, err
	}
	paths := make(map[string]string, len(names))
	var missing []string
	sums := make(map[string]string)
	for line := range strings.Lines(out) {
		// 'http://…' busybox-static_1%3a1.35.0-4_amd64.deb 928188 SHA256:…
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "'") {
			continue
		}
		file := filepath.Base(fields[1])
		name, _, _ := strings.Cut(file, "_")
		paths[name], sums[name] = filepath.Join(a.cache, file), fields[3]
		if !intact(paths[name], sums[name]) {
			missing = append(missing, name)
		}
	}
	for _, name := range names {
		if paths[name] == "" {
			return nil, say.Errorf("apt-get names no source for Debian package %s", name)
		}
	}
	if len(missing) == 0 {
		return paths, nil
	}
	return paths, a.download(ctx, tmp, missing, paths, sums)
}

// get runs apt-get download. What is installed on the machine is kept from it:
// of a package that did not come from the machine's sources, it would look for
// the installed version, in vain. The index that it makes of the package lists
// is kept, which takes most of the time away from all runs but the first.
func (a *apt) get(ctx context.Context, dir string, args ...string) (output string, err error) {
	options := []string{"-q", "-o", "Dir::State::status=/dev/null", "-o", "Dir::Cache::pkgcache=" + filepath.Join(a.cache, "index.bin")}
	return run(ctx, dir, "apt-get", slices.Concat(options, []string{"download"}, args)...)
}

// download fetches into tmp and moves what is intact into the cache.
func (a *apt) download(ctx context.Context, tmp string, names []string, paths, sums map[string]string) error {
	a.report(say.T("downloading Debian packages: %s", strings.Join(names, ", ")))
	args := append([]string{"-o", "APT::Sandbox::User=root", "--"}, names...)
	if _, err := a.get(ctx, tmp, args...); err != nil {
		return err
	}
	for _, name := range names {
		file := filepath.Join(tmp, filepath.Base(paths[name]))
		if !intact(file, sums[name]) {
			return say.Errorf("debian package %s does not match its checksum: try again", name)
		}
		if err := os.Rename(file, paths[name]); err != nil {
			return err
		}
	}
	return nil
}

// intact reports whether the file is there with that sum, "SHA256:<hex>".
// Sums of other kinds are left to apt-get, which has checked them.
func intact(file, sum string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // read only
	want, ok := strings.CutPrefix(sum, "SHA256:")
	if !ok {
		return true
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false
	}
	return fmt.Sprintf("%x", h.Sum(nil)) == want
}

// open reads packages that have not been read yet.
func (a *apt) open(ctx context.Context, debs archiveFiles, names ...string) error {
	var missing []string
	for _, name := range names {
		if debs[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	paths, err := a.fetch(ctx, missing)
	if err != nil {
		return err
	}
	for _, name := range missing {
		if debs[name], err = readDeb(ctx, paths[name]); err != nil {
			return say.Errorf("debian package %s: %w", name, err)
		}
	}
	return nil
}

func readDeb(ctx context.Context, file string) (*deb, error) {
	depends, err := run(ctx, "", "dpkg-deb", "--show", "--showformat=${Pre-Depends}, ${Depends}", file)
	if err != nil {
		return nil, err
	}
	content, err := run(ctx, "", "dpkg-deb", "--fsys-tarfile", file)
	if err != nil {
		return nil, err
	}
	d := &deb{files: make(map[string]node), depends: firstChoices(depends)}
	for tr := tar.NewReader(strings.NewReader(content)); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		n := node{kind: h.Typeflag, mode: h.Mode & 0o7777, uid: h.Uid, gid: h.Gid, link: h.Linkname}
		if h.Typeflag == tar.TypeReg {
			if n.data, err = io.ReadAll(tr); err != nil {
				return nil, err
			}
		}
		if h.Typeflag == tar.TypeLink { // another name of a file that came before
			n = d.files[path.Clean("/"+h.Linkname)]
		}
		d.files[path.Clean("/"+h.Name)] = n // a key in memory, never a path on disk
	}
}

// firstChoices returns the package names of a Depends field, of alternatives
// the first.
func firstChoices(depends string) []string {
	var names []string
	for _, dep := range strings.Split(depends, ",") {
		fields := strings.Fields(dep)
		if len(fields) == 0 {
			continue
		}
		name, _, _ := strings.Cut(fields[0], ":")
		names = append(names, name)
	}
	return names
}

// run runs a program and returns its output. Its error tells what the program
// said. Cancelling ctx ends the program with all its children.
func run(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	endWithChildren(cmd)
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", say.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, tail(stderr.String(), 5))
	}
	return stdout.String(), nil
}

// tail returns the last lines of a text, in one line.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
