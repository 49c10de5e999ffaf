// Package kindnode is the first process of a kind node's container: it
// prepares the container to be a node, runs containerd, the kubelet and the
// node's network, starts again what ends, and serves the node's images.
//
// It takes the place of an init system. kubeadm, which kind runs in the node,
// finds none and leaves the kubelet alone: the kubelet is started here as soon
// as kubeadm has written its configuration.
package kindnode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/podlab/podlab/node/internal/lab"
	"github.com/podlab/podlab/node/internal/mirror"
	"github.com/podlab/podlab/node/internal/supervise"
)

// Where things are in the image.
const (
	programs   = "/opt/podlab"
	containerd = "/run/containerd/containerd.sock"
	logs       = "/var/log/podlab"

	kubeletConfig = "/var/lib/kubelet/config.yaml"
	kubeletFlags  = "/var/lib/kubelet/kubeadm-flags.env"
	kubeletUser   = "/etc/kubernetes/kubelet.conf"
	kubeletDropIn = "/etc/kubernetes/kubelet.conf.d"
	kubeadmConfig = "/kind/kubeadm.conf" // written by kind
)

// layouts are the image layouts that the node pulls from, the first that has
// an image: the image's own, with the control plane, and the lab's image store,
// where that is mounted.
var layouts = []string{"/kind/images", "/kind/store"}

// ready is what kind waits for in a container's output before it goes on.
const ready = "podlab: Reached target Multi-User System. (detected cgroup v1: %t)\n"

// tunables are the settings that a kubelet would else change for the whole
// machine: a node sees the values that a kubelet wants.
var tunables = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// errStopped is how a node ends that is told to: not by itself, so that an
// engine that was stopped starts it again when it is started.
var errStopped = errors.New("the node was told to stop")

// Run is the node, until SIGTERM or, as docker stop sends it, SIGRTMIN+3. out
// is the container's output.
func Run(out io.Writer) error {
	const sigRTMin3 = syscall.Signal(37)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, sigRTMin3)
	defer stop()
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	v1, err := prepare()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", mirrorAddress)
	if err != nil {
		return fmt.Errorf("listen for image pulls: %w", err)
	}
	go func() { log.Printf("mirror: %v", mirror.Serve(listener, layouts...)) }()

	r := runner{supervise.NewReaper()}
	for _, p := range processes(host) {
		go supervise.Keep(ctx, p.name, r.launch(p))
	}
	if err := waitFor(ctx, func() bool { return answers(ctx, containerd) }); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, ready, v1) // kind gives up if nobody reads it
	<-ctx.Done()
	return errStopped
}

// prepare makes the container fit to be a node. It is called again when the
// container is started again.
func prepare() (cgroupV1 bool, err error) {
	if err := shareMounts(); err != nil {
		return false, err
	}
	if err := lab.Shadow(tunables); err != nil {
		return false, err
	}
	if cgroupV1, err = makeGroups("/sys/fs/cgroup"); err != nil {
		return false, err
	}
	for _, step := range []func() error{identify, closeWayOut, readdress, writeFiles} {
		if err := step(); err != nil {
			return false, err
		}
	}
	return cgroupV1, nil
}

// process is a program that is kept running.
type process struct {
	name string
	// after are files that must be there, and sockets that must answer, before
	// each start.
	after []string
	argv  func(context.Context) ([]string, error)
}

func processes(host string) []process {
	static := func(argv ...string) func(context.Context) ([]string, error) {
		return func(context.Context) ([]string, error) { return argv, nil }
	}
	kubelet := func(ctx context.Context) ([]string, error) { return kubeletCommand(ctx, host) }
	return []process{
		{"containerd", nil, static(program("containerd"), "--config", "/etc/containerd/config.toml")},
		{"kubelet", []string{kubeletConfig, kubeletFlags, containerd}, kubelet},
		{"kind-net", []string{kubeletUser}, static(program("kind-net"), "--node", host, "--kubeconfig", kubeletUser)},
	}
}

func program(name string) string { return filepath.Join(programs, name) }

type runner struct{ reaper *supervise.Reaper }

func (r runner) launch(p process) supervise.Launch {
	return func(ctx context.Context) (<-chan syscall.WaitStatus, error) {
		for _, what := range p.after {
			if err := waitFor(ctx, func() bool { return there(ctx, what) }); err != nil {
				return nil, err
			}
		}
		argv, err := p.argv(ctx)
		if err != nil {
			return nil, err
		}
		out, err := os.OpenFile(filepath.Join(logs, p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		defer func() { _ = out.Close() }() // the process has its own copy
		in, err := os.Open(os.DevNull)
		if err != nil {
			return nil, err
		}
		defer func() { _ = in.Close() }()
		_, exited, err := r.reaper.Start(argv, &syscall.ProcAttr{
			Dir:   "/",
			Env:   os.Environ(),
			Files: []uintptr{in.Fd(), out.Fd(), out.Fd()},
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
		return exited, err
	}
}

// there tells whether a file is there, or a socket answers.
func there(ctx context.Context, path string) bool {
	if filepath.Ext(path) == ".sock" {
		return answers(ctx, path)
	}
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

func answers(ctx context.Context, socket string) bool {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	_ = conn.Close() // it was only to see whether it opens
	return true
}

// waitFor looks every 50 ms until cond holds or ctx ends.
func waitFor(ctx context.Context, cond func() bool) error {
	for !cond() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}
