// Package supervise keeps child processes running. It is made for the first
// process of a PID namespace, which also has to reap every orphan.
package supervise

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// Reaper starts processes and reaps all children, those it started and the
// orphans that the kernel hands to a first process. Nothing else in the
// program may wait for a child: os/exec's Wait would race with it.
type Reaper struct {
	mu      sync.Mutex // held while forking, so that no exit is missed
	waiters map[int]chan<- syscall.WaitStatus
}

// NewReaper starts to reap.
func NewReaper() *Reaper {
	r := &Reaper{waiters: make(map[int]chan<- syscall.WaitStatus)}
	sigs := make(chan os.Signal, 1)
	signal.Notify(sigs, syscall.SIGCHLD)
	go func() {
		for range sigs {
			r.reap()
		}
	}()
	return r
}

// Start starts a process. Its wait status comes on the channel, once.
func (r *Reaper) Start(argv []string, attr *syscall.ProcAttr) (pid int, exited <-chan syscall.WaitStatus, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err = syscall.ForkExec(argv[0], argv, attr)
	if err != nil {
		return 0, nil, &os.PathError{Op: "start", Path: argv[0], Err: err}
	}
	ch := make(chan syscall.WaitStatus, 1)
	r.waiters[pid] = ch
	return pid, ch, nil
}

func (r *Reaper) reap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if ch, ok := r.waiters[pid]; ok {
			delete(r.waiters, pid)
			ch <- ws
		}
	}
}
