package doctor

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// engineInfo is what "docker info" tells of what clusters in containers stumble
// over.
type engineInfo struct {
	Driver          string
	DriverStatus    [][2]string
	DockerRootDir   string
	SecurityOptions []string
	CgroupVersion   string
	MemoryLimit     bool
	PidsLimit       bool
	CPUShares       bool
	OperatingSystem string
}

const gib = 1 << 30

// minimumEngineDisk is what the nodes' image and a lesson's containers take.
const minimumEngineDisk = 4 * gib

// podmanInfo is what "podman info" tells of the same.
type podmanInfo struct {
	Host struct {
		CgroupVersion     string
		CgroupControllers []string
		Security          struct{ Rootless bool }
	}
	Store struct {
		GraphDriverName string
		GraphRoot       string
	}
}

// engineInfo puts it as Docker does.
func (p podmanInfo) engineInfo() engineInfo {
	has := func(controller string) bool { return slices.Contains(p.Host.CgroupControllers, controller) }
	info := engineInfo{
		Driver: p.Store.GraphDriverName, DockerRootDir: p.Store.GraphRoot,
		CgroupVersion: strings.TrimPrefix(p.Host.CgroupVersion, "v"),
		MemoryLimit:   has("memory"), PidsLimit: has("pids"), CPUShares: has("cpu"),
	}
	if p.Host.Security.Rootless {
		info.SecurityOptions = []string{"name=rootless"}
	}
	return info
}

// containers looks for what keeps kind's nodes from running in an engine that
// answers. nerdctl tells nothing of that: of it is only known that it answers.
func (d *doctor) containers(ctx context.Context) Check {
	version, _ := d.anyEngine(ctx)
	program, _, _ := strings.Cut(version, " ")
	var info engineInfo
	var err error
	switch program {
	case "":
		return warn(say.T("not looked at: no engine answers"), say.T("nothing to do, unless you want a cluster in containers"))
	case "docker":
		err = d.ask(ctx, &info, "docker", "info", "--format", "{{json .}}")
	case "podman":
		var p podmanInfo
		err = d.ask(ctx, &p, "podman", "info", "--format", "json")
		info = p.engineInfo()
	default:
		return ok(say.T("not looked at: %s", version))
	}
	if err != nil {
		return warn(say.Of(err), say.T("see what '%s info' says", program))
	}
	return d.judge(program, info)
}

// ask runs an engine's program and reads the JSON that it prints.
func (d *doctor) ask(ctx context.Context, v any, argv ...string) error {
	out, err := d.output(ctx, argv...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(out), v); err != nil {
		return say.Errorf("%s info is not understood: %w", argv[0], err)
	}
	return nil
}

func (d *doctor) judge(program string, info engineInfo) Check {
	rootless := slices.ContainsFunc(info.SecurityOptions, func(o string) bool { return strings.Contains(o, "name=rootless") })
	parts := []say.Text{say.T("storage %s", info.Driver), say.Plain("cgroup v" + info.CgroupVersion)}
	if slices.Contains(info.DriverStatus, [2]string{"driver-type", "io.containerd.snapshotter.v1"}) {
		parts = append(parts, say.T("the containerd image store (images are loaded one platform at a time, which it takes)"))
	}
	if rootless {
		parts = append(parts, say.T("rootless"))
	}
	if d.swapping() {
		parts = append(parts, say.T("swap (which Pods do not use)"))
	}
	found := say.Join(", ", parts...)
	switch {
	case rootless && info.CgroupVersion != "2":
		return fail(found, say.T("kind's nodes need cgroup v2 in a rootless engine: boot with systemd.unified_cgroup_hierarchy=1, or use an engine with root"))
	case rootless && (!info.MemoryLimit || !info.PidsLimit || !info.CPUShares):
		return fail(say.T("%v: limits are not delegated to the user", found), say.T("let systemd do that: put 'Delegate=cpu cpuset io memory pids' under [Service] into /etc/systemd/system/user@.service.d/delegate.conf, then 'systemctl daemon-reload' and log in again"))
	case !info.MemoryLimit:
		return warn(say.T("%v: the kernel cannot limit memory", found), say.T("boot with cgroup_enable=memory; until then lessons on memory show nothing"))
	}
	// In a virtual machine, as with Docker Desktop, the folder is not here.
	if there, err := d.exists(info.DockerRootDir); err == nil && there {
		if free, err := d.free(info.DockerRootDir); err == nil && free < minimumEngineDisk {
			return warn(say.T("%v, %.1f GiB free for %s", found, float64(free)/gib, info.DockerRootDir), say.T("kind's nodes need 4 GiB: '%s system prune' makes room", program))
		}
	}
	return ok(found)
}

// swapping tells whether the machine swaps. Pods do not: kubelets run beside it
// and keep them from it.
func (d *doctor) swapping() bool {
	raw, err := d.read("/proc/swaps")
	return err == nil && strings.Count(strings.TrimSpace(string(raw)), "\n") > 0
}

// embeddedOnly are the checks of what a cluster in containers does without.
var embeddedOnly = []string{"root", "cgroups", "namespaces", "firewall", "overlayfs", "capabilities", "packages", "programs", "toolchain"}

// forProvider takes back what the lab's provider does not need.
func forProvider(checks []Check, provider string) {
	for i, c := range checks {
		switch {
		case provider == "existing" && c.State == Fail && c.ID != "disk":
			checks[i].State = Warn
			checks[i].Advice = say.T("nothing to do for a cluster of your own; for one on this machine: %v", c.Advice)
		case provider == "kind" && c.State == Fail && slices.Contains(embeddedOnly, c.ID):
			checks[i].State = Warn
			checks[i].Advice = say.T("nothing to do for kind; for the embedded cluster: %v", c.Advice)
		case provider == "embedded" && c.State == Fail && c.ID == "containers":
			checks[i].State = Warn
			checks[i].Advice = say.T("nothing to do for the embedded cluster; for kind: %v", c.Advice)
		}
	}
}
