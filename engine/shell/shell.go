// Package shell runs the learner's terminal: bash on a pseudo-terminal of its
// own, with the lab's kubectl and kubeconfig, telling which command lines run,
// what they print and how they end.
package shell

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"

	"github.com/podlab/podlab/internal/say"
)

// Event is something that happened in the terminal, in the order in which it did.
type Event interface{ shellEvent() }

// Events of a terminal.
type (
	// Printed is output, escape sequences and all. It ends between two
	// characters, never within one.
	Printed struct{ Data []byte }
	// Ready says that the shell shows its prompt, and will tell what runs.
	Ready struct {
		exit  int  // of the command line that ran last
		blind bool // it will not tell
	}
	// More says that the shell asks for the rest of a line: of an open quote, say.
	More struct{}
	// Started says that a command line runs.
	Started struct {
		Line string
		At   time.Time
	}
	// Finished says that the command line that ran last ended.
	Finished struct {
		Exit int
		At   time.Time
	}
	// Exited says that the shell ended. It starts again on the next Write.
	Exited struct{ At time.Time }
)

func (Printed) shellEvent()  {}
func (Ready) shellEvent()    {}
func (More) shellEvent()     {}
func (Started) shellEvent()  {}
func (Finished) shellEvent() {}
func (Exited) shellEvent()   {}

// Config of a terminal.
type Config struct {
	// Dir is the working folder; the shell keeps its own files in
	// Dir/.podlab.
	Dir string
	// Kubeconfig is the lab's own.
	Kubeconfig string
	// Podlab is the executable that is kubectl when called by that name;
	// "" leaves kubectl to the PATH.
	Podlab string
	// Keep names the variables, other than those of the environment, that are kept in
	// Dir/.podlab for shells that are started there later.
	Keep []string
	// Env is added to the environment, NAME=value.
	Env        []string
	Cols, Rows int
	// Tell receives the events, one at a time. It may block: the terminal
	// then waits.
	Tell func(Event)
}

// ErrClosed is returned by what comes after Close.
var ErrClosed = say.Errorf("the terminal is closed")

// grace is how long processes have between being hung up on and being killed.
const grace = 500 * time.Millisecond

// A program that has left the shell's session (setsid) may hold the terminal when
// the shell has ended. Then what was printed is read until nothing comes for the
// time of quiet; of what goes on coming, as much as took the time of patience to
// wait for, and more than a terminal can hold.
const (
	quiet    = 200 * time.Millisecond
	patience = time.Second
	holds    = 256 << 10
)

// Shell is a terminal whose shell starts on the first Write and again after it
// has ended. It is safe for concurrent use.
type Shell struct {
	cfg   Config
	setup setup

	mu         sync.Mutex
	cols, rows int
	run        *run // nil while no shell runs
	last       *run // that started last
	closed     bool
}

// run is one life of the shell.
type run struct {
	tty   *os.File
	cmd   *exec.Cmd
	ready chan struct{} // closed at the first prompt
	done  chan struct{} // closed when everything of it has ended
}

// New prepares a terminal: it writes the shell's files below cfg.Dir.
func New(cfg Config) (*Shell, error) {
	if cfg.Cols <= 0 || cfg.Rows <= 0 {
		cfg.Cols, cfg.Rows = 80, 24
	}
	if err := supported(); err != nil {
		return nil, err
	}
	setup, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	return &Shell{cfg: cfg, setup: setup, cols: cfg.Cols, rows: cfg.Rows}, nil
}

// Write sends what was typed to the terminal.
func (s *Shell) Write(p []byte) (int, error) {
	r, err := s.started()
	if err != nil {
		return 0, err
	}
	return r.tty.Write(p)
}

// Start starts the shell if it does not run and waits for its prompt.
func (s *Shell) Start(ctx context.Context) error {
	r, err := s.started()
	if err != nil {
		return err
	}
	select {
	case <-r.ready:
		return nil
	case <-r.done:
		return say.Errorf("the shell ended before its first prompt: look for bash on the PATH")
	case <-ctx.Done():
		return say.Errorf("waiting for the shell's prompt: %w", ctx.Err())
	}
}

// Resize tells the terminal's programs how large it is.
func (s *Shell) Resize(cols, rows int) {
	if cols <= 0 || rows <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cols, s.rows = cols, rows
	if s.run != nil {
		// A shell that has just ended cannot be resized; the next one
		// starts with the new size.
		_ = pty.Setsize(s.run.tty, s.size())
	}
}

func (s *Shell) size() *pty.Winsize {
	clip := func(n int) uint16 { return uint16(min(n, 1<<15)) }
	return &pty.Winsize{Cols: clip(s.cols), Rows: clip(s.rows)}
}

// Stop ends the shell and everything in its session; the next Write starts a
// fresh one. It returns when all of it is gone. A program that has made a session
// of its own (setsid) lives on without the terminal.
func (s *Shell) Stop() {
	s.mu.Lock()
	r := s.run
	s.mu.Unlock()
	if r != nil {
		hangup(r.cmd.Process.Pid, grace)
		<-r.done
	}
}

// Close is Stop for good.
func (s *Shell) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Stop()
}

func (s *Shell) started() (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.run != nil {
		return s.run, nil
	}
	cmd := exec.Command("bash", "--noprofile", "--rcfile", s.setup.rc, "-i")
	cmd.Dir = s.cfg.Dir
	cmd.Env = s.setup.env
	tty, err := pty.StartWithSize(cmd, s.size())
	if err != nil {
		return nil, say.Errorf("cannot start the shell: %w", err)
	}
	tty = withDeadlines(tty)
	r := &run{tty: tty, cmd: cmd, ready: make(chan struct{}), done: make(chan struct{})}
	before := s.last
	s.run, s.last = r, r
	exit := make(chan int, 1)
	go func() {
		_ = cmd.Wait() // the exit code says it all
		// Its background jobs would keep the terminal open.
		hangup(cmd.Process.Pid, grace)
		exit <- cmd.ProcessState.ExitCode()
		_ = tty.SetReadDeadline(time.Now()) // where there is none the end of file comes
	}()
	go func() {
		if before != nil {
			<-before.done // it may still tell its end
		}
		s.read(r, exit)
	}()
	return r, nil
}

// read tells what the shell prints until it ends.
func (s *Shell) read(r *run, exit <-chan int) {
	defer close(r.done)
	f := filter{nonce: s.setup.nonce}
	running, ready := false, false
	tell := func(events []Event) {
		for _, e := range events {
			switch e := e.(type) {
			case Started:
				running = true
			case Finished:
				if !running {
					continue // a prompt after an empty line
				}
				running = false
			case Ready:
				if !ready {
					ready = true
					close(r.ready)
				}
				if running { // PROMPT_COMMAND is not podlab's
					running = false
					s.cfg.Tell(Finished{Exit: e.exit, At: time.Now()})
				}
				if e.blind {
					continue
				}
			}
			s.cfg.Tell(e)
		}
	}
	buf := make([]byte, 32<<10)
	var err error
	for err == nil {
		var n int
		n, err = r.tty.Read(buf)
		tell(f.feed(buf[:n]))
	}
	held := errors.Is(err, os.ErrDeadlineExceeded)
	// EIO is how a pseudo-terminal says that its last user has gone; it is the end
	// of file here.
	if !held && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EIO) {
		hangup(r.cmd.Process.Pid, 0)
	}
	code := <-exit
	for wait, size := patience, holds; held && wait > 0 && size > 0; {
		begin := time.Now()
		_ = r.tty.SetReadDeadline(begin.Add(quiet)) // it has deadlines
		n, err := r.tty.Read(buf)
		if err != nil {
			break
		}
		wait, size = wait-time.Since(begin), size-n
		tell(f.feed(buf[:n]))
	}
	tell(f.flush())
	if running {
		s.cfg.Tell(Finished{Exit: code, At: time.Now()})
	}
	s.mu.Lock()
	_ = r.tty.Close() // nothing is left to be written
	s.run = nil
	s.mu.Unlock()
	s.cfg.Tell(Exited{At: time.Now()})
}
