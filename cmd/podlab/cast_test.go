package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/podlab/podlab/tui"
)

type closer struct {
	bytes.Buffer
	fail error
}

func (c *closer) Write(p []byte) (int, error) {
	if c.fail != nil {
		return 0, c.fail
	}
	return c.Buffer.Write(p)
}

func (c *closer) Close() error { return nil }

func TestCast(t *testing.T) {
	var file closer
	c, err := newCast(&file, nil, 80, 24, "メモリー <1>")
	if err != nil {
		t.Fatal(err)
	}
	now := c.began
	c.now = func() time.Time { now = now.Add(1500 * time.Millisecond); return now }
	for _, part := range []string{"a\x1b[1m", "メ"[:1], "メ"[1:] + "b"} {
		if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(file.String()), "\n")
	var header struct {
		Version, Width, Height int
		Title                  string
	}
	if err := json.Unmarshal([]byte(lines[0]), &header); err != nil || header.Version != 2 || header.Width != 80 || header.Height != 24 || header.Title != "メモリー <1>" {
		t.Errorf("header %s: %v", lines[0], err)
	}
	want := []string{`[1.5,"o","a\u001b[1m"]`, `[3,"o","メb"]`}
	if strings.Join(lines[1:], "\n") != strings.Join(want, "\n") {
		t.Errorf("events\n%s\nwant\n%s", strings.Join(lines[1:], "\n"), strings.Join(want, "\n"))
	}

	// A full disk keeps nobody from watching; it is told at the end.
	if c, err = newCast(&file, nil, 80, 24, ""); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	file.fail = full
	if n, err := c.Write([]byte("ab")); n != 2 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	if err := c.Close(); !errors.Is(err, full) {
		t.Errorf("Close = %v", err)
	}
}

// A terminal that is resized meanwhile is resized in the recording, before what is
// drawn for it.
func TestCastFollowsTheTerminalsSize(t *testing.T) {
	outside, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = outside.Close(), terminal.Close() })
	size := func(cols, rows uint16) {
		t.Helper()
		if err := pty.Setsize(outside, &pty.Winsize{Cols: cols, Rows: rows}); err != nil {
			t.Fatal(err)
		}
	}
	size(80, 24)
	var file closer
	c, err := newCast(&file, terminal, 80, 24, "")
	if err != nil {
		t.Fatal(err)
	}
	c.now = func() time.Time { return c.began }
	write := func(text string) {
		t.Helper()
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("a")
	size(100, 30)
	write("b")
	write("c")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, events, _ := strings.Cut(file.String(), "\n")
	if want := "[0,\"o\",\"a\"]\n[0,\"r\",\"100x30\"]\n[0,\"o\",\"b\"]\n[0,\"o\",\"c\"]\n"; events != want {
		t.Errorf("events\n%swant\n%s", events, want)
	}
}

// A recording takes the place of an earlier one at its end, if it is to be kept.
func TestRecording(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "demo.cast")
	if err := os.WriteFile(name, []byte("earlier"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := demoOptions{cast: name, size: "80x24"}
	for _, keep := range []bool{false, true} {
		_, out, done, err := d.streams(&options{streams: Streams{Out: io.Discard}}, new(tui.Config), "Pods")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(out, "hello"); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(name); err != nil || string(data) != "earlier" {
			t.Errorf("while it is made: %s, %v", data, err)
		}
		if err := done(keep); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(name)
		if err != nil || strings.HasSuffix(string(data), "\"hello\"]\n") != keep || (string(data) == "earlier") == keep {
			t.Errorf("keep %v: %s, %v", keep, data, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v is left", left, err)
	}
}
