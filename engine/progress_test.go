package engine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/podlab/podlab/engine/journal"
	"github.com/podlab/podlab/lessons"
)

func TestReadProgress(t *testing.T) {
	l := &lessons.Lesson{ID: "x", Steps: []lessons.Step{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	const header = `{"type":"podlab","version":1,"lesson":"x"}` + "\n"
	for _, tt := range []struct {
		name, journal string
		want          int
	}{
		{"nothing yet", header, 0},
		{"two", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"done","step":"b"}` + "\n", 2},
		{"twice the same", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"done","step":"a"}` + "\n", 1},
		{"a step that is gone", header + `{"type":"done","step":"z"}` + "\n", 0},
		{"one reset", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"done","step":"b"}` + "\n" + `{"type":"reset","step":"a"}` + "\n", 1},
		{"not after all", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"reopened","step":"a"}` + "\n", 0},
		{"all reset", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"reset"}` + "\n", 0},
		{"a torn line", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"done","st`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal")
			if err := os.WriteFile(path, []byte(tt.journal), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := ReadProgress(path, l); err != nil || got.Done() != tt.want || len(got.Steps) != 3 {
				t.Errorf("ReadProgress = %+v, %v; want %d done", got, err, tt.want)
			}
		})
	}
	if got, err := ReadProgress(filepath.Join(t.TempDir(), "none"), l); err != nil || got.Done() != 0 || !got.Begun.IsZero() {
		t.Errorf("without a journal: %+v, %v; want nothing begun", got, err)
	}
}

// What is read from a journal is what the session knew that wrote it.
func TestReadProgressOfASession(t *testing.T) {
	b := playKept(t)
	cfg := b.cfg
	b.goTo("again")
	var busy *journal.BusyError
	if err := journal.Remove(cfg.Journal); !errors.As(err, &busy) {
		t.Errorf("removing a journal in use: %v", err)
	}
	b.close()
	got, err := ReadProgress(cfg.Journal, cfg.Lesson)
	if err != nil {
		t.Fatal(err)
	}
	first := got.Steps[0]
	if got.Step != "again" || got.Done() != 1 || got.Solved != 1 || !first.Done || first.DoneAt.IsZero() || !first.Solved ||
		len(first.Met) != 1 || first.Met[0].Evidence.Text != "web Running" || got.Begun.IsZero() || got.Last.Before(got.Begun) {
		t.Errorf("read %+v", got)
	}
	if err := journal.Remove(cfg.Journal); err != nil {
		t.Error(err)
	}
	if err := journal.Remove(cfg.Journal); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
	if got, err := ReadProgress(cfg.Journal, cfg.Lesson); err != nil || got.Done() != 0 {
		t.Errorf("after it was removed: %+v, %v", got, err)
	}
}
