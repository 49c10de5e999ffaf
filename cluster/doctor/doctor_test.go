//go:build linux

package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fake is a machine made of facts. healthy has all that podlab looks for.
type fake struct {
	uid     int
	files   map[string]string // paths without content are there too
	tools   []string
	outputs map[string]string // by command line; what is not there fails
	noNew   uintptr           // namespaces that cannot be made
	rules   string            // nft's complaint
	free    uint64
	freeErr error
	silent  []string // parts of URLs that do not answer
	opts    Options
}

const (
	dockerVersion = "docker version --format {{.Server.Version}}"
	goVersion     = "go env GOVERSION"

	hybrid = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`
	unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	meminfo = "MemTotal:       16000000 kB\nMemAvailable:    %d kB\n"
	status  = "Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\t%s\n"
)

func healthy() *fake {
	return &fake{
		files: map[string]string{
			"/proc/self/mountinfo":                    unified,
			"/sys/fs/cgroup/cgroup.controllers":       "cpuset cpu io memory pids\n",
			"/proc/filesystems":                       "nodev\tsysfs\nnodev\toverlay\n\text4\n",
			"/proc/sys/kernel/seccomp/actions_avail":  "kill_process errno allow\n",
			"/sys/module/apparmor/parameters/enabled": "Y\n",
			"/proc/self/status":                       fmt.Sprintf(status, "000001ffffffffff"),
			"/proc/meminfo":                           fmt.Sprintf(meminfo, 8<<20),
			"/proc/sys/fs/inotify/max_user_instances": "512\n",
			"/proc/sys/fs/inotify/max_user_watches":   "524288\n",
			"/programs/podlab-node":                   "",
			"/programs/lab-init":                      "",
			"/programs/containerd-shim-runc-v2":       "",
			"/programs/cni/ptp":                       "",
			"/programs/cni/host-local":                "",
			"/programs/coredns":                       "",
			"/programs/metrics-server":                "",
			"/programs/runc":                          "",
			"/usr/include/seccomp.h":                  "",
		},
		tools: []string{"nft", "mount", "nsenter", "docker", "apt-get", "dpkg-deb", "go", "gcc"},
		outputs: map[string]string{
			dockerVersion: "29.1.0",
			dockerInfo:    `{"Driver":"overlay2","CgroupVersion":"2","MemoryLimit":true}`,
			goVersion:     "go1.26.8",
		},
		free: 100 * gib,
		opts: Options{State: "/state", Programs: "/programs"},
	}
}

func (f *fake) machine() machine {
	read := func(path string) ([]byte, error) {
		text, there := f.files[path]
		if !there {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
	return machine{
		euid: func() int { return f.uid },
		read: read,
		stat: func(path string) error { _, err := read(path); return err },
		look: func(program string) bool { return slices.Contains(f.tools, program) },
		output: func(_ context.Context, argv ...string) (string, error) {
			out, there := f.outputs[strings.Join(argv, " ")]
			if !there {
				return "", fmt.Errorf("%s: cannot connect", argv[0])
			}
			return out, nil
		},
		unshare: func(_ context.Context, flags uintptr, input string, argv ...string) error {
			if f.noNew&flags != 0 {
				return errors.New("operation not permitted")
			}
			if argv[0] == "nft" && f.rules != "" && strings.Contains(input, "masquerade") {
				return errors.New(f.rules)
			}
			return nil
		},
		free: func(path string) (uint64, error) {
			if path != f.opts.State {
				return 0, fmt.Errorf("asked about %s", path)
			}
			return f.free, f.freeErr
		},
		answers: func(_ context.Context, url string) error {
			for _, part := range f.silent {
				if strings.Contains(url, part) {
					return errors.New("no such host")
				}
			}
			return nil
		},
	}
}

func (f *fake) without(tool string) {
	f.tools = slices.DeleteFunc(f.tools, func(t string) bool { return t == tool })
}

func TestChecks(t *testing.T) {
	type change = func(*fake)
	set := func(path, text string) change { return func(f *fake) { f.files[path] = text } }
	drop := func(path string) change { return func(f *fake) { delete(f.files, path) } }
	mounts := func(text string) change { return set("/proc/self/mountinfo", text) }

	for _, tc := range []struct {
		id, name string
		change   change
		state    State
		found    string
		advice   string
	}{
		{"root", "root", func(*fake) {}, OK, "running as root", ""},
		{"root", "user with an engine", func(f *fake) { f.uid = 1000 }, Warn, "user 1000", "docker 29.1.0"},
		{"root", "user without", func(f *fake) { f.uid = 1000; f.without("docker") }, Fail, "user 1000", "sudo"},

		{"cgroups", "v2", func(*fake) {}, OK, "v2: cpuset, cpu, io, memory, pids", ""},
		{"cgroups", "hybrid", mounts(hybrid), OK, "v1, with v2 beside it (hybrid): cpu, cpuacct, cpuset, memory, pids", ""},
		{"cgroups", "v1", mounts(strings.ReplaceAll(hybrid, "cgroup2", "tmpfs")), OK, "v1: cpu, cpuacct", ""},
		{"cgroups", "no memory", set("/sys/fs/cgroup/cgroup.controllers", "cpu cpuset pids"), Fail, "v2: cpu", "cgroup_enable=memory"},
		{"cgroups", "no pids", mounts(strings.ReplaceAll(hybrid, "rw,pids", "rw,rdma")), Fail, "rdma", "missing pids"},
		{"cgroups", "v2 unreadable", drop("/sys/fs/cgroup/cgroup.controllers"), Fail, "cgroup.controllers", "mount cgroup2"},
		{"cgroups", "none", mounts("1 1 0:1 / / rw - ext4 /dev/sda rw\nbroken line\n"), Fail, "no cgroup file system", "systemd"},
		{"cgroups", "no proc", drop("/proc/self/mountinfo"), Fail, "mountinfo", "/proc"},

		{"namespaces", "all", func(*fake) {}, OK, "mount, pid, network, uts, ipc, cgroup, user", ""},
		{"namespaces", "no user", func(f *fake) { f.noNew = unix.CLONE_NEWUSER }, Warn, "cannot make: user (operation not permitted)", "unavailable"},
		{"namespaces", "no network", func(f *fake) { f.noNew = unix.CLONE_NEWNET }, Fail, "cannot make: network", "root"},

		{"firewall", "works", func(*fake) {}, OK, "nft works", ""},
		{"firewall", "missing", func(f *fake) { f.without("nft") }, Fail, "nft is missing", "apt-get install nftables"},
		{"firewall", "refused", func(f *fake) { f.rules = "no masquerade" }, Fail, "no masquerade", "nft_masq"},
		{"firewall", "no namespace", func(f *fake) { f.noNew = unix.CLONE_NEWNET }, Fail, "not permitted", "root"},

		{"disk", "plenty", func(*fake) {}, OK, "100.0 GiB free for /state", ""},
		{"disk", "little", func(f *fake) { f.free = 3 * gib }, Warn, "3.0 GiB", "XDG_STATE_HOME"},
		{"disk", "full", func(f *fake) { f.free = gib / 2 }, Fail, "0.5 GiB", "XDG_STATE_HOME"},
		{"disk", "unreadable", func(f *fake) { f.freeErr = errors.New("input/output error") }, Fail, "input/output error", "/state"},

		{"memory", "plenty", func(*fake) {}, OK, "8.0 GiB available", ""},
		{"memory", "little", set("/proc/meminfo", fmt.Sprintf(meminfo, 1536<<10)), Warn, "1.5 GiB", "2 GiB"},
		{"memory", "too little", set("/proc/meminfo", fmt.Sprintf(meminfo, 512<<10)), Fail, "0.5 GiB", "close other programs"},
		{"memory", "unknown", set("/proc/meminfo", "MemTotal: 1 kB\n"), Fail, "does not say", "kernel"},
		{"memory", "nonsense", set("/proc/meminfo", "MemAvailable: much kB\n"), Fail, "does not say", "kernel"},
		{"memory", "no proc", drop("/proc/meminfo"), Fail, "meminfo", "/proc"},

		{"inotify", "plenty", func(*fake) {}, OK, "512 instances, 524288 watches", ""},
		{"inotify", "few instances", set("/proc/sys/fs/inotify/max_user_instances", "64"), Warn, "64 instances", "sysctl"},
		{"inotify", "few watches", set("/proc/sys/fs/inotify/max_user_watches", "100"), Warn, "100 watches", "sysctl"},
		{"inotify", "none", drop("/proc/sys/fs/inotify/max_user_watches"), Fail, "no inotify", "CONFIG_INOTIFY_USER"},

		{"overlayfs", "there", func(*fake) {}, OK, "has it", ""},
		{"overlayfs", "not there", set("/proc/filesystems", "nodev\toverlayish\n\text4\n"), Warn, "does not have it", "modprobe overlay"},
		{"overlayfs", "no proc", drop("/proc/filesystems"), Fail, "filesystems", "/proc"},

		{"seccomp", "there", func(*fake) {}, OK, "errno", ""},
		{"seccomp", "not there", drop("/proc/sys/kernel/seccomp/actions_avail"), Fail, "no seccomp", "CONFIG_SECCOMP_FILTER"},

		{"apparmor", "on", func(*fake) {}, OK, "enabled", ""},
		{"apparmor", "off", set("/sys/module/apparmor/parameters/enabled", "N\n"), Warn, "switched off", "unavailable"},
		{"apparmor", "not there", drop("/sys/module/apparmor/parameters/enabled"), Warn, "not in this kernel", "unavailable"},

		{"capabilities", "all", func(*fake) {}, OK, "all that a node needs", ""},
		{"capabilities", "no CAP_SYS_RESOURCE", set("/proc/self/status", fmt.Sprintf(status, "000001fffeffffff")), Warn, "CAP_SYS_RESOURCE", "nothing to do"},
		{"capabilities", "of a container", set("/proc/self/status", fmt.Sprintf(status, "00000000a80425fb")), Fail, "CAP_NET_ADMIN, CAP_SYS_ADMIN, CAP_SYS_PTRACE", "privileged"},
		{"capabilities", "nonsense", set("/proc/self/status", fmt.Sprintf(status, "xyz")), Fail, "cannot read", "bug"},

		{"engine", "docker", func(*fake) {}, OK, "docker 29.1.0", ""},
		{"engine", "podman", func(f *fake) {
			f.tools = append(f.tools, "podman")
			f.outputs = map[string]string{"podman info --format {{.Version.Version}}": "5.4.2"}
		}, OK, "podman 5.4.2", ""},
		{"engine", "stopped", func(f *fake) { f.outputs = nil }, Warn, "docker: cannot connect; podman is not installed", "embedded"},
		{"engine", "none, user", func(f *fake) { f.without("docker"); f.uid = 1000 }, Fail, "docker is not installed", "sudo"},

		{"registry", "answers", func(*fake) {}, OK, "docker.io and registry.k8s.io answer", ""},
		{"registry", "one is silent", func(f *fake) { f.silent = []string{"docker"} }, Warn, "registry.k8s.io; docker.io does not answer", "Debian packages"},
		{"registry", "silent, not Debian", func(f *fake) { f.silent = []string{"https"}; f.without("apt-get") }, Fail, "docker.io does not answer", "use Debian"},
		{"registry", "not asked", func(f *fake) { f.opts.Offline = true; f.silent = []string{"https"} }, OK, "not asked", ""},
		{"registry", "not asked, not Debian", func(f *fake) { f.opts.Offline = true; f.without("dpkg-deb") }, Fail, "not asked", "use Debian"},

		{"packages", "there", func(*fake) {}, OK, "mount, nsenter, nft", ""},
		{"packages", "missing", func(f *fake) { f.without("nft"); f.without("nsenter") }, Fail, "missing: nsenter, nft", "apt-get install util-linux nftables"},

		{"programs", "built", func(*fake) {}, OK, "all in /programs", ""},
		{"programs", "one missing", drop("/programs/coredns"), Warn, "not in /programs: coredns", "make node"},
		{"programs", "runc of the machine", func(f *fake) { delete(f.files, "/programs/runc"); f.tools = append(f.tools, "runc") }, OK, "all in /programs", ""},
		{"programs", "no runc", drop("/programs/runc"), Warn, "runc", "make node"},

		{"toolchain", "not needed", func(f *fake) { f.tools = nil }, OK, "not needed", ""},
		{"toolchain", "there", drop("/programs/podlab-node"), OK, "go1.26.8, gcc, libseccomp", ""},
		{"toolchain", "no go", func(f *fake) { delete(f.files, "/programs/podlab-node"); f.without("go") }, Fail, "go tool is missing", "go.dev"},
		{"toolchain", "broken go", func(f *fake) { delete(f.files, "/programs/podlab-node"); f.outputs = nil }, Fail, "cannot connect", "repair"},
		{"toolchain", "no gcc", func(f *fake) { delete(f.files, "/programs/podlab-node"); f.without("gcc") }, Fail, "not gcc", "apt-get install gcc libc6-dev pkg-config"},
		{"toolchain", "no libseccomp, but runc", func(f *fake) {
			delete(f.files, "/programs/podlab-node")
			delete(f.files, "/usr/include/seccomp.h")
			f.tools = append(f.tools, "runc")
		}, Warn, "not libseccomp-dev", "own runc"},
	} {
		t.Run(tc.id+" "+tc.name, func(t *testing.T) {
			f := healthy()
			tc.change(f)
			checks := run(t.Context(), f.machine(), f.opts)
			i := slices.IndexFunc(checks, func(c Check) bool { return c.ID == tc.id })
			if i < 0 {
				t.Fatalf("no check %s", tc.id)
			}
			c := checks[i]
			if c.State != tc.state || !strings.Contains(c.Found.String(), tc.found) || !strings.Contains(c.Advice.String(), tc.advice) {
				t.Errorf("%+v\nwant %s, found %q, advice %q", c, tc.state, tc.found, tc.advice)
			}
		})
	}
}

// TestAdvice makes sure that every check can pass and can fail, and that it
// gives advice exactly when there is something to say.
func TestAdvice(t *testing.T) {
	for _, c := range run(t.Context(), healthy().machine(), healthy().opts) {
		if c.State != OK || !c.Advice.IsZero() || c.Found.IsZero() {
			t.Errorf("on a healthy machine: %+v", c)
		}
	}
	bare := &fake{uid: 1000, noNew: ^uintptr(0), freeErr: errors.New("none"), silent: []string{"https"}}
	for _, c := range run(t.Context(), bare.machine(), bare.opts) {
		if c.State == OK || c.Advice.IsZero() || c.Found.IsZero() {
			t.Errorf("on a machine with nothing: %+v", c)
		}
	}
}

// TestThisMachine looks at the real one: whatever it is, each check ends.
func TestThisMachine(t *testing.T) {
	checks := Run(t.Context(), Options{State: filepath.Join(t.TempDir(), "not", "there"), Programs: t.TempDir(), Offline: true})
	states := []State{OK, Warn, Fail}
	for _, c := range checks {
		if !slices.Contains(states, c.State) || c.Found.IsZero() || strings.Contains(c.Found.String(), "\n") {
			t.Errorf("%+v", c)
		}
		if c.ID == "programs" && c.State != Warn {
			t.Errorf("an empty folder: %+v", c)
		}
	}
}

func TestRealProbes(t *testing.T) {
	m := thisMachine()
	if _, err := m.output(t.Context(), "sh", "-c", "echo first >&2; echo second >&2; exit 3"); err == nil || err.Error() != "sh: first" {
		t.Errorf("error %v, want the first line alone", err)
	}
	if out, err := m.output(t.Context(), "echo", "hello"); err != nil || out != "hello" {
		t.Errorf("%q, %v", out, err)
	}
	// What a program leaves running in its output is not waited for.
	if out, err := m.output(t.Context(), "sh", "-c", "(sleep 5; echo late) & echo hello"); err != nil || out != "hello" {
		t.Errorf("%q, %v", out, err)
	}
	if err := m.unshare(t.Context(), 0, "", "sh", "-c", "(sleep 5; echo late >&2) & exit 3"); err == nil || err.Error() != "exit status 3" {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.output(ctx, "sleep", "100"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := m.unshare(t.Context(), 0, "", "no-such-program"); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("error %v", err)
	}
	if os.Geteuid() == 0 {
		if err := m.unshare(t.Context(), unix.CLONE_NEWUTS, "x", "grep", "-q", "x"); err != nil {
			t.Errorf("in a new namespace: %v", err)
		}
	}
	if n, err := m.free(filepath.Join(t.TempDir(), "a", "b")); err != nil || n == 0 {
		t.Errorf("%d bytes free, %v", n, err)
	}

	srv := httptest.NewServer(http.NotFoundHandler())
	if err := m.answers(t.Context(), srv.URL); err != nil {
		t.Errorf("a server that answers 404: %v", err)
	}
	srv.Close()
	if err := m.answers(t.Context(), srv.URL); err == nil {
		t.Error("a server that is gone answers")
	}
}
