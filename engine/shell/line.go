package shell

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// LineError is the end of a line that ran out of sight and did not succeed.
type LineError struct {
	Line   string
	Output string // the end of what it printed
	Err    error
}

// Error implements error.
func (e *LineError) Error() string { return e.Said().String() }

// Said implements [say.Sayer].
func (e *LineError) Said() say.Text {
	msg := say.T("%s: %v", e.Line, e.Err)
	if out := strings.TrimSpace(e.Output); out != "" {
		msg = say.Join(": ", msg, say.Plain(out))
	}
	return msg
}

func (e *LineError) Unwrap() error { return e.Err }

// RunLine runs one shell line out of the learner's sight, with the terminal's
// environment and working folder. A line that fails returns a *LineError. When
// ctx ends, everything that the line started is killed.
func (s *Shell) RunLine(ctx context.Context, line string) error {
	cmd := exec.CommandContext(ctx, "bash", "--noprofile", "--norc", "-c", line)
	cmd.Dir = s.cfg.Dir
	cmd.Env = s.setup.env
	ownSession(cmd)
	cmd.Cancel = func() error {
		hangup(cmd.Process.Pid, 0)
		return os.ErrProcessDone
	}
	cmd.WaitDelay = time.Second
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return &LineError{Line: line, Output: out.String(), Err: err}
}

// tail keeps the last part of what is written to it.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	const keep = 2 << 10
	n, err := t.Buffer.Write(p)
	if extra := t.Len() - keep; extra > 0 {
		t.Next(extra)
	}
	return n, err
}
