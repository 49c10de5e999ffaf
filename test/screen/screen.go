// Package screen runs a program on a pseudo-terminal and reads what a person
// would see there, so that tests can type like one and wait until the screen
// shows what they expect.
package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Screen is a running program and its terminal.
type Screen struct {
	cmd *exec.Cmd
	pty *os.File

	mu      sync.Mutex
	term    *vt.Emulator
	changed chan struct{} // closed and renewed whenever the screen may have changed
	ended   chan struct{} // closed when the program has closed the terminal
	pumps   sync.WaitGroup
}

// Start runs cmd on a new terminal of that size. Close must be called.
func Start(cmd *exec.Cmd, cols, rows int) (*Screen, error) {
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		return nil, err
	}
	s := &Screen{
		cmd:     cmd,
		pty:     f,
		term:    vt.NewEmulator(cols, rows),
		changed: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	// the emulator answers queries of the program; unread answers block it
	s.pumps.Go(func() { _, _ = io.Copy(f, s.term) })
	go s.read()
	return s, nil
}

func (s *Screen) read() {
	defer close(s.ended)
	buf := make([]byte, 32<<10)
	for {
		n, err := s.pty.Read(buf)
		s.mu.Lock()
		_, _ = s.term.Write(buf[:n])
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Type sends keys, escape sequences and all.
func (s *Screen) Type(keys string) error {
	_, err := io.WriteString(s.pty, keys)
	return err
}

// Text is what the screen shows, one line a row, without colours.
func (s *Screen) Text() string {
	text, _ := s.look()
	return text
}

func (s *Screen) look() (text string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(s.term.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.Join(lines, "\n"), s.changed
}

// Wait returns as soon as done is true of the screen's text. Its error shows
// the screen as it last was.
func (s *Screen) Wait(ctx context.Context, limit time.Duration, what string, done func(text string) bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		text, changed := s.look()
		if done(text) {
			return nil
		}
		select {
		case <-changed:
		case <-s.ended:
			return fmt.Errorf("the program ended before the screen showed %s:\n%s", what, s.Text())
		case <-ctx.Done():
			return fmt.Errorf("after %s the screen does not show %s:\n%s", limit, what, text)
		}
	}
}

// WaitFor waits until the screen shows a text.
func (s *Screen) WaitFor(ctx context.Context, limit time.Duration, want string) error {
	return s.Wait(ctx, limit, fmt.Sprintf("%q", want), func(text string) bool { return strings.Contains(text, want) })
}

// Resize changes the terminal's size, of which the program is told.
func (s *Screen) Resize(cols, rows int) error {
	s.mu.Lock()
	s.term.Resize(cols, rows)
	s.mu.Unlock()
	return pty.Setsize(s.pty, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
}

// PID is the program's process ID.
func (s *Screen) PID() int { return s.cmd.Process.Pid }

// Kill ends the program at once, as kill -9 does, and waits for it.
func (s *Screen) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	return s.end()
}

// Exit waits until the program ends by itself and returns its exit status.
func (s *Screen) Exit(ctx context.Context, limit time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-s.ended:
	case <-ctx.Done():
		return 0, fmt.Errorf("the program still runs after %s:\n%s", limit, s.Text())
	}
	if err := s.end(); err != nil {
		return 0, err
	}
	return s.cmd.ProcessState.ExitCode(), nil
}

// end waits for the program and frees the terminal.
func (s *Screen) end() error {
	err := s.cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = nil // the status is the caller's to judge
	}
	_ = s.pty.Close() // nothing is written to it any more
	<-s.ended
	_ = s.term.Close() // ends the pump of its answers
	s.pumps.Wait()
	return err
}

// Close ends the program if it still runs.
func (s *Screen) Close() error {
	if s.cmd.ProcessState != nil {
		return nil
	}
	return s.Kill()
}
