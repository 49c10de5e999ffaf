package lab

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/podlab/podlab/node/internal/mirror"
	"github.com/podlab/podlab/node/internal/supervise"
)

// ListenerFD is the descriptor of the listening socket that the supervisor
// inherits. The socket belongs to the machine's network namespace, so that
// the lab is reached there though it has no interface there.
const ListenerFD = 3

// Supervise runs the lab that the file describes until SIGTERM. It must be the
// first process of a PID namespace and have mount, network, UTS and IPC
// namespaces of its own: when it ends, for whatever reason, the kernel ends
// everything it started, in the nodes too.
func Supervise(specFile string) error {
	s, err := Read(specFile)
	if err != nil {
		return err
	}
	if err := joinCgroup(s.Cgroup); err != nil {
		return err
	}
	if err := ownProc(); err != nil {
		return err
	}
	if err := labNetwork(s); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	r := newRunner()
	if r.conditions, err = newConditions(ctx, s.CA); err != nil {
		return err
	}
	if err := serve(ctx, s); err != nil {
		return err
	}
	if s.Seed != nil {
		if err := s.Seed.plant(); err != nil {
			return err
		}
		go r.keepSeed(s.Seed)
	}
	for _, c := range s.Processes {
		go supervise.Keep(ctx, c.Name, r.component(c))
	}
	for i := range s.Nodes {
		n := &s.Nodes[i]
		go supervise.Keep(ctx, n.Name, r.node(s, n, specFile))
	}
	<-ctx.Done()
	return nil
}

// serve starts what the supervisor does itself: the way in from the machine
// and the image mirror.
func serve(ctx context.Context, s *Spec) error {
	file := os.NewFile(ListenerFD, "listener")
	l, err := net.FileListener(file)
	if err != nil {
		return fmt.Errorf("take over the listener: %w", err)
	}
	if err := file.Close(); err != nil { // FileListener made a copy
		return err
	}
	go proxy(ctx, l, s.Proxy)
	if s.Mirror == nil {
		return nil
	}
	ml, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Mirror.Listen)
	if err != nil {
		return fmt.Errorf("listen for image pulls: %w", err)
	}
	go func() { log.Printf("mirror: %v", mirror.Serve(ml, s.Mirror.Layout)) }()
	return nil
}

// ownProc gives this PID namespace its own /proc, seen by nobody else.
func ownProc() error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("separate the lab's mounts: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}

// joinCgroup moves this process into the cgroups of the cgroup.procs files.
func joinCgroup(procs []string) error {
	for _, file := range procs {
		if err := os.WriteFile(file, []byte("0"), 0o600); err != nil {
			return fmt.Errorf("join the lab's cgroup: %w", err)
		}
	}
	return nil
}

// node starts a node as a program in namespaces of its own. The node waits at
// its standard input until its end of the network cable is there.
func (r *runner) node(s *Spec, n *Node, specFile string) supervise.Launch {
	return func(context.Context) (<-chan syscall.WaitStatus, error) {
		gate, open, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		defer func() { _ = gate.Close(); _ = open.Close() }() // closing is what opens the gate
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		pid, exited, err := r.reaper.Start(
			[]string{self, "node", "--config", specFile, "--name", n.Name},
			&syscall.ProcAttr{
				Env:   os.Environ(),
				Files: []uintptr{gate.Fd(), os.Stdout.Fd(), os.Stderr.Fd()},
				Sys: &syscall.SysProcAttr{
					Setsid: true,
					Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |
						syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
				},
			})
		if err != nil {
			return nil, err
		}
		if err := plug(s, n, pid); err != nil {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have died already, which is why plugging in failed
			<-exited
			return nil, err
		}
		return exited, nil
	}
}
