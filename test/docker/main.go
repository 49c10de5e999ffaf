//go:build linux

// Command docker runs a command beside a Docker engine of its own, Debian's,
// which ends with it:
//
//	docker COMMAND [ARGUMENT…]
//
// The engine, its containers and the command have PID, mount, network, UTS and
// IPC namespaces and cgroups of their own. Bridges, firewall rules, mounts and
// files of the engine exist in there only; there is no way out to a network.
// The engine's packages are downloaded by apt-get and unpacked, not installed.
// It needs root.
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

	"github.com/adrg/xdg"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/cluster/images/offline"
	"github.com/podlab/podlab/internal/say"
)

func main() {
	if filepath.Base(os.Args[0]) == runtimeName {
		fail(runtimeMain(os.Args))
	}
	if len(os.Args) > 2 && os.Args[1] == firstProcess {
		fail(first(os.Args[2:]))
	}
	if len(os.Args) > 2 && os.Args[1] == insideProcess {
		fail(inside(os.Args[2], os.Args[3:]))
	}
	if len(os.Args) < 2 {
		fail(errors.New("name a command to run beside the engine"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fail(outside(ctx, os.Args[1:]))
}

// fail ends the program: with the command's own status, or 125 if it is the
// engine that failed.
func fail(err error) {
	var exit *exec.ExitError
	var code status
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &code):
		os.Exit(int(code))
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		os.Exit(exit.ExitCode())
	}
	fmt.Fprintln(os.Stderr, "docker for tests:", err)
	os.Exit(125)
}

// status is how the command ended, said already.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// packages are the engine and what is not on every Debian machine of what it
// needs.
var packages = []string{
	"docker.io", "containerd", "runc", "iptables",
	"libdevmapper1.02.1", "libip4tc2", "libip6tc2", "libmnl0", "libnetfilter-conntrack3",
	"libnfnetlink0", "libnftnl11", "libseccomp2", "libxtables12",
}

// outside prepares what the engine needs of the machine, runs it and takes
// everything away again.
func outside(ctx context.Context, argv []string) (err error) {
	if os.Geteuid() != 0 {
		return errors.New("a Docker engine needs root")
	}
	cache := filepath.Join(xdg.CacheHome, "podlab")
	system, err := unpackEngine(ctx, cache)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "podlab-docker-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		return err
	}
	group := filepath.Base(work)
	if err := groups.Create(filepath.Join(group, "engine")); err != nil {
		return err
	}
	defer func() {
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		err = errors.Join(err, groups.Remove(patient, group))
	}()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{firstProcess, work}, argv...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(),
		envSystem+"="+system,
		envGroup+"="+group,
		envProcs+"="+strings.Join(groups.Files(filepath.Join(group, "engine")), ","),
	)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL, // and with the first process go all
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
	}
	return cmd.Run()
}

// unpackEngine returns the folder with the engine's files, which are unpacked
// once.
func unpackEngine(ctx context.Context, cache string) (string, error) {
	system := filepath.Join(cache, "docker-engine")
	if _, err := os.Stat(system); err == nil {
		return system, nil
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	part, err := os.MkdirTemp(cache, "docker-engine-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(part) }() // it has moved if all went well
	tell := func(detail say.Text) { fmt.Fprintln(os.Stderr, "docker for tests:", detail) }
	if err := offline.Unpack(ctx, filepath.Join(cache, "debs"), packages, part, tell); err != nil {
		return "", err
	}
	for _, name := range []string{"iptables", "ip6tables"} {
		for _, suffix := range []string{"", "-save", "-restore"} {
			if err := os.Symlink("xtables-nft-multi", filepath.Join(part, "usr", "sbin", name+suffix)); err != nil {
				return "", err
			}
		}
	}
	// An overlay's folder shows who may enter it.
	if err := os.Chmod(part, 0o755); err != nil { //nolint:gosec // programs, not secrets
		return "", err
	}
	return system, os.Rename(part, system)
}
