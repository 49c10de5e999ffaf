//go:build linux

package leakcheck

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A checker that finds nothing would always agree: it must see what is there.
func TestDiffSeesALeak(t *testing.T) {
	lab := Lab{Dir: "/nowhere", Programs: "/nowhere/bin", Group: "podlab/leakcheck-test"}
	before, err := Take(lab)
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("making a PID namespace needs root")
	}
	cmd := exec.Command("sleep", "60")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	file := filepath.Join("/dev/shm", "leakcheck-test")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Remove(file) }()
	after, err := Take(lab)
	if err != nil {
		t.Fatal(err)
	}
	leaks := before.Diff(after)
	if !slices.ContainsFunc(leaks, func(l string) bool { return strings.HasPrefix(l, "process ") && strings.HasSuffix(l, " sleep") }) {
		t.Errorf("the process is not among %q", leaks)
	}
	if !slices.Contains(leaks, "file "+file) {
		t.Errorf("the file is not among %q", leaks)
	}
	for kind, n := range before.Count() {
		if n == 0 && kind != "process" && kind != "nft" && kind != "cgroup" {
			t.Errorf("no %s is found on a machine that has some", kind)
		}
	}
}

func TestDiffOfNothing(t *testing.T) {
	s := Snapshot{"link": {"eth0", "lo"}, "setting": {"vm/x=1"}}
	if leaks := s.Diff(s); len(leaks) != 0 {
		t.Errorf("the same differs by %q", leaks)
	}
	changed := Snapshot{"link": {"lo"}, "setting": {"vm/x=2"}}
	if leaks := s.Diff(changed); !slices.Equal(leaks, []string{"setting vm/x=2"}) {
		t.Errorf("got %q", leaks)
	}
}
