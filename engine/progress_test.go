package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/podlab/podlab/lessons"
)

func TestStepsDone(t *testing.T) {
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
		{"all reset", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"reset"}` + "\n", 0},
		{"a torn line", header + `{"type":"done","step":"a"}` + "\n" + `{"type":"done","st`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal")
			if err := os.WriteFile(path, []byte(tt.journal), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := StepsDone(path, l); err != nil || got != tt.want {
				t.Errorf("StepsDone = %d, %v; want %d", got, err, tt.want)
			}
		})
	}
	if got, err := StepsDone(filepath.Join(t.TempDir(), "none"), l); err != nil || got != 0 {
		t.Errorf("without a journal: %d, %v; want 0", got, err)
	}
}
