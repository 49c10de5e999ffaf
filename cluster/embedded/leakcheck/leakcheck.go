//go:build linux

// Package leakcheck finds what a lab leaves on the machine. A test takes a
// snapshot before the lab is started and one after it is taken down; Diff then
// lists each process, mount, link, route, firewall table, cgroup, kernel setting
// and file outside the lab's folder by which they differ.
//
// The machine may be busy with other things, other labs among them: what is
// certainly theirs is not listed.
package leakcheck

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Lab is the lab to look for.
type Lab struct {
	Dir      string // its state folder: files in it are no leak
	Programs string // the folder of the node's programs
	Group    string // its cgroup, relative to a hierarchy's root
}

// Snapshot is what was found, by kind ("process", "mount", …).
type Snapshot map[string][]string

// Take looks at the machine now.
func Take(lab Lab) (Snapshot, error) {
	s := make(Snapshot)
	for kind, look := range map[string]func(Lab) ([]string, error){
		"process": processes,
		"mount":   lines("/proc/self/mountinfo"),
		"link":    links,
		"route":   routes,
		"nft":     tables,
		"cgroup":  groups,
		"setting": settings,
		"file":    files,
	} {
		found, err := look(lab)
		if err != nil {
			return nil, fmt.Errorf("look for leaks: %s: %w", kind, err)
		}
		slices.Sort(found)
		s[kind] = found
	}
	return s, nil
}

// Diff lists what after has and s has not, and for settings what changed, each
// with its kind. Nothing leaked when it is empty.
func (s Snapshot) Diff(after Snapshot) []string {
	var leaks []string
	for kind, found := range after {
		for _, item := range found {
			if _, had := slices.BinarySearch(s[kind], item); !had {
				leaks = append(leaks, kind+" "+item)
			}
		}
	}
	sort.Strings(leaks)
	return leaks
}

// Count is the number of items of each kind.
func (s Snapshot) Count() map[string]int {
	n := make(map[string]int, len(s))
	for kind, found := range s {
		n[kind] = len(found)
	}
	return n
}

// processes lists those that are the lab's by their program, arguments or
// cgroup, and those in another PID namespace that are no other lab's.
func processes(lab Lab) ([]string, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join("/proc", e.Name())
		if !ofLab(dir, lab) {
			continue
		}
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			continue // it has just ended
		}
		found = append(found, fmt.Sprintf("%d %s", pid, bytes.TrimSpace(name)))
	}
	return found, nil
}

func ofLab(proc string, lab Lab) bool {
	// A process that ends while we look reads as empty everywhere.
	group, _ := os.ReadFile(filepath.Join(proc, "cgroup"))
	if bytes.Contains(group, []byte(":/"+lab.Group+"/")) {
		return true
	}
	if bytes.Contains(group, []byte(":/podlab/")) {
		return false // another lab's
	}
	exe, _ := os.Readlink(filepath.Join(proc, "exe"))
	args, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
	if strings.HasPrefix(exe, lab.Programs+"/") && bytes.Contains(args, []byte(lab.Dir)) {
		return true
	}
	status, _ := os.ReadFile(filepath.Join(proc, "status"))
	for line := range strings.Lines(string(status)) {
		if ids, ok := strings.CutPrefix(line, "NSpid:"); ok {
			return len(strings.Fields(ids)) > 1
		}
	}
	return false
}

func lines(path string) func(Lab) ([]string, error) {
	return func(Lab) ([]string, error) {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return strings.Split(strings.TrimSpace(string(data)), "\n"), err
	}
}

func links(Lab) ([]string, error) {
	entries, err := os.ReadDir("/sys/class/net")
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// routes leaves the counters of a route out: traffic changes them.
func routes(lab Lab) ([]string, error) {
	v4, err := lines("/proc/net/route")(lab)
	if err != nil {
		return nil, err
	}
	v6, err := lines("/proc/net/ipv6_route")(lab)
	if err != nil {
		return nil, err
	}
	var found []string
	for i, route := range append(v4, v6...) {
		f := strings.Fields(route)
		if i < len(v4) && len(f) >= 8 {
			route = strings.Join([]string{f[0], f[1], f[2], f[7]}, " ")
		} else if len(f) == 10 {
			route = strings.Join([]string{f[0], f[1], f[4], f[9]}, " ")
		}
		found = append(found, route)
	}
	return found, nil
}

func tables(Lab) ([]string, error) {
	nft, err := exec.LookPath("nft")
	if errors.Is(err, exec.ErrNotFound) {
		return nil, nil // and so nobody made a table
	}
	if err != nil {
		return nil, err
	}
	out, err := exec.Command(nft, "list", "tables").Output() //nolint:noctx // ends at once
	return strings.Split(strings.TrimSpace(string(out)), "\n"), err
}

// groups lists the lab's cgroups, an empty "podlab", and what else stands at
// the root of a hierarchy.
func groups(lab Lab) ([]string, error) {
	var found []string
	roots, err := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
	if err != nil {
		return nil, err
	}
	roots = append(roots, "/sys/fs/cgroup/cgroup.procs")
	for _, procs := range roots {
		root := filepath.Dir(procs)
		entries, err := os.ReadDir(root)
		if err != nil {
			continue // no hierarchy there
		}
		for _, e := range entries {
			if e.IsDir() && e.Name() != "podlab" {
				found = append(found, filepath.Join(root, e.Name()))
			}
		}
		if children, err := subdirs(filepath.Join(root, "podlab")); err == nil && children == 0 {
			found = append(found, filepath.Join(root, "podlab"))
		}
		err = filepath.WalkDir(filepath.Join(root, lab.Group), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				found = append(found, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func subdirs(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	n := 0
	for _, e := range entries {
		if e.IsDir() {
			n++
		}
	}
	return n, err
}

// settings are the kernel's that Kubernetes or a container runtime may change.
func settings(Lab) ([]string, error) {
	var found []string
	for _, name := range []string{
		"kernel/keys/root_maxbytes", "kernel/keys/root_maxkeys", "kernel/panic", "kernel/panic_on_oops",
		"net/bridge/bridge-nf-call-ip6tables", "net/bridge/bridge-nf-call-iptables",
		"net/ipv4/conf/all/forwarding", "net/ipv4/conf/all/route_localnet", "net/ipv4/conf/all/rp_filter",
		"net/ipv4/ip_forward", "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range",
		"net/ipv6/conf/all/forwarding",
		"net/netfilter/nf_conntrack_max", "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
		"net/netfilter/nf_conntrack_tcp_timeout_established",
		"vm/overcommit_memory", "vm/panic_on_oom",
	} {
		value, err := os.ReadFile(filepath.Join("/proc/sys", name))
		if err != nil {
			continue // this kernel has no such setting, or not yet
		}
		found = append(found, name+"="+strings.Join(strings.Fields(string(value)), " "))
	}
	return found, nil
}

// watched are the folders in which Kubernetes, containerd, runc and the CNI
// plugins write on an ordinary node, and how deep it is looked.
var watched = map[string]int{
	"/dev": 1, "/dev/shm": 1, "/etc": 2, "/opt": 2, "/root": 1, "/run": 2, "/tmp": 1,
	"/usr/libexec": 2, "/var/lib": 2, "/var/log": 2, "/var/run": 2,
}

// busy is what others on the machine write there.
var busy = regexp.MustCompile(`^/(var/lib/(apt|dpkg)|run/(systemd|udev|user|lock)|etc/(apt|\.pwd\.lock|ld\.so)|var/log/(apt|journal))`)

// ours is what a leak in the folder of everybody's temporary files would be.
var ours = regexp.MustCompile(`(kube|containerd|runc|cni|etcd|coredns|crictl|lab-init)`)

func files(lab Lab) ([]string, error) {
	var found []string
	for root, depth := range watched {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return nil // gone, or not for us to see
			}
			if err != nil {
				return err
			}
			if busy.MatchString(path) || path == lab.Dir || path == lab.Programs {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			if root != "/tmp" || ours.MatchString(filepath.Base(path)) {
				found = append(found, path)
			}
			if d.IsDir() && rel != "." && strings.Count(rel, "/") >= depth-1 {
				return fs.SkipDir
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return slices.Compact(found), nil
}
