package kind

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type lineWriter struct{ lines chan string }

func (w *lineWriter) Write(p []byte) (int, error) {
	w.lines <- string(p)
	return len(p), nil
}

func (w *lineWriter) want(ctx context.Context, t *testing.T, line string) {
	t.Helper()
	select {
	case got := <-w.lines:
		if got != line+"\n" {
			t.Errorf("line %q, want %q", got, line)
		}
	case <-ctx.Done():
		t.Fatalf("%q does not come", line)
	}
}

// What kind says while it makes the lab, and what was kept of a failed start, can be
// followed, too.
func TestLogsFollowsFiles(t *testing.T) {
	for component, file := range map[string]string{"create": "create.log", "failed/a/inspect.json": "failed/a/inspect.json"} {
		p := testProvider(t)
		path := p.path("logs", file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		w := &lineWriter{lines: make(chan string, 1)}
		ended := make(chan error, 1)
		go func() { ended <- p.Logs(ctx, component, true, w) }()
		for _, line := range []string{"one", "two"} {
			if _, err := f.WriteString(line + "\n"); err != nil {
				t.Error(err)
			}
			w.want(ctx, t, line)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("its end is an error: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The end of following ends the program that follows in the node, which an engine
// does not end by itself; where that program fails, it is told.
func TestLogsLeavesNothingInTheNode(t *testing.T) {
	p := testProvider(t)
	// As an engine: what it runs in the node goes on when its own program is killed.
	p.cfg.Engine = engineThat(t, `case $1 in
ps) printf 'n\tUp 1 second\n';;
exec) while [ "$1" != sh ]; do shift; done; "$@"; exit $?;;
esac`)
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	journal := func(script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, "journalctl"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	gone := filepath.Join(bin, "gone")
	journal(`trap 'echo >` + gone + `; exit' TERM
echo "$*"
for i in $(seq 200); do sleep 0.1; done`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := &lineWriter{lines: make(chan string, 1)}
	ended := make(chan error, 1)
	go func() { ended <- p.Logs(ctx, "n/kubelet", true, w) }()
	w.want(ctx, t, "--no-pager --follow --unit=kubelet")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("its end is an error: %v", err)
	}
	limit := time.After(15 * time.Second)
	for {
		if _, err := os.Stat(gone); err == nil {
			break
		}
		select {
		case <-limit:
			t.Fatal("what follows goes on in the node")
		case <-time.After(20 * time.Millisecond):
		}
	}
	journal("echo it is broken >&2; exit 3")
	if err := p.Logs(t.Context(), "n/kubelet", true, w); err == nil || !strings.Contains(err.Error(), "it is broken") {
		t.Errorf("following what fails: error %v", err)
	}
}
