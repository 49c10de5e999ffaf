package lab

import (
	"context"
	"os"
	"strconv"
	"sync"
	"syscall"

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
		argv := c.Argv
		if c.UID != 0 {
			self, err := os.Executable()
			if err != nil {
				return nil, err
			}
			argv = append([]string{self, "as", "--uid", strconv.FormatUint(uint64(c.UID), 10), "--"}, c.Argv...)
		}
		pid, exited, err := r.reaper.Start(argv, &syscall.ProcAttr{
			Dir:   "/",
			Env:   c.Env,
			Files: []uintptr{in.Fd(), out.Fd(), out.Fd()},
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
		r.mu.Lock()
		r.pids[c.Name] = pid
		r.mu.Unlock()
		return exited, err
	}
}
