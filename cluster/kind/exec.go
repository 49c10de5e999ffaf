package kind

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"

	"golang.org/x/term"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// Exec implements cluster.Provider. With TTY the engine's program takes the
// terminal that standard input is; where it is none, the command has none.
func (p *Provider) Exec(ctx context.Context, node string, argv []string, stdio cluster.Stdio) error {
	if len(argv) == 0 {
		return say.Errorf("no command to run on the node")
	}
	if p.cfg.Engine == nil {
		return cluster.ErrNotRunning
	}
	args := []string{"exec"}
	if stdio.In != nil {
		args = append(args, "--interactive")
	}
	stderr := &lastBytes{to: stdio.Err}
	var errs io.Writer = stderr
	if stdio.TTY && isTerminal(stdio.In) {
		args = append(args, "--tty", "--env", "TERM="+os.Getenv("TERM"))
		errs = stdio.Err // the program wants the terminal itself
	}
	cmd := p.cfg.Engine.command(ctx, slices.Concat(args, []string{node}, argv)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdio.In, stdio.Out, errs
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return &cluster.ExitError{Argv: argv, Code: exit.ExitCode(), Output: stderr.String()}
	case err != nil:
		return say.Errorf("run %s on %s: %w", argv[0], node, err)
	}
	return nil
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// lastBytes keeps the end of what it passes on.
type lastBytes struct {
	to  io.Writer // may be nil
	mu  sync.Mutex
	buf []byte
}

func (l *lastBytes) Write(p []byte) (int, error) {
	const keep = 2048
	l.mu.Lock()
	l.buf = append(l.buf, p...)
	l.buf = bytes.Clone(l.buf[max(0, len(l.buf)-keep):])
	l.mu.Unlock()
	if l.to == nil {
		return len(p), nil
	}
	return l.to.Write(p)
}

func (l *lastBytes) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}
