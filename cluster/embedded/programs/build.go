//go:build unix

package programs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// cached is why go list calls a package stale that a build finds in its cache.
const cached = "not installed but available in build cache"

// Ensure builds the programs from the module in src into the folder out if they
// are not there or the source has changed since. The first time takes minutes;
// when nothing changed it takes milliseconds and reports nothing. Two podlabs
// do not build at once: the second waits and finds the work done. A program
// that is in use is replaced whole, so what runs goes on.
func Ensure(ctx context.Context, src, out string, report func(cluster.Progress)) error {
	return nodeSet.ensure(ctx, src, out, report)
}

// EnsureKind does for out what Ensure does, with the programs that a kind
// node's image has besides: kubeadm, kubectl and its network.
func EnsureKind(ctx context.Context, src, out string, report func(cluster.Progress)) error {
	return kindSet.ensure(ctx, src, out, report)
}

func (s set) ensure(ctx context.Context, src, out string, report func(cluster.Progress)) error {
	if report == nil {
		report = func(cluster.Progress) {}
	}
	if _, ok, err := s.current(src, out); err != nil || ok {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // programs, not secrets
		return say.Errorf("make the programs' folder: %w", err)
	}
	lock := flock.New(filepath.Join(out, ".lock"))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return say.Errorf("wait for the podlab that is building the node's programs: %w", err)
	}
	defer func() { _ = lock.Unlock() }() // fails only if it is not locked
	stamp, ok, err := s.current(src, out)
	if err != nil || ok {
		return err
	}
	b := &build{set: s, src: src, out: out, report: report}
	b.progress = cluster.Progress{Stage: cluster.StageNodeBinary, Unit: "packages", Detail: say.T("counting")}
	report(b.progress)
	err = b.run(ctx, stamp)
	if err != nil && ctx.Err() != nil {
		err = say.Errorf("build the node's programs: %w", context.Cause(ctx))
	}
	b.progress.Finished, b.progress.Err, b.progress.Detail = true, err, say.Text{}
	if err == nil {
		b.progress.Done = b.progress.Total
	}
	report(b.progress)
	return err
}

// build is one run of Ensure that has something to do.
type build struct {
	set
	src, out string
	report   func(cluster.Progress)
	progress cluster.Progress
}

func (b *build) run(ctx context.Context, stamp string) (err error) {
	if _, err := exec.LookPath("go"); err != nil {
		return say.Errorf("the node's programs cannot be built without Go: install it from https://go.dev/dl")
	}
	tmp, err := os.MkdirTemp(b.out, ".build-*")
	if err != nil {
		return say.Errorf("make a folder to build in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	var todo []target
	for _, t := range b.targets {
		if missing := t.missing(); missing != nil {
			if !t.optional || !installed("runc") {
				return missing
			}
			continue
		}
		todo = append(todo, t)
	}
	for _, t := range todo {
		n, err := b.count(ctx, t)
		if err != nil {
			return err
		}
		b.progress.Total += n
	}
	b.report(b.progress)
	for _, t := range todo {
		if err := b.compile(ctx, t, filepath.Join(tmp, t.out)); err != nil {
			return err
		}
	}
	return b.install(tmp, b.out, stamp)
}

// missing says what the machine lacks to build the target.
func (t target) missing() error {
	if !t.cgo {
		return nil
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		return say.Errorf("runc cannot be built without a C compiler: run 'apt-get install gcc libc6-dev'")
	}
	if err := exec.Command("pkg-config", "--exists", "libseccomp").Run(); err != nil {
		return say.Errorf("runc cannot be built without libseccomp: run 'apt-get install pkg-config libseccomp-dev'")
	}
	return nil
}

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

func (b *build) command(ctx context.Context, t target, verb string, args ...string) *exec.Cmd {
	argv := append([]string{verb, "-trimpath", "-ldflags", t.ldflags(), "-tags", t.tags}, args...)
	cmd := exec.CommandContext(ctx, "go", append(argv, t.packages...)...)
	cmd.Dir = b.src
	cgo := "CGO_ENABLED=0"
	if t.cgo {
		cgo = "CGO_ENABLED=1"
	}
	cmd.Env = append(os.Environ(), cgo, "GOFLAGS=", "GOWORK=off")
	// The compilers that go starts end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// count is the number of packages that compile would have to compile.
func (b *build) count(ctx context.Context, t target) (int64, error) {
	cmd := b.command(ctx, t, "list", "-deps", "-f", "{{if .Stale}}{{.StaleReason}}{{end}}")
	var stderr tail
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, explain("list the packages of the node's programs", err, stderr.lines)
	}
	var n int64
	for line := range strings.Lines(string(out)) {
		if reason := strings.TrimSpace(line); reason != "" && reason != cached {
			n++
		}
	}
	return n, nil
}

// compile builds a target into dir and reports each package it begins.
func (b *build) compile(ctx context.Context, t target, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // programs, not secrets
		return say.Errorf("make a folder to build in: %w", err)
	}
	cmd := b.command(ctx, t, "build", "-v", "-o", dir+string(filepath.Separator))
	stderr, w := io.Pipe()
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		return say.Errorf("build the node's programs: %w", err)
	}
	read := make(chan []string)
	go func() { read <- b.follow(stderr) }()
	err := cmd.Wait()
	_ = w.Close() // never fails
	if lines := <-read; err != nil {
		return explain("build the node's programs", err, lines)
	}
	return nil
}

// follow counts the package names among a build's messages and returns the
// last of the others.
func (b *build) follow(r io.Reader) []string {
	var other tail
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := scanner.Text()
		if strings.ContainsAny(line, " \t:") || line == "" || strings.HasPrefix(line, "#") {
			other.add(line)
			continue
		}
		b.progress.Detail = say.Plain(line)
		b.progress.Done = min(b.progress.Done+1, b.progress.Total)
		b.report(b.progress)
	}
	_, _ = io.Copy(io.Discard, r) // a line too long to scan must not block the build
	return other.lines
}

// install moves what was built into place, each program in one step.
func (s set) install(from, to, stamp string) error {
	if err := os.RemoveAll(filepath.Join(to, StampFile)); err != nil {
		return say.Errorf("install the node's programs: %w", err)
	}
	for program, names := range s.links {
		for _, name := range names {
			if err := os.Symlink(program, filepath.Join(from, name)); err != nil {
				return say.Errorf("install the node's programs: %w", err)
			}
		}
	}
	for _, dir := range s.dirs() {
		if err := os.MkdirAll(filepath.Join(to, dir), 0o755); err != nil { //nolint:gosec // programs, not secrets
			return say.Errorf("install the node's programs: %w", err)
		}
		entries, err := os.ReadDir(filepath.Join(from, dir))
		if err != nil {
			return say.Errorf("install the node's programs: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			if err := os.Rename(filepath.Join(from, dir, e.Name()), filepath.Join(to, dir, e.Name())); err != nil {
				return say.Errorf("install the node's programs: %w", err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(to, StampFile), []byte(stamp), 0o644); err != nil { //nolint:gosec // no secret
		return say.Errorf("install the node's programs: %w", err)
	}
	return nil
}

// dirs are the folders that the programs are in.
func (s set) dirs() []string {
	dirs := []string{""}
	for _, t := range s.targets {
		if !slices.Contains(dirs, t.out) {
			dirs = append(dirs, t.out)
		}
	}
	return dirs
}

// explain turns a failed build's messages into an error with what to do.
func explain(what string, err error, lines []string) error {
	text := strings.Join(lines, "\n")
	hint := ""
	switch {
	case strings.Contains(text, "no space left on device"):
		return say.Errorf("%s: the disk is full: make about 6 GB of room for Go's caches (see 'go env GOCACHE GOTMPDIR')", what)
	case strings.Contains(text, "dial tcp"), strings.Contains(text, "no such host"):
		hint = ": the Go module proxy cannot be reached: see 'go env GOPROXY'"
	case strings.Contains(text, "signal: killed"):
		hint = ": a compiler was killed, perhaps for lack of memory: about 3 GB are needed"
	}
	return say.Errorf("%s: %w%s\n%s", what, err, hint, text)
}

// tail keeps the last lines that are written to it.
type tail struct{ lines []string }

func (t *tail) add(line string) {
	const keep = 20
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	t.lines = append(t.lines, line)
	if len(t.lines) > keep {
		t.lines = t.lines[1:]
	}
}

// Write takes whole messages, as a command writes them.
func (t *tail) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		t.add(string(line))
	}
	return len(p), nil
}
