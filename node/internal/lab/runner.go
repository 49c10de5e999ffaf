package lab

import (
	"context"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/podlab/podlab/node/internal/supervise"
)

// runner launches components and nodes.
type runner struct {
	reaper     *supervise.Reaper
	conditions *conditions

	mu   sync.Mutex
	pids map[string]int // of components, by name; of the latest start
}

func newRunner() *runner {
	return &runner{reaper: supervise.NewReaper(), pids: make(map[string]int)}
}

// pid is a component's process, 0 if it was never started. It may have ended.
func (r *runner) pid(component string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pids[component]
}

func (r *runner) component(c Component) supervise.Launch {
	return func(ctx context.Context) (<-chan syscall.WaitStatus, error) {
		if err := r.conditions.wait(ctx, c.After); err != nil {
			return nil, err
		}
		out, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		defer func() { _ = out.Close() }() // the component has its own copy
		in, err := os.Open(os.DevNull)
		if err != nil {
			return nil, err
		}
		defer func() { _ = in.Close() }()
		sys := &syscall.SysProcAttr{Setsid: true}
		if c.UID != 0 {
			sys.Credential = &syscall.Credential{Uid: c.UID, Gid: c.UID}
			sys.AmbientCaps = []uintptr{unix.CAP_DAC_OVERRIDE}
		}
		pid, exited, err := r.reaper.Start(c.Argv, &syscall.ProcAttr{
			Dir:   "/",
			Env:   c.Env,
			Files: []uintptr{in.Fd(), out.Fd(), out.Fd()},
			Sys:   sys,
		})
		r.mu.Lock()
		r.pids[c.Name] = pid
		r.mu.Unlock()
		return exited, err
	}
}
