//go:build linux

package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/podlab/podlab/internal/say"
)

// runInfo is what the lab's folder remembers of its supervisor. A PID alone
// would one day be another process's: with the start time and the boot it is
// the supervisor's only.
type runInfo struct {
	PID   int       `json:"pid"`
	Start uint64    `json:"start"` // clock ticks after boot
	Boot  string    `json:"boot"`  // the kernel's random id of this boot
	Port  int       `json:"port"`
	Since time.Time `json:"since"`
}

func (p *Provider) runFile() string { return p.path("run.json") }

// running returns the running supervisor, or nil if there is none.
func (p *Provider) running() (*runInfo, error) {
	data, err := os.ReadFile(p.runFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, say.Errorf("read the lab's state: %w", err)
	}
	run := new(runInfo)
	// A broken file is as good as none: Down finds processes by cgroup too.
	if valid := json.Unmarshal(data, run) == nil; !valid || !run.alive() {
		return nil, nil
	}
	return run, nil
}

func (r *runInfo) alive() bool {
	start, err := startTime(r.PID)
	return err == nil && start == r.Start && bootID() == r.Boot
}

// wholeFile is there while the running lab has everything that belongs to it: a
// podlab that was killed may have left it without its add-ons. What is left of a lab
// is removed before the next start.
func (p *Provider) wholeFile() string { return p.path("whole") }

// newRunInfo describes a process that was just started.
func newRunInfo(pid, port int) (*runInfo, error) {
	start, err := startTime(pid)
	if err != nil {
		return nil, err
	}
	return &runInfo{PID: pid, Start: start, Boot: bootID(), Port: port, Since: time.Now()}, nil
}

// open returns a descriptor of the supervisor, by which no other process can
// be meant, or os.ErrProcessDone.
func (r *runInfo) open() (fd int, err error) {
	fd, err = unix.PidfdOpen(r.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return -1, os.ErrProcessDone
	}
	if err != nil {
		return -1, say.Errorf("open the supervisor: %w", err)
	}
	if !r.alive() { // its PID may already be another's
		return -1, errors.Join(os.ErrProcessDone, unix.Close(fd))
	}
	return fd, nil
}

// signal sends the supervisor a signal.
func (r *runInfo) signal(sig unix.Signal) error {
	fd, err := r.open()
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written
	return unix.PidfdSendSignal(fd, sig, nil, 0)
}

// kill ends the supervisor, and with it all processes of the lab, and returns
// when they are gone.
func (r *runInfo) kill(ctx context.Context) error {
	fd, err := r.open()
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return say.Errorf("kill the supervisor: %w", err)
	}
	// The first process of a PID namespace is dead only when all others in it
	// are.
	for ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 100)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return say.Errorf("wait for the supervisor's end: %w", err)
		}
		if n > 0 {
			return nil
		}
	}
	return say.Errorf("wait for the supervisor's end: %w", ctx.Err())
}

// startTime is field 22 of /proc/PID/stat. A zombie has ended: it has none.
func startTime(pid int) (uint64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field, the program's name, may hold anything but ends with
	// the last parenthesis.
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return 0, os.ErrProcessDone
	}
	return strconv.ParseUint(fields[19], 10, 64)
}

func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "" // no kernel is without it; equal on both sides then
	}
	return strings.TrimSpace(string(id))
}

const capSysResource = 24

// hasCapability tells whether this process, and so the lab, has a capability.
func hasCapability(number uint) bool {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if hex, ok := strings.CutPrefix(line, "CapEff:"); ok {
			mask, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
			return err == nil && mask&(1<<number) != 0
		}
	}
	return false
}
