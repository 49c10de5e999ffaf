//go:build live && linux

// Package live tests the whole program on a real embedded cluster, as a user
// runs it: its binary, its screen, its exit status.
package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/test/screen"
)

// podlab is the binary under test.
var podlab string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "podlab-live-")
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	podlab = filepath.Join(dir, "podlab")
	build := exec.Command("go", "build", "-o", podlab, "github.com/podlab/podlab/cmd/podlab")
	if out, err := build.CombinedOutput(); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "build podlab: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// home is a user's own world: state in folders of its own, a lab of its own,
// the machine's image store and node programs.
type home struct {
	t   testing.TB
	dir string
	lab string
}

func newHome(t testing.TB, lab string) *home {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("the live tests need root")
	}
	h := &home{t: t, dir: t.TempDir(), lab: lab}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if r := h.start(ctx, "cluster", "down", "--purge"); r.err != nil {
			t.Errorf("down: %v", r)
		}
	})
	return h
}

// state is the lab's folder.
func (h *home) state() string { return filepath.Join(h.dir, "podlab", "labs", h.lab) }

func (h *home) env() []string {
	return append(os.Environ(),
		"XDG_STATE_HOME="+h.dir,
		"PODLAB_LAB="+h.lab,
		"PODLAB_PROVIDER=embedded",
		"PODLAB_IMAGES=offline",
		"PODLAB_NODE_DIR="+programs(),
		"PODLAB_SOURCE="+checkout(), // programs that are older than their source are built again
		"LANG=C.UTF-8",
		"TERM=xterm-256color",
	)
}

// programs is the folder of the node's programs, that of the checkout unless
// another is named.
func programs() string {
	if dir := os.Getenv("PODLAB_NODE_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(checkout(), "bin", "node")
}

// checkout is the folder of podlab's source.
func checkout() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err) // no working folder
	}
	return dir
}

// result is how a run of podlab ended.
type result struct {
	out, errOut string
	err         error
}

func (r result) String() string { return fmt.Sprintf("%v\n%s%s", r.err, r.out, r.errOut) }

// code is the exit status.
func (r result) code() int {
	if exit := new(exec.ExitError); errors.As(r.err, &exit) {
		return exit.ExitCode()
	}
	if r.err != nil {
		return -1
	}
	return 0
}

// command is a run of podlab in the user's world.
func (h *home) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, podlab, args...)
	cmd.Env = h.env()
	return cmd
}

func (h *home) start(ctx context.Context, args ...string) result {
	cmd := h.command(ctx, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	return result{out.String(), errOut.String(), err}
}

// must runs podlab and fails the test unless it succeeds.
func (h *home) must(args ...string) string {
	h.t.Helper()
	r := h.start(h.t.Context(), args...)
	if r.err != nil {
		h.t.Fatalf("podlab %s: %v", strings.Join(args, " "), r)
	}
	return r.out
}

// open starts podlab on a terminal.
func (h *home) open(cols, rows int, args ...string) *screen.Screen {
	h.t.Helper()
	cmd := h.command(h.t.Context(), args...)
	s, err := screen.Start(cmd, cols, rows)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			h.t.Errorf("close the screen: %v", err)
		}
	})
	return s
}

// expect waits until the screen shows a text.
func expect(t *testing.T, s *screen.Screen, limit time.Duration, want string) {
	t.Helper()
	if err := s.WaitFor(t.Context(), limit, want); err != nil {
		t.Fatal(err)
	}
}

// quit ends podlab as a learner does, from a lesson.
func quit(t *testing.T, s *screen.Screen) {
	t.Helper()
	keys(t, s, "\x03")
	keys(t, s, "y")
	if code, err := s.Exit(t.Context(), 20*time.Second); err != nil || code != 0 {
		t.Errorf("podlab ended with %d, %v", code, err)
	}
}

func keys(t *testing.T, s *screen.Screen, typed string) {
	t.Helper()
	if err := s.Type(typed); err != nil {
		t.Fatal(err)
	}
}
