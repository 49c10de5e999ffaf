//go:build linux

package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/internal/say"
)

// Exec implements cluster.Provider. On the node, crictl, ctr, nft and the
// node's own programs are on PATH. With TTY the command gets a terminal of the
// size that standard input has, if it is one, and follows its changes.
func (p *Provider) Exec(ctx context.Context, nodeName string, argv []string, stdio cluster.Stdio) error {
	if len(argv) == 0 {
		return say.Errorf("no command to run on the node")
	}
	n, err := findNode(nodeName)
	if err != nil {
		return err
	}
	run, err := p.running()
	if err != nil {
		return err
	}
	if run == nil {
		return cluster.ErrNotRunning
	}
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		return err
	}
	pid, err := p.nodePID(n, groups)
	if err != nil {
		return err
	}
	args := []string{"enter", "--pid", strconv.Itoa(pid), "--cgroup", strings.Join(groups.Files(p.group(n.name, initGroup)), ","), "--"}
	cmd := exec.CommandContext(ctx, filepath.Join(p.cfg.Programs, "lab-init"), append(args, argv...)...)
	cmd.Env = nodeEnv()
	cmd.WaitDelay = time.Second
	stderr := &lastBytes{to: stdio.Err}
	if stdio.TTY {
		err = runTTY(cmd, stdio)
	} else {
		// A group of its own, so that a cancelled command ends with what it started.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		cmd.Stdin, cmd.Stdout, cmd.Stderr = stdio.In, stdio.Out, stderr
		err = cmd.Run()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return &cluster.ExitError{Argv: argv, Code: exit.ExitCode(), Output: stderr.String()}
	case err != nil:
		return say.Errorf("run %s on %s: %w", argv[0], n.name, err)
	}
	return nil
}

// nodeEnv is what a login on the node would have.
func nodeEnv() []string {
	env := []string{"PATH=" + nodePath, "HOME=/root", "LANG=C.UTF-8", "PS1=\\u@\\h:\\w\\$ "}
	if term := os.Getenv("TERM"); term != "" {
		env = append(env, "TERM="+term)
	}
	return env
}

// nodePID finds a node's first process: the one in the node's own group that
// is number 1 in the innermost PID namespace and is lab-init.
func (p *Provider) nodePID(n node, groups *cgroup.Tree) (int, error) {
	pids, err := groups.Procs(p.group(n.name, initGroup))
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil || strings.TrimSpace(string(comm)) != "lab-init" {
			continue
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			if ids, ok := strings.CutPrefix(line, "NSpid:"); ok && strings.HasSuffix(strings.TrimSpace(ids), "\t1") {
				return pid, nil
			}
		}
	}
	return 0, say.Errorf("node %s is not running%s", n.name, p.lastLine("lab-init"))
}

// runTTY runs the command on a new pseudo-terminal.
func runTTY(cmd *exec.Cmd, stdio cluster.Stdio) error {
	terminal, err := pty.Start(cmd)
	if err != nil {
		return err
	}
	defer func() { _ = terminal.Close() }() // the command has ended by then
	if in, ok := stdio.In.(*os.File); ok {
		defer followSize(in, terminal)()
	}
	if stdio.In != nil {
		// It ends when the terminal is closed, at the next input.
		go func() { _, _ = io.Copy(terminal, stdio.In) }()
	}
	out := stdio.Out
	if out == nil {
		out = io.Discard
	}
	// A terminal whose command has ended reads as an I/O error: it is the end.
	if _, err := io.Copy(out, terminal); err != nil && !errors.Is(err, syscall.EIO) {
		_ = cmd.Process.Kill() // nobody reads its output any more
		return errors.Join(err, cmd.Wait())
	}
	return cmd.Wait()
}

// followSize gives a terminal the size of another one, now and whenever that
// changes, until stop is called. Input that is no terminal has no size to give.
func followSize(from, to *os.File) (stop func()) {
	_ = pty.InheritSize(from, to)
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	go func() {
		for range changed {
			_ = pty.InheritSize(from, to) // an end of the terminal ends the command, too
		}
	}()
	return func() {
		signal.Stop(changed)
		close(changed)
	}
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
