//go:build linux

package embedded

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// The lab's groups: podlab/LAB/control-plane, podlab/LAB/NODE/init and the
// Pods' beside the latter.
const (
	groupRoot         = "podlab"
	controlPlaneGroup = "control-plane"
	initGroup         = "init"
)

// group is the path of a cgroup of the lab. The lab's folder is part of it, so
// that two labs of one name in two folders are two labs.
func (p *Provider) group(elem ...string) string {
	return filepath.Join(append([]string{groupRoot, p.cfg.Name + "-" + shortHash(p.cfg.Dir)}, elem...)...)
}

// start makes the lab's files and groups and starts its supervisor, which is a
// session of its own and survives this process.
func (p *Provider) start(groups *cgroup.Tree) (*runInfo, error) {
	listener, port, err := p.listen()
	if err != nil {
		return nil, err
	}
	defer func() { _ = listener.Close() }() // the supervisor has its own copy
	for _, n := range workers {
		if err := p.writeNodeFiles(n); err != nil {
			return nil, err
		}
	}
	if err := p.writeKubeconfigs(net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
		return nil, err
	}
	if err := p.createGroups(groups); err != nil {
		return nil, err
	}
	spec, err := json.MarshalIndent(p.spec(groups), "", "  ")
	if err != nil {
		return nil, say.Errorf("describe the lab: %w", err)
	}
	if err := os.WriteFile(p.specFile(), spec, 0o600); err != nil {
		return nil, say.Errorf("describe the lab: %w", err)
	}
	pid, err := p.spawn(listener)
	if err != nil {
		return nil, err
	}
	run, err := newRunInfo(pid, port)
	if err != nil {
		return nil, say.Errorf("the lab's supervisor ended at once%s", p.lastLine("lab-init"))
	}
	data, err := json.Marshal(run)
	if err != nil {
		return nil, say.Errorf("remember the lab: %w", err)
	}
	if err := os.WriteFile(p.runFile(), data, 0o600); err != nil {
		return nil, say.Errorf("remember the lab: %w", err)
	}
	return run, nil
}

func (p *Provider) specFile() string { return p.path("lab.json") }

// listen opens the lab's loopback port: the one it had before if it is free,
// so that a kubeconfig somebody copied stays good.
func (p *Provider) listen() (*os.File, int, error) {
	file := p.path("port")
	before, err := os.ReadFile(file)
	port := "0"
	if err == nil {
		port = strings.TrimSpace(string(before))
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil && port != "0" {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, 0, say.Errorf("open a loopback port: %w", err)
	}
	defer func() { _ = l.Close() }() // the file below is a copy
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return nil, 0, say.Errorf("open a loopback port: odd address %s", l.Addr())
	}
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil, 0, say.Errorf("open a loopback port: not a TCP listener")
	}
	if err := os.WriteFile(file, []byte(strconv.Itoa(addr.Port)+"\n"), 0o600); err != nil {
		return nil, 0, say.Errorf("remember the port: %w", err)
	}
	f, err := tcp.File()
	if err != nil {
		return nil, 0, say.Errorf("open a loopback port: %w", err)
	}
	return f, addr.Port, nil
}

func (p *Provider) createGroups(groups *cgroup.Tree) error {
	if err := groups.Create(p.group(controlPlaneGroup)); err != nil {
		return err
	}
	for _, n := range workers {
		if err := groups.Create(p.group(n.name, initGroup)); err != nil {
			return err
		}
	}
	return nil
}

// spawn starts the supervisor in new namespaces, with the listener as
// descriptor 3.
func (p *Provider) spawn(listener *os.File) (pid int, err error) {
	if err := dirs.Make(p.path("logs")); err != nil {
		return 0, err
	}
	log, err := os.OpenFile(p.path("logs", "lab-init.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, say.Errorf("open the supervisor's log: %w", err)
	}
	defer func() { _ = log.Close() }() // the supervisor has its own copy
	cmd := exec.Command(filepath.Join(p.cfg.Programs, "lab-init"), "supervise", "--config", p.specFile())
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + machinePath}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{listener}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, syscall.EPERM) {
			return 0, say.Errorf("start the lab: %w: this machine does not let podlab make namespaces: run it outside a container, or in a privileged one", err)
		}
		return 0, say.Errorf("start the lab: %w: run 'make node'", err)
	}
	go func() { _ = cmd.Wait() }() // if it ends before this process does, leave no zombie
	return cmd.Process.Pid, nil
}
