//go:build linux

package embedded

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// needed are programs of the machine that nodes call, with their packages.
var needed = []struct{ program, pkg string }{
	{"nft", "nftables"}, // kube-proxy, port mappings
	{"mount", "mount"},  // kubelet
	{"nsenter", "util-linux"},
}

// minimumDisk is what a lab with a lesson's images needs.
const minimumDisk = 1 << 30

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Check implements cluster.Checker: it finds what would keep a lab from starting
// on this machine, whether or not the node's programs are there.
func (p *Provider) Check() error {
	if !validName.MatchString(p.cfg.Name) {
		return say.Errorf("%q cannot be a lab's name: use up to 32 lower-case letters, digits and dashes", p.cfg.Name)
	}
	if os.Geteuid() != 0 {
		return say.Errorf("the embedded cluster needs root: run podlab with sudo")
	}
	for _, n := range needed {
		if !installed(n.program) {
			return say.Errorf("the program %s is missing: run 'apt-get install %s'", n.program, n.pkg)
		}
	}
	return nil
}

// preflight finds what would keep a lab from starting, before anything is
// started, and returns the machine's cgroups.
func (p *Provider) preflight() (*cgroup.Tree, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	for _, name := range []string{"lab-init", "podlab-node", "containerd-shim-runc-v2", "cni/ptp"} {
		if !fileExists(filepath.Join(p.cfg.Programs, name)) {
			return nil, say.Errorf("the node's program %s is not in %s: run 'make node'", name, p.cfg.Programs)
		}
	}
	if !fileExists(filepath.Join(p.cfg.Programs, "runc")) && !installed("runc") {
		return nil, say.Errorf("there is no runc: run 'make node', or 'apt-get install runc'")
	}
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		return nil, err
	}
	if missing := groups.Missing(); len(missing) > 0 {
		return nil, say.Errorf("this machine's cgroups lack the controllers %s", strings.Join(missing, ", "))
	}
	if err := watchable(); err != nil {
		return nil, err
	}
	if err := dirs.Make(p.cfg.Dir); err != nil {
		return nil, err
	}
	var st unix.Statfs_t
	if err := unix.Statfs(p.cfg.Dir, &st); err != nil {
		return nil, say.Errorf("look for disk space: %w", err)
	}
	if free := st.Bavail * uint64(st.Bsize); free < minimumDisk {
		return nil, say.Errorf("only %d MiB are free at %s, and a lab needs %d: make room", free>>20, p.cfg.Dir, minimumDisk>>20)
	}
	return groups, nil
}

// watchers is how many inotify instances the processes of a lab use that run as
// root: the kubelets and containerds were counted.
const watchers = 18

// watchable tells whether the kernel still gives root so many. The limit is
// for all of root's processes together, and a component that gets none ends.
func watchable() error {
	for range watchers {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		if errors.Is(err, unix.EMFILE) {
			return say.Errorf("the kernel's inotify instances are used up: stop another lab, or run 'sysctl -w fs.inotify.max_user_instances=1024'")
		}
		if err != nil {
			return say.Errorf("look for inotify instances: %w", err)
		}
		defer func() { _ = unix.Close(fd) }() // all are wanted at once
	}
	return nil
}

// installed looks a program up where a node will: root's PATH may lack sbin.
func installed(name string) bool {
	for _, dir := range filepath.SplitList(machinePath) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && path != "" {
			return true
		}
	}
	return false
}
