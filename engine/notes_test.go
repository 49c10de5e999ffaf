package engine

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/lessons"
)

// What was answered, hinted and solved is there again after a restart, an answer
// cannot be changed, and a reset takes all of it back.
func TestNotesOutliveTheSession(t *testing.T) {
	api := apitest.New(t)
	l := lesson(lessons.Outcome{ID: "o", Kind: lessons.Eventually, Expr: `web != null`})
	l.Steps[1].Question = &lessons.Question{ID: "q", Answers: []string{"a", "b"}, Right: "a"}
	cfg := config(t, api, l)
	cfg.Journal = filepath.Join(t.TempDir(), "demo.jsonl")
	b := play(t, api, cfg)
	for _, bad := range [][2]string{{"now", "c"}, {"before", "a"}, {"never", "a"}} {
		if err := b.Answer(bad[0], bad[1]); err == nil {
			t.Errorf("answer %q of step %s was taken", bad[1], bad[0])
		}
	}
	for _, err := range []error{b.Answer("now", "b"), b.Answer("now", "a"), b.Hinted("now", 2), b.Hinted("now", 1), b.Solve(t.Context(), "before")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(b *bench) {
		t.Helper()
		s := b.Snapshot()
		if s.Answers["now"] != "b" || s.Hints["now"] != 2 || !s.Solved["before"] || s.Solved["now"] {
			t.Errorf("answers %v, hints %v, solved %v", s.Answers, s.Hints, s.Solved)
		}
	}
	check(b)
	b.close()
	b = play(t, api, cfg)
	check(b)
	if err := b.ResetStep(t.Context(), "now"); err != nil {
		t.Fatal(err)
	}
	if s := b.Snapshot(); s.Answers["now"] != "" || s.Hints["now"] != 0 {
		t.Errorf("after the reset: answers %v, hints %v", s.Answers, s.Hints)
	}
}

func TestPausesAreNotTimeSpent(t *testing.T) {
	n, at := newNotes(), time.Unix(0, 0)
	for _, gap := range []time.Duration{0, time.Minute, 3 * time.Hour, -time.Minute, 2 * time.Minute} {
		at = at.Add(gap)
		n.act(at)
	}
	if want := time.Minute + pause + time.Minute; n.spent != want {
		t.Errorf("spent %s, want %s", n.spent, want)
	}
}
