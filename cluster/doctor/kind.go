package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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

// containers looks for what keeps kind's nodes from running in an engine that
// answers. What the other engines tell of themselves has another form: of them
// it is only known that they answer.
func (d *doctor) containers(ctx context.Context) Check {
	version, _ := d.anyEngine(ctx)
	if !strings.HasPrefix(version, "docker") {
		if version == "" {
			return warn("not looked at: no engine answers", "nothing to do, unless you want a cluster in containers")
		}
		return ok("not looked at: " + version)
	}
	out, err := d.output(ctx, "docker", "info", "--format", "{{json .}}")
	if err != nil {
		return warn(err.Error(), "see what 'docker info' says")
	}
	var info engineInfo
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		return warn("docker info is not understood: "+err.Error(), "see what 'docker info' says")
	}
	return d.judge(info)
}

func (d *doctor) judge(info engineInfo) Check {
	rootless := slices.ContainsFunc(info.SecurityOptions, func(o string) bool { return strings.Contains(o, "name=rootless") })
	found := "storage " + info.Driver + ", cgroup v" + info.CgroupVersion
	if slices.Contains(info.DriverStatus, [2]string{"driver-type", "io.containerd.snapshotter.v1"}) {
		found += ", the containerd image store (images are loaded one platform at a time, which it takes)"
	}
	if rootless {
		found += ", rootless"
	}
	if d.swapping() {
		found += ", swap (which Pods do not use)"
	}
	switch {
	case rootless && info.CgroupVersion != "2":
		return fail(found, "kind's nodes need cgroup v2 in a rootless engine: boot with systemd.unified_cgroup_hierarchy=1, or use an engine with root")
	case rootless && (!info.MemoryLimit || !info.PidsLimit || !info.CPUShares):
		return fail(found+": limits are not delegated to the user", "let systemd do that: put 'Delegate=cpu cpuset io memory pids' under [Service] into /etc/systemd/system/user@.service.d/delegate.conf, then 'systemctl daemon-reload' and log in again")
	case !info.MemoryLimit:
		return warn(found+": the kernel cannot limit memory", "boot with cgroup_enable=memory; until then lessons on memory show nothing")
	}
	// In a virtual machine, as with Docker Desktop, the folder is not here.
	if there, err := d.exists(info.DockerRootDir); err == nil && there {
		if free, err := d.free(info.DockerRootDir); err == nil && free < minimumEngineDisk {
			return warn(fmt.Sprintf("%s, %.1f GiB free for %s", found, float64(free)/gib, info.DockerRootDir),
				"kind's nodes need 4 GiB: 'docker system prune' makes room")
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
		case provider == "kind" && c.State == Fail && slices.Contains(embeddedOnly, c.ID):
			checks[i].State = Warn
			checks[i].Advice = "nothing to do for kind; for the embedded cluster: " + c.Advice
		case provider == "embedded" && c.State == Fail && c.ID == "containers":
			checks[i].State = Warn
			checks[i].Advice = "nothing to do for the embedded cluster; for kind: " + c.Advice
		}
	}
}
