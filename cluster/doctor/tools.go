package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/podlab/podlab/internal/say"
)

// engines are the programs with which a cluster can be made in containers.
var engines = []struct {
	program string
	version []string
}{
	{"docker", []string{"docker", "version", "--format", "{{.Server.Version}}"}},
	{"podman", []string{"podman", "info", "--format", "{{.Version.Version}}"}},
	{"nerdctl", []string{"nerdctl", "version", "--format", "{{.Server.Components}}"}},
}

// anyEngine returns the first engine that answers, with its version, and what
// is known of the others.
func (d *doctor) anyEngine(ctx context.Context) (version string, others []say.Text) {
	for _, e := range engines {
		if !d.look(e.program) {
			others = append(others, say.T("%s is not installed", e.program))
			continue
		}
		out, err := d.output(ctx, e.version...)
		if err != nil {
			others = append(others, say.Of(err))
			continue
		}
		if e.program == "nerdctl" {
			out = "" // what it prints is long, and names no one version
		}
		return strings.TrimSpace(e.program + " " + out), others
	}
	return "", others
}

func (d *doctor) engine(ctx context.Context) Check {
	version, others := d.anyEngine(ctx)
	found := say.Join("; ", others...)
	switch {
	case version != "":
		return ok(say.Plain(version))
	case d.euid() == 0:
		return warn(found, say.T("nothing to do: the embedded cluster needs none"))
	case strings.Contains(found.String(), "permission denied"):
		return fail(found, say.T("let yourself use it: 'sudo usermod -aG docker $USER' and log in again; or run podlab with sudo for the embedded cluster"))
	case runtime.GOOS != "linux":
		return fail(found, say.T("install Docker Desktop or Podman and start it: the embedded cluster needs Linux"))
	}
	return fail(found, say.T("install Docker or Podman and start it, or run podlab with sudo for the embedded cluster"))
}

// registries are those of the lessons' images.
var registries = []struct{ name, url string }{
	{"docker.io", "https://registry-1.docker.io/v2/"},
	{"registry.k8s.io", "https://registry.k8s.io/v2/"},
}

func (d *doctor) registry(ctx context.Context) Check {
	if d.opts.Offline {
		return d.silent(say.T("not asked: images are made offline"))
	}
	said := make([]error, len(registries))
	var asking sync.WaitGroup
	for i, r := range registries {
		asking.Go(func() { said[i] = d.answers(ctx, r.url) })
	}
	asking.Wait()
	var answer, silent []say.Text
	for i, r := range registries {
		if said[i] == nil {
			answer = append(answer, say.Plain(r.name))
		} else {
			silent = append(silent, say.T("%s does not answer (%v)", r.name, said[i]))
		}
	}
	if len(silent) == 0 {
		return ok(say.T("%s and %s answer", registries[0].name, registries[1].name))
	}
	return d.silent(say.Join("; ", append(answer, silent...)...))
}

// silent is the check where images must be made on this machine.
func (d *doctor) silent(found say.Text) Check {
	switch {
	case !d.look("apt-get") || !d.look("dpkg-deb"):
		return fail(found, say.T("without registries images are made of Debian packages, and apt-get is missing: use Debian or Ubuntu, or let the registries through"))
	case d.opts.Offline:
		return ok(found)
	}
	return warn(found, say.T("images will be made on this machine, from Debian packages; for the documented ones let the registries through"))
}

// packages are the programs of the machine that a node calls.
func (d *doctor) packages(context.Context) Check {
	var missing, wanted []string
	for _, p := range []struct{ program, pkg string }{
		{"mount", "mount"}, {"nsenter", "util-linux"}, {"nft", "nftables"},
	} {
		if !d.look(p.program) {
			missing, wanted = append(missing, p.program), append(wanted, p.pkg)
		}
	}
	if len(missing) > 0 {
		return fail(say.T("missing: %s", strings.Join(missing, ", ")), say.T("run 'apt-get install %s'", strings.Join(wanted, " ")))
	}
	return ok(say.Plain("mount, nsenter, nft"))
}

// missingPrograms lists the node's programs that are not there.
func (d *doctor) missingPrograms() (missing []string, err error) {
	for _, name := range []string{"podlab-node", "lab-init", "containerd-shim-runc-v2", "cni/ptp", "cni/host-local", "coredns", "metrics-server"} {
		switch built, err := d.exists(filepath.Join(d.opts.Programs, name)); {
		case err != nil:
			return nil, err
		case !built:
			missing = append(missing, name)
		}
	}
	if built, err := d.exists(filepath.Join(d.opts.Programs, "runc")); err != nil || built || d.look("runc") {
		return missing, err
	}
	return append(missing, "runc"), nil
}

func (d *doctor) programs(context.Context) Check {
	missing, err := d.missingPrograms()
	switch {
	case err != nil:
		return fail(say.Of(err), say.T("make %s a folder that can be read", d.opts.Programs))
	case len(missing) > 0:
		return warn(say.T("not in %s: %s", d.opts.Programs, strings.Join(missing, ", ")), say.T("run 'make node', or let the first start build them: it takes some minutes"))
	}
	return ok(say.T("all in %s", d.opts.Programs))
}

// toolchain looks for what building the node's programs takes, and fails only
// where they are still to be built.
func (d *doctor) toolchain(ctx context.Context) Check {
	missing, err := d.missingPrograms()
	if err == nil && len(missing) == 0 {
		return ok(say.T("not needed: the node's programs are built"))
	}
	if !d.look("go") {
		return fail(say.T("the go tool is missing"), say.T("install Go from go.dev/dl or your distribution, then run 'make node'"))
	}
	version, err := d.output(ctx, "go", "env", "GOVERSION")
	if err != nil {
		return fail(say.Of(err), say.T("repair the Go installation, then run 'make node'"))
	}
	var wanted []string
	if !d.look("gcc") {
		wanted = append(wanted, "gcc", "libc6-dev")
	}
	if there, err := d.exists("/usr/include/seccomp.h"); err != nil || !there {
		wanted = append(wanted, "libseccomp-dev")
	}
	switch {
	case len(wanted) == 0:
		return ok(say.Plain(version + ", gcc, libseccomp"))
	case d.look("runc"):
		return warn(say.T("%s, but not %s", version, strings.Join(wanted, ", ")), say.T("nothing to do: the machine's own runc will be used"))
	}
	return fail(say.T("%s, but not %s", version, strings.Join(wanted, ", ")), say.T("run 'apt-get install %s pkg-config'", strings.Join(wanted, " ")))
}

// exists reports whether there is a file.
func (d *doctor) exists(path string) (bool, error) {
	switch err := d.stat(path); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, err
	}
}
