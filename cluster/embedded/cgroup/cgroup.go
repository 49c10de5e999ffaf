// Package cgroup makes and removes a lab's control groups, on cgroup v2 and on
// every hierarchy of cgroup v1 (and of v1 beside v2, "hybrid").
//
// Paths of groups are relative to the root of the hierarchies, such as
// "podlab/lab/worker-1".
package cgroup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// DefaultRoot is where Linux distributions mount the cgroup file systems.
const DefaultRoot = "/sys/fs/cgroup"

// Required are the controllers without which a kubelet does not start.
var Required = []string{"cpu", "cpuset", "memory", "pids"}

// wanted are enabled for a lab's groups where the machine has them.
var wanted = []string{"cpu", "cpuset", "memory", "pids", "io", "hugetlb"}

// Tree is the cgroup file systems of a machine.
type Tree struct {
	// V2 is set where all controllers are in the one hierarchy of cgroup v2.
	V2 bool
	// hierarchies are their mount points; one on v2.
	hierarchies []string
	controllers []string
}

// Detect looks at what is mounted at root and below it.
func Detect(root string) (*Tree, error) {
	t := new(Tree)
	if list, err := os.ReadFile(filepath.Join(root, "cgroup.controllers")); err == nil {
		t.V2 = true
		t.hierarchies = []string{root}
		t.controllers = strings.Fields(string(list))
		return t, nil
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, say.Errorf("find the cgroup file systems: %w", err)
	}
	for _, e := range entries {
		dir := filepath.Join(root, e.Name())
		if !e.IsDir() || !exists(filepath.Join(dir, "cgroup.procs")) { // a link is another name of a hierarchy
			continue
		}
		t.hierarchies = append(t.hierarchies, dir)
		t.controllers = append(t.controllers, strings.Split(e.Name(), ",")...)
	}
	if len(t.hierarchies) == 0 {
		return nil, say.Errorf("no cgroup file system is mounted at %s", root)
	}
	return t, nil
}

// Missing lists the required controllers that the machine does not have.
func (t *Tree) Missing() []string {
	var missing []string
	for _, c := range Required {
		if !slices.Contains(t.controllers, c) {
			missing = append(missing, c)
		}
	}
	return missing
}

// Create makes a group and its parents in every hierarchy, such that processes
// can be in it and that it can have child groups with limits of their own. On
// v2 a group cannot do both: give processes a group that gets no children.
func (t *Tree) Create(group string) error {
	for _, h := range t.hierarchies {
		dir := h
		for _, part := range strings.Split(filepath.Clean(group), "/") {
			if t.V2 {
				if err := t.enable(dir); err != nil {
					return err
				}
			}
			parent := dir
			dir = filepath.Join(dir, part)
			if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // the mode all cgroups have
				return say.Errorf("make cgroup: %w", err)
			}
			if err := fillCPUSet(parent, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// enable turns controllers on for the children of a v2 group.
func (t *Tree) enable(dir string) error {
	file := filepath.Join(dir, "cgroup.subtree_control")
	data, err := os.ReadFile(file)
	if err != nil {
		return say.Errorf("read the controllers of a cgroup: %w", err)
	}
	on := strings.Fields(string(data))
	for _, c := range wanted {
		if slices.Contains(on, c) || !slices.Contains(t.controllers, c) {
			continue
		}
		err := appendTo(file, "+"+c)
		if err != nil && slices.Contains(Required, c) {
			return say.Errorf("turn on cgroup controller %s in %s: %w: it must be free for the lab", c, dir, err)
		}
	}
	return nil
}

// fillCPUSet gives a v1 cpuset its parent's CPUs and memory nodes: it starts
// with none, and nothing can run in it then.
func fillCPUSet(parent, dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		own, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another controller's hierarchy
		}
		if err != nil {
			return say.Errorf("read cpuset: %w", err)
		}
		if exists(filepath.Join(dir, name+".effective")) || strings.TrimSpace(string(own)) != "" {
			continue // v2, where empty means the parent's, or filled already
		}
		all, err := os.ReadFile(filepath.Join(parent, name))
		if err != nil {
			return say.Errorf("read cpuset: %w", err)
		}
		if err := appendTo(filepath.Join(dir, name), strings.TrimSpace(string(all))); err != nil {
			return say.Errorf("fill cpuset: %w", err)
		}
	}
	return nil
}

// Files are the group's cgroup.procs files: a process that writes "0" to each
// is in the group.
func (t *Tree) Files(group string) []string {
	files := make([]string, 0, len(t.hierarchies))
	for _, h := range t.hierarchies {
		files = append(files, filepath.Join(h, group, "cgroup.procs"))
	}
	return files
}

// Dirs are the group's folders that exist.
func (t *Tree) Dirs(group string) []string {
	var dirs []string
	for _, h := range t.hierarchies {
		if dir := filepath.Join(h, group); exists(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// Procs lists the processes in the group and in the groups below it, each
// once, in ascending order. A group that does not exist has none.
func (t *Tree) Procs(group string) ([]int, error) {
	var pids []int
	for _, dir := range t.Dirs(group) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed while we look
			}
			if err != nil || !d.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
			if err != nil {
				// Removed while we look, or a v2 group of threads.
				if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EOPNOTSUPP) {
					return nil
				}
				return err
			}
			for _, field := range strings.Fields(string(data)) {
				if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
					pids = append(pids, pid)
				}
			}
			return nil
		})
		if err != nil {
			return nil, say.Errorf("list the processes of cgroup %s: %w", group, err)
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids), nil
}

// Remove removes the group and the groups below it in every hierarchy. The
// kernel refuses while a killed process is not quite gone; Remove tries again
// until ctx ends. A group that does not exist is removed already.
func (t *Tree) Remove(ctx context.Context, group string) error {
	for _, dir := range t.Dirs(group) {
		for {
			err := removeTree(dir)
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return say.Errorf("remove cgroup %s: %w", dir, err)
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	return nil
}

// RemoveEmpty removes the group where nothing is in or below it.
func (t *Tree) RemoveEmpty(group string) {
	for _, dir := range t.Dirs(group) {
		_ = syscall.Rmdir(dir) // refused where another lab is in it
	}
}

// removeTree removes the folders only: the files in a cgroup go with it.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeTree(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, syscall.ENOENT) {
		return &os.PathError{Op: "rmdir", Path: dir, Err: err}
	}
	return nil
}

// appendTo writes to a file that must exist, as the kernel's files do.
func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
