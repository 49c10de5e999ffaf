package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/tui"
)

// TestWatcher edits a lesson while it is watched.
func TestWatcher(t *testing.T) {
	f := folder(t.TempDir())
	if _, err := newLesson(f, "my-pod", time.Now()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := &watcher{from: []folder{f}}
	next := func(checked bool) *tui.Draft {
		t.Helper()
		d := w.next(ctx)
		if d == nil || d.Checked != checked {
			t.Fatalf("got %+v, want checked %t", d, checked)
		}
		return d
	}
	edit := func(name, before, after string) {
		t.Helper()
		name = filepath.Join(string(f), name)
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), before) {
			t.Fatalf("%s: %v, %q", name, err, before)
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	next(false)
	if d := next(true); d.Problems != nil {
		t.Errorf("a new lesson has problems: %s", d.Problems)
	}

	// Prose is there at once, what is wrong with it a little later.
	edit("content/en/my-pod.md", "## Start a Pod {#start}", "## Begin {#begin}")
	if got := next(false).Content.Document(content.English, "my-pod").Sections[0].Heading; got != "Begin" {
		t.Errorf("the heading is %q", got)
	}
	if d := next(true); !strings.Contains(fmt.Sprint(d.Problems), `my-pod.md:7: lesson my-pod has no step "begin"`) {
		t.Errorf("problems: %v", d.Problems)
	}

	// A lesson.yaml that cannot be read leaves the others.
	edit("lessons/my-pod/lesson.yaml", "steps:", "steps: [")
	if d := next(false); !strings.Contains(fmt.Sprint(d.Problems), "my-pod/lesson.yaml:") || len(d.Lessons) == 0 {
		t.Errorf("%d lessons, problems: %v", len(d.Lessons), d.Problems)
	}
	next(true)
	edit("lessons/my-pod/lesson.yaml", "steps: [", "steps:")
	edit("content/en/my-pod.md", "## Begin {#begin}", "## Start a Pod {#start}")
	next(false)
	if d := next(true); d.Problems != nil {
		t.Errorf("problems: %s", d.Problems)
	}

	cancel()
	if d := w.next(ctx); d != nil {
		t.Errorf("after the end: %+v", d)
	}
}
