//go:build linux

package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/podlab/podlab/internal/say"
)

const dockerInfo = "docker info --format {{json .}}"

func TestContainers(t *testing.T) {
	const good = `"CgroupVersion":"2","MemoryLimit":true,"PidsLimit":true,"CPUShares":true,"DockerRootDir":"/var/lib/docker"`
	for name, c := range map[string]struct {
		info  string // "" means that docker info fails
		free  uint64
		state State
		text  string
	}{
		"as usual":          {`{"Driver":"overlay2",` + good + `}`, 100 * gib, OK, "storage overlay2, cgroup v2"},
		"containerd store":  {`{"Driver":"overlayfs","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]],` + good + `}`, 100 * gib, OK, "containerd image store"},
		"rootless":          {`{"SecurityOptions":["name=seccomp,profile=builtin","name=rootless"],` + good + `}`, 100 * gib, OK, "rootless"},
		"rootless on v1":    {`{"SecurityOptions":["name=rootless"],"CgroupVersion":"1"}`, 100 * gib, Fail, "cgroup v2"},
		"nothing delegated": {`{"SecurityOptions":["name=rootless"],"CgroupVersion":"2","PidsLimit":true}`, 100 * gib, Fail, "Delegate="},
		"no memory limits":  {`{"CgroupVersion":"1"}`, 100 * gib, Warn, "cgroup_enable=memory"},
		"little room":       {`{` + good + `}`, 1 * gib, Warn, "docker system prune"},
		"another form":      {`none of your business`, 100 * gib, Warn, "not understood"},
		"no answer":         {"", 100 * gib, Warn, "docker info"},
	} {
		t.Run(name, func(t *testing.T) {
			m := healthy()
			m.free = c.free
			m.files["/var/lib/docker"], m.opts.State = "", "/var/lib/docker" // one disk
			m.outputs[dockerInfo] = c.info
			if c.info == "" {
				delete(m.outputs, dockerInfo)
			}
			d := &doctor{machine: m.machine(), opts: m.opts}
			got := d.containers(t.Context())
			if got.State != c.state || !strings.Contains(got.Found.String()+got.Advice.String(), c.text) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestContainersInPodman(t *testing.T) {
	for name, c := range map[string]struct {
		info  string
		free  uint64
		state State
		text  string
	}{
		"as usual":          {`{"host":{"cgroupVersion":"v2","cgroupControllers":["cpu","memory","pids"]},"store":{"graphDriverName":"overlay"}}`, 100 * gib, OK, "storage overlay, cgroup v2"},
		"rootless on v1":    {`{"host":{"cgroupVersion":"v1","security":{"rootless":true}}}`, 100 * gib, Fail, "cgroup v2"},
		"nothing delegated": {`{"host":{"cgroupVersion":"v2","cgroupControllers":["memory","pids"],"security":{"rootless":true}}}`, 100 * gib, Fail, "Delegate="},
		"little room":       {`{"host":{"cgroupVersion":"v2","cgroupControllers":["cpu","memory","pids"]},"store":{"graphRoot":"/containers"}}`, 1 * gib, Warn, "podman system prune"},
		"another form":      {`{"host":[]}`, 100 * gib, Warn, "podman info is not understood"},
	} {
		t.Run(name, func(t *testing.T) {
			m := healthy()
			m.tools, m.free = []string{"podman"}, c.free
			m.files["/containers"], m.opts.State = "", "/containers"
			m.outputs["podman info --format {{.Version.Version}}"] = "5.0.1"
			m.outputs["podman info --format json"] = c.info
			d := &doctor{machine: m.machine(), opts: m.opts}
			if got := d.containers(t.Context()); got.State != c.state || !strings.Contains(got.Found.String()+got.Advice.String(), c.text) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// An engine that is there but closed to the user is another matter than none.
func TestEngineIsClosed(t *testing.T) {
	m := healthy()
	m.uid = 1000
	mc := m.machine()
	mc.output = func(context.Context, ...string) (string, error) {
		return "", errors.New("docker: permission denied while trying to connect to the Docker daemon socket")
	}
	d := &doctor{machine: mc, opts: m.opts}
	if got := d.engine(t.Context()); got.State != Fail || !strings.Contains(got.Advice.String(), "usermod -aG docker") {
		t.Errorf("%+v", got)
	}
}

func TestSwapping(t *testing.T) {
	for swaps, want := range map[string]bool{
		"": false, "Filename Type Size Used Priority\n": false, "Filename Type Size Used Priority\n/swapfile file 1 0 -2\n": true,
	} {
		m := healthy()
		m.files["/proc/swaps"] = swaps
		d := &doctor{machine: m.machine(), opts: m.opts}
		if got := d.containers(t.Context()); strings.Contains(got.Found.String(), "swap") != want {
			t.Errorf("with %q: %+v", swaps, got)
		}
	}
}

// The disk of an engine in a virtual machine is not this machine's.
func TestContainersElsewhere(t *testing.T) {
	m := healthy()
	m.free = 0
	m.outputs[dockerInfo] = `{"CgroupVersion":"2","MemoryLimit":true,"DockerRootDir":"/var/lib/docker"}`
	d := &doctor{machine: m.machine(), opts: m.opts}
	if got := d.containers(t.Context()); got.State != OK {
		t.Errorf("%+v", got)
	}
}

func TestForProvider(t *testing.T) {
	checks := func() []Check {
		return []Check{{ID: "firewall", State: Fail, Advice: say.Plain("install")}, {ID: "disk", State: Fail}, {ID: "containers", State: Fail, Advice: say.Plain("prune")}}
	}
	for provider, want := range map[string][]State{
		"kind": {Warn, Fail, Fail}, "embedded": {Fail, Fail, Warn}, "existing": {Warn, Fail, Warn}, "": {Fail, Fail, Fail},
	} {
		got := checks()
		forProvider(got, provider)
		for i, c := range got {
			if c.State != want[i] {
				t.Errorf("%q: %s is %s, want %s", provider, c.ID, c.State, want[i])
			}
		}
	}
}

// A cluster elsewhere needs nothing of this machine but its files.
func TestForExisting(t *testing.T) {
	bare := &fake{uid: 1000, noNew: ^uintptr(0), free: 1, silent: []string{"https"}, opts: Options{State: "/state", Provider: "existing"}}
	for _, c := range run(t.Context(), bare.machine(), bare.opts) {
		if c.State != Warn {
			t.Errorf("%+v", c)
		}
	}
	bare.freeErr = errors.New("input/output error")
	if c := (&doctor{machine: bare.machine(), opts: bare.opts}).disk(t.Context()); c.State != Fail {
		t.Errorf("no folder: %+v", c)
	}
}
