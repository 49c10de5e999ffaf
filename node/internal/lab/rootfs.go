package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A node's file system is a tmpfs with the machine's programs bound into it
// read-only and folders of the lab for everything that is written. So a node
// cannot leave a file on the machine outside the lab's folder; only devices
// (/dev) and cgroups are the machine's own.

// systemDirs are the machine's folders that programs need; a link among them
// (as /bin on most distributions) is made again as a link.
var systemDirs = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "nix", "gnu"}

// systemEtc are what programs need of the machine's /etc.
var systemEtc = []string{"ld.so.cache", "alternatives", "ssl"}

// enterRoot builds the node's file system on the folder root and makes it the
// calling process's root. The process must have a mount and a PID namespace
// of its own.
func enterRoot(n *Node, root string) error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("separate the node's mounts: %w", err)
	}
	b := builder{root: root}
	b.mount("tmpfs", "", "tmpfs", 0, "mode=755,size=64m")
	for _, dir := range systemDirs {
		b.system("/" + dir)
	}
	b.dirs("dev", "proc", "sys", "root", "mnt", "opt/cni")
	b.bind(n.Etc, "etc", false)
	for _, name := range systemEtc {
		b.system("/etc/" + name)
	}
	b.bind(n.Var, "var", false)
	b.bind(n.Log, "var/log", false)
	b.bind(n.Programs, "opt/podlab", true)
	b.bind(n.CNI, "opt/cni/bin", true)
	b.bind("/dev", "dev", false)
	b.mount("tmpfs", "dev/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777")
	b.mount("proc", "proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	b.mount("sysfs", "sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	b.bind("/sys/fs/cgroup", "sys/fs/cgroup", false)
	b.mount("tmpfs", "run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755")
	b.mount("tmpfs", "tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777")
	b.tunables(n.Tunables)
	if b.err != nil {
		return fmt.Errorf("build the file system of node %s: %w", n.Name, b.err)
	}
	if err := pivot(root); err != nil {
		return fmt.Errorf("enter the file system of node %s: %w", n.Name, err)
	}
	return nil
}

// pivot makes root the process's root and drops the machine's.
func pivot(root string) error {
	if err := unix.Chdir(root); err != nil {
		return err
	}
	// Both arguments the same: the old root lands on top of the new one, from
	// where it is taken off.
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	// Shared, as on a machine with systemd: volumes that are mounted later
	// reach the containers that ask for them.
	return unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, "")
}

// builder mounts below root until the first error.
type builder struct {
	root string
	err  error
}

func (b *builder) path(target string) string { return filepath.Join(b.root, target) }

func (b *builder) dirs(targets ...string) {
	for _, t := range targets {
		if b.err == nil {
			b.err = os.MkdirAll(b.path(t), 0o755) //nolint:gosec // a node's folders, readable to its users
		}
	}
}

func (b *builder) mount(source, target, fstype string, flags uintptr, data string) {
	b.dirs(target)
	if b.err != nil {
		return
	}
	if err := unix.Mount(source, b.path(target), fstype, flags, data); err != nil {
		b.err = &os.PathError{Op: "mount " + fstype, Path: "/" + target, Err: err}
	}
}

// bind binds source, a file or a folder, with all that is mounted below it.
func (b *builder) bind(source, target string, readOnly bool) {
	info, err := os.Stat(source)
	if b.err == nil {
		b.err = err
	}
	if b.err != nil {
		return
	}
	if info.IsDir() {
		b.dirs(target)
	} else {
		b.dirs(filepath.Dir(target))
		if b.err == nil {
			b.err = touch(b.path(target))
		}
	}
	if b.err != nil {
		return
	}
	if err := unix.Mount(source, b.path(target), "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		b.err = &os.PathError{Op: "bind " + source + " to", Path: "/" + target, Err: err}
		return
	}
	if readOnly {
		b.readOnly(target)
	}
}

// readOnly makes a mount read-only, with all that is mounted below it where the
// kernel can (5.12 and later).
func (b *builder) readOnly(target string) {
	err := unix.MountSetattr(-1, b.path(target), unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // what filters system calls may not know it
		err = b.remountReadOnly(target)
	}
	if err != nil {
		b.err = &os.PathError{Op: "make read-only", Path: "/" + target, Err: err}
	}
}

// remountReadOnly keeps the flags that the mount has, as the kernel demands of a
// mount that came from elsewhere.
func (b *builder) remountReadOnly(target string) error {
	var st unix.Statfs_t
	if err := unix.Statfs(b.path(target), &st); err != nil {
		return err
	}
	keep := uintptr(st.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	return unix.Mount("", b.path(target), "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|keep, "")
}

// system shows what the machine has at path, if anything, read-only.
func (b *builder) system(path string) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || b.err != nil {
		return
	}
	if err != nil {
		b.err = err
		return
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		b.bind(path, path, true)
		return
	}
	dest, err := os.Readlink(path)
	if err == nil {
		err = os.Symlink(dest, b.path(path))
	}
	if !errors.Is(err, fs.ErrExist) {
		b.err = err
	}
}

// Shadow makes kernel settings, by their path below /proc/sys, read as the
// values given, in the calling process's mount namespace only.
func Shadow(values map[string]string) error {
	b := builder{root: "/"}
	b.tunables(values)
	return b.err
}

// tunables lays a file with the wanted value over each setting: a kubelet
// insists on some, and would else change them for the whole machine.
func (b *builder) tunables(values map[string]string) {
	if len(values) == 0 {
		return
	}
	b.dirs("run/podlab/tunables")
	// A user namespace may only mount a new /proc while its creator sees one
	// without anything laid over it: here it is.
	b.mount("proc", "run/podlab/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	for name, value := range values {
		target := filepath.Join("proc/sys", name)
		if _, err := os.Stat(b.path(target)); err != nil || b.err != nil {
			continue // this kernel has no such setting
		}
		file := b.path(filepath.Join("run/podlab/tunables", filepath.Base(name)))
		if b.err = os.WriteFile(file, []byte(value+"\n"), 0o600); b.err != nil {
			return
		}
		if err := unix.Mount(file, b.path(target), "", unix.MS_BIND, ""); err != nil {
			b.err = &os.PathError{Op: "shadow", Path: "/" + target, Err: err}
		}
	}
}

func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
