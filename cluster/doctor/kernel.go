//go:build linux

package doctor

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/internal/say"
)

func (d *doctor) root(ctx context.Context) Check {
	if d.euid() == 0 {
		return ok(say.T("running as root"))
	}
	found := say.T("running as user %d", d.euid())
	if version, _ := d.anyEngine(ctx); version != "" {
		return warn(found, say.T("only a cluster in %s can be used: for the embedded one run podlab with sudo", version))
	}
	return fail(found, say.T("run podlab with sudo, or install Docker or Podman"))
}

// cgroups reads what is mounted: the embedded cluster makes its groups in
// every hierarchy there is.
func (d *doctor) cgroups(context.Context) Check {
	raw, err := d.read("/proc/self/mountinfo")
	if err != nil {
		return fail(say.Of(err), say.T("mount /proc"))
	}
	v1, v2 := mountedCgroups(string(raw))
	controllers, kind := v1, say.Plain("v1")
	switch {
	case v2 == "" && len(v1) == 0:
		return fail(say.T("no cgroup file system is mounted"), say.T("boot with systemd or mount cgroup2 at %s", cgroup.DefaultRoot))
	case len(v1) == 0:
		list, err := d.read(v2 + "/cgroup.controllers")
		if err != nil {
			return fail(say.Of(err), say.T("mount cgroup2 at %s", cgroup.DefaultRoot))
		}
		controllers, kind = strings.Fields(string(list)), say.Plain("v2")
	case v2 != "":
		kind = say.T("v1, with v2 beside it (hybrid)")
	}
	found := say.T("%v: %s", kind, strings.Join(controllers, ", "))
	var missing []string
	for _, c := range cgroup.Required {
		if !slices.Contains(controllers, c) {
			missing = append(missing, c)
		}
	}
	switch {
	case slices.Contains(missing, "memory"):
		return fail(found, say.T("the memory controller is off: boot with cgroup_enable=memory"))
	case len(missing) > 0:
		return fail(found, say.T("missing %s: use a kernel that has these controllers", strings.Join(missing, ", ")))
	}
	return ok(found)
}

// mountedCgroups returns the controllers of cgroup v1 that are mounted, and
// where v2 is.
func mountedCgroups(mountinfo string) (v1 []string, v2 string) {
	for line := range strings.Lines(mountinfo) {
		left, right, found := strings.Cut(line, " - ")
		mount, fs := strings.Fields(left), strings.Fields(right)
		if !found || len(mount) < 5 || len(fs) < 3 {
			continue
		}
		switch fs[0] {
		case "cgroup2":
			v2 = mount[4]
		case "cgroup":
			for _, option := range strings.Split(fs[2], ",") {
				if !slices.Contains([]string{"rw", "ro", "xattr", "clone_children", "noprefix"}, option) && !strings.Contains(option, "=") {
					v1 = append(v1, option)
				}
			}
		}
	}
	return v1, v2
}

// namespaces tries each kind: whether one may be made depends on more than
// what the kernel was built with.
func (d *doctor) namespaces(ctx context.Context) Check {
	kinds := []struct {
		name     string
		flag     uintptr
		optional bool
	}{
		{"mount", unix.CLONE_NEWNS, false},
		{"pid", unix.CLONE_NEWPID, false},
		{"network", unix.CLONE_NEWNET, false},
		{"uts", unix.CLONE_NEWUTS, false},
		{"ipc", unix.CLONE_NEWIPC, false},
		{"cgroup", unix.CLONE_NEWCGROUP, false},
		{"user", unix.CLONE_NEWUSER, true},
	}
	var works, lacks []string
	var needed bool
	var reason error
	for _, k := range kinds {
		if err := d.unshare(ctx, k.flag, "", "true"); err != nil {
			lacks = append(lacks, k.name)
			needed = needed || !k.optional
			reason = err
			continue
		}
		works = append(works, k.name)
	}
	if len(lacks) == 0 {
		return ok(say.Plain(strings.Join(works, ", ")))
	}
	found := say.T("cannot make: %s (%v)", strings.Join(lacks, ", "), reason)
	if needed {
		return fail(found, say.T("run podlab as root, outside of containers that forbid namespaces"))
	}
	return warn(found, say.T("what needs user namespaces will be shown as unavailable; see sysctl user.max_user_namespaces"))
}

// firewall sets rules such as those of kube-proxy and of port mappings, in a
// network namespace of its own.
func (d *doctor) firewall(ctx context.Context) Check {
	if !d.look("nft") {
		return fail(say.T("the program nft is missing"), say.T("run 'apt-get install nftables'"))
	}
	const rules = `table ip podlab-doctor {
	chain post { type nat hook postrouting priority srcnat; ip saddr 10.0.0.0/8 counter masquerade; }
	chain in { type filter hook input priority filter; ct state established accept; }
}
`
	if err := d.unshare(ctx, unix.CLONE_NEWNET, rules, "nft", "-f", "-"); err != nil {
		return fail(say.T("nft cannot set rules: %v", err), say.T("run as root with a kernel that has nf_tables, NAT and connection tracking ('modprobe nf_tables nft_chain_nat nft_masq nft_ct')"))
	}
	return ok(say.T("nft works in a new network namespace"))
}

func (d *doctor) overlayfs(context.Context) Check {
	raw, err := d.read("/proc/filesystems")
	if err != nil {
		return fail(say.Of(err), say.T("mount /proc"))
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 0 && f[len(f)-1] == "overlay" {
			return ok(say.T("the kernel has it"))
		}
	}
	return warn(say.T("the kernel does not have it, or not yet"), say.T("run 'modprobe overlay'; without it containers start more slowly and take more room"))
}

func (d *doctor) seccomp(context.Context) Check {
	raw, err := d.read("/proc/sys/kernel/seccomp/actions_avail")
	if err != nil || len(strings.Fields(string(raw))) == 0 {
		return fail(say.T("the kernel has no seccomp filters"), say.T("use a kernel with CONFIG_SECCOMP_FILTER: Pods with the RuntimeDefault profile cannot start"))
	}
	return ok(say.T("filters: %s", strings.Join(strings.Fields(string(raw)), " ")))
}

func (d *doctor) appArmor(context.Context) Check {
	raw, err := d.read("/sys/module/apparmor/parameters/enabled")
	if err != nil || strings.TrimSpace(string(raw)) != "Y" {
		return warn(say.T("not in this kernel, or switched off"), say.T("nothing to do: what needs AppArmor will be shown as unavailable"))
	}
	return ok(say.T("enabled"))
}

// capabilities looks for those of root that containers and virtual machines
// are sometimes run without.
func (d *doctor) capabilities(context.Context) Check {
	raw, err := d.read("/proc/self/status")
	if err != nil {
		return fail(say.Of(err), say.T("mount /proc"))
	}
	var held uint64
	for line := range strings.Lines(string(raw)) {
		if value, is := strings.CutPrefix(line, "CapBnd:"); is {
			if held, err = strconv.ParseUint(strings.TrimSpace(value), 16, 64); err != nil {
				return fail(say.T("cannot read the capabilities: %v", err), say.T("report this as a bug, with /proc/self/status"))
			}
		}
	}
	has := func(bit int) bool { return held&(1<<bit) != 0 }
	var missing []string
	for name, bit := range map[string]int{"CAP_SYS_ADMIN": unix.CAP_SYS_ADMIN, "CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_MKNOD": unix.CAP_MKNOD, "CAP_SYS_PTRACE": unix.CAP_SYS_PTRACE} {
		if !has(bit) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	switch {
	case len(missing) > 0:
		return fail(say.T("even root lacks %s", strings.Join(missing, ", ")), say.T("run podlab outside of a container, or in a privileged one"))
	case !has(unix.CAP_SYS_RESOURCE):
		return warn(say.T("even root lacks CAP_SYS_RESOURCE"), say.T("nothing to do: containers will not get a lower OOM score than their node"))
	}
	return ok(say.T("root has all that a node needs"))
}
