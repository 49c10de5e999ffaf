//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// How this program calls itself, and what it tells itself.
const (
	firstProcess  = "first-process"
	insideProcess = "inside"
	envSystem     = "PODLAB_DOCKER_SYSTEM" // folder of the engine's files
	envGroup      = "PODLAB_DOCKER_GROUP"  // cgroup of its containers
	envProcs      = "PODLAB_DOCKER_PROCS"  // cgroup.procs files of the engine's own group
)

// first is the first process of the PID namespace: it only reaps, and ends
// when its child does.
func first(argv []string) error {
	for _, file := range strings.Split(os.Getenv(envProcs), ",") {
		if err := os.WriteFile(file, []byte("0"), 0o600); err != nil {
			return fmt.Errorf("join the engine's cgroup: %w", err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child, err := syscall.ForkExec(self, append([]string{self, insideProcess}, argv...), &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2},
	})
	if err != nil {
		return err
	}
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // the program outside ends this one
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err
		case pid == child && ws.Signaled():
			return status(128 + int(ws.Signal()))
		case pid == child:
			return status(ws.ExitStatus())
		}
	}
}

// inside starts the engine and runs the command beside it.
func inside(work string, argv []string) error {
	if err := furnish(work); err != nil {
		return err
	}
	socket := filepath.Join(work, "docker.sock")
	start := filepath.Join(work, "start-engine")
	self, err := os.Executable()
	if err != nil {
		return err
	}
	runtime := filepath.Join(work, runtimeName)
	if err := os.Symlink(self, runtime); err != nil {
		return err
	}
	engine := []string{
		"dockerd",
		"--host", "unix://" + socket,
		"--data-root", filepath.Join(work, "data"),
		"--exec-root", filepath.Join(work, "exec"),
		"--pidfile", filepath.Join(work, "dockerd.pid"),
		"--cgroup-parent", "/" + os.Getenv(envGroup),
		"--add-runtime", runtimeName + "=" + runtime,
		"--default-runtime", runtimeName,
		"--storage-driver", "overlay2",
		"--ip6tables=false",
	}
	// A test that wants to see what a restart of the engine does ends it and
	// runs this file.
	// The engine's shims may be killed in the middle of an exec, and leave what
	// they wrote for it: that, too, is to go with the work folder.
	temporary := filepath.Join(work, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return err
	}
	script := "#!/bin/sh\nexport TMPDIR=" + temporary + "\nexec " + strings.Join(engine, " ") + " >>" + filepath.Join(work, "dockerd.log") + " 2>&1\n"
	if err := os.WriteFile(start, []byte(script), 0o700); err != nil { //nolint:gosec // it is to be run
		return err
	}
	daemon := exec.Command(start) //nolint:noctx // ends with the namespace
	if err := daemon.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	if err := os.Setenv("DOCKER_HOST", "unix://"+socket); err != nil {
		return err
	}
	if err := answer(ended); err != nil {
		log, _ := os.ReadFile(filepath.Join(work, "dockerd.log")) // what there is of it
		return fmt.Errorf("%w\n%s", err, log)
	}
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // ends with the namespace
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "PODLAB_DOCKER_START="+start, "PODLAB_DOCKER_PID="+filepath.Join(work, "dockerd.pid"))
	return cmd.Run()
}

// answer waits until the engine does.
func answer(ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for exec.CommandContext(ctx, "docker", "version").Run() != nil {
		select {
		case err := <-ended:
			return fmt.Errorf("the Docker engine ended: %w", err)
		case <-ctx.Done():
			return errors.New("the Docker engine does not answer")
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// furnish makes the namespaces a machine with the engine installed: what is
// written to its system folders stays in the work folder.
func furnish(work string) error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("separate the mounts: %w", err)
	}
	// The cgroup file systems come along to where the namespace's own /sys is.
	groups := filepath.Join(work, "cgroup")
	if err := os.Mkdir(groups, 0o700); err != nil {
		return err
	}
	for _, m := range []struct {
		source, target, kind string
		flags                uintptr
	}{
		{"proc", "/proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"/sys/fs/cgroup", groups, "", unix.MS_BIND | unix.MS_REC},
		{"sysfs", "/sys", "sysfs", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{groups, "/sys/fs/cgroup", "", unix.MS_BIND | unix.MS_REC},
		{"tmpfs", "/run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV},
	} {
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	system := os.Getenv(envSystem)
	for _, dir := range []string{"usr", "etc", "opt"} {
		if err := overlay(work, system, dir); err != nil {
			return fmt.Errorf("mount /%s: %w", dir, err)
		}
	}
	// kind shows its nodes the kernel's modules, and where there is no such
	// folder the engine makes one.
	if err := os.MkdirAll("/usr/lib/modules", 0o755); err != nil { //nolint:gosec // as everywhere
		return err
	}
	if err := os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin"); err != nil {
		return err
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil { //nolint:noctx // ends at once
		return fmt.Errorf("turn on loopback: %w: %s", err, out)
	}
	return nil
}

// overlay lays the engine's folder over the machine's, and over both one that
// takes what is written.
func overlay(work, system, dir string) error {
	upper, scratch := filepath.Join(work, "written", dir), filepath.Join(work, "scratch", dir)
	for _, d := range []string{upper, scratch, filepath.Join(system, dir)} {
		if err := os.MkdirAll(d, 0o755); err != nil { //nolint:gosec // as the folders it stands for
			return err
		}
	}
	lower := filepath.Join(system, dir) + ":/" + dir
	return unix.Mount("overlay", "/"+dir, "overlay", 0,
		"lowerdir="+lower+",upperdir="+upper+",workdir="+scratch)
}
