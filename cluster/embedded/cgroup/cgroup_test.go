package cgroup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// write makes a file of a fake cgroup file system.
func write(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func detect(t *testing.T, root string) *Tree {
	t.Helper()
	tree, err := Detect(root)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// fakeV2 is a machine with systemd: some controllers are on at the root.
func fakeV2(t *testing.T) string {
	root := t.TempDir()
	write(t, root, "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n")
	write(t, root, "cgroup.subtree_control", "cpu memory pids\n")
	write(t, root, "cgroup.procs", "1\n")
	return root
}

func fakeV1(t *testing.T) string {
	root := t.TempDir()
	for _, h := range []string{"cpu,cpuacct", "cpuset", "memory", "pids", "systemd", "unified"} {
		write(t, root, h+"/cgroup.procs", "1\n")
	}
	write(t, root, "cpuset/cpuset.cpus", "0-3\n")
	write(t, root, "cpuset/cpuset.mems", "0\n")
	if err := os.Symlink("cpu,cpuacct", filepath.Join(root, "cpu")); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestDetect(t *testing.T) {
	v2 := detect(t, fakeV2(t))
	if !v2.V2 || len(v2.Missing()) != 0 || len(v2.Files("a")) != 1 {
		t.Errorf("v2: %+v lacks %q", v2, v2.Missing())
	}
	root := fakeV1(t)
	v1 := detect(t, root)
	if v1.V2 || len(v1.Missing()) != 0 {
		t.Errorf("v1: %+v lacks %q", v1, v1.Missing())
	}
	// The link cpu is no hierarchy of its own.
	want := filepath.Join(root, "cpu,cpuacct/a/b/cgroup.procs")
	if files := v1.Files("a/b"); len(files) != 6 || files[0] != want {
		t.Errorf("files %q", files)
	}

	few := t.TempDir()
	write(t, few, "cgroup.controllers", "memory pids\n")
	if missing := detect(t, few).Missing(); !slices.Equal(missing, []string{"cpu", "cpuset"}) {
		t.Errorf("missing %q", missing)
	}
	if _, err := Detect(t.TempDir()); err == nil {
		t.Error("an empty folder passes for cgroups")
	}
}

func TestCreateV1FillsCPUSets(t *testing.T) {
	root := fakeV1(t)
	// As the kernel does, the groups of a cpuset start with empty files.
	for _, dir := range []string{"podlab", "podlab/lab"} {
		write(t, root, "cpuset/"+dir+"/cpuset.cpus", "\n")
		write(t, root, "cpuset/"+dir+"/cpuset.mems", "\n")
	}
	tree := detect(t, root)
	if err := tree.Create("podlab/lab"); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"podlab", "podlab/lab"} {
		// The fake files, unlike the kernel's, keep what was there.
		if got := strings.TrimSpace(read(t, root, "cpuset/"+dir+"/cpuset.cpus")); got != "0-3" {
			t.Errorf("%s: cpus %q", dir, got)
		}
		if got := strings.TrimSpace(read(t, root, "cpuset/"+dir+"/cpuset.mems")); got != "0" {
			t.Errorf("%s: mems %q", dir, got)
		}
	}
	if dirs := tree.Dirs("podlab/lab"); len(dirs) != 6 {
		t.Errorf("made in %q", dirs)
	}
}

func TestCreateV2EnablesControllers(t *testing.T) {
	root := fakeV2(t)
	for _, dir := range []string{"podlab", "podlab/lab", "podlab/lab/worker-1"} {
		write(t, root, dir+"/cgroup.subtree_control", "")
		write(t, root, dir+"/cgroup.procs", "")
	}
	if err := detect(t, root).Create("podlab/lab/worker-1/init"); err != nil {
		t.Fatal(err)
	}
	// At the root only those that are not on; below it all that there are.
	if got := read(t, root, "cgroup.subtree_control"); got != "cpu memory pids\n+cpuset+io+hugetlb" {
		t.Errorf("at the root %q", got)
	}
	for _, dir := range []string{"podlab", "podlab/lab", "podlab/lab/worker-1"} {
		if got := read(t, root, dir+"/cgroup.subtree_control"); got != "+cpu+cpuset+memory+pids+io+hugetlb" {
			t.Errorf("in %s %q", dir, got)
		}
	}
	// The leaf has processes in it, and so no controllers for children.
	if _, err := os.Stat(filepath.Join(root, "podlab/lab/worker-1/init/cgroup.subtree_control")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the leaf's controllers were touched: %v", err)
	}
}

func TestCreateV2WithoutRights(t *testing.T) {
	root := fakeV2(t)
	if err := os.Remove(filepath.Join(root, "cgroup.subtree_control")); err != nil {
		t.Fatal(err)
	}
	if err := detect(t, root).Create("podlab"); err == nil {
		t.Error("no error although the controllers cannot be read")
	}
}

func TestProcs(t *testing.T) {
	root := fakeV1(t)
	write(t, root, "memory/podlab/lab/cgroup.procs", "")
	write(t, root, "memory/podlab/lab/a/cgroup.procs", "30\n10\n")
	write(t, root, "pids/podlab/lab/a/cgroup.procs", "10\n20\n0\n")
	pids, err := detect(t, root).Procs("podlab/lab")
	if err != nil || !slices.Equal(pids, []int{10, 20, 30}) {
		t.Errorf("%v, %v", pids, err)
	}
	pids, err = detect(t, root).Procs("podlab/other")
	if err != nil || len(pids) != 0 {
		t.Errorf("of a group that is not: %v, %v", pids, err)
	}
}

// The files of a real group vanish with it; in a fake one there may be none.
func TestRemove(t *testing.T) {
	root := fakeV2(t)
	tree := detect(t, root)
	if err := os.MkdirAll(filepath.Join(root, "podlab/lab/worker-1/kubepods/pod1"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := tree.Remove(ctx, "podlab/lab"); err != nil {
		t.Fatal(err)
	}
	if err := tree.Remove(ctx, "podlab/lab"); err != nil {
		t.Errorf("again: %v", err)
	}
	tree.RemoveEmpty("podlab")
	if exists(filepath.Join(root, "podlab")) {
		t.Error("the empty parent is still there")
	}
}

func TestRemoveWaitsForTheLastProcess(t *testing.T) {
	root := fakeV2(t)
	busy := filepath.Join(root, "podlab/lab/busy")
	write(t, root, "podlab/lab/busy/process", "")
	go func() {
		time.Sleep(30 * time.Millisecond) // the process ends while Remove tries
		_ = os.Remove(busy + "/process")
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := detect(t, root).Remove(ctx, "podlab/lab"); err != nil {
		t.Fatal(err)
	}

	write(t, root, "podlab/lab/busy/process", "")
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := detect(t, root).Remove(short, "podlab/lab"); err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("a group that stays busy: %v", err)
	}
}

func TestRemoveEmptyLeavesOthers(t *testing.T) {
	root := fakeV2(t)
	write(t, root, "podlab/other/cgroup.procs", "1\n")
	detect(t, root).RemoveEmpty("podlab")
	if !exists(filepath.Join(root, "podlab/other")) {
		t.Error("another lab's group was removed")
	}
}
