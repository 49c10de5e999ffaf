package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// played is the result of a lesson of one step.
func played(state string, outcome engine.OutcomeState, wrong ...string) lessonResult {
	s := engine.StepResult{ID: "run", Outcomes: []engine.OutcomeResult{{ID: "up", State: outcome, Reason: say.Plain("demo: -")}}}
	if outcome == engine.Met {
		s.Outcomes[0].Evidence = &engine.EvidenceResult{Text: "demo Running"}
	}
	for _, w := range wrong {
		s.Wrong = append(s.Wrong, engine.WrongResult{ID: "typo", State: w, Reason: say.Plain("up was met")})
	}
	return lessonResult{LessonResult: engine.LessonResult{ID: "share-process-namespace", State: state, Seconds: 7, Steps: []engine.StepResult{s}}}
}

func TestVerifyPassesOnlyWhenNothingFailed(t *testing.T) {
	for _, test := range []struct {
		name string
		all  []lessonResult
		want bool
	}{
		{"met", []lessonResult{played(engine.Passed, engine.Met)}, true},
		{"unavailable", []lessonResult{played(engine.Passed, engine.Unavailable, string(engine.Unavailable))}, true},
		{"wrong solution recognized", []lessonResult{played(engine.Passed, engine.Met, engine.Passed)}, true},
		{"unmet", []lessonResult{played(engine.Passed, engine.Met), played(engine.Failed, engine.Unmet)}, false},
		{"not played to its end", []lessonResult{{engine.LessonResult{ID: "x", State: engine.Failed}, say.Plain("the shell ended")}}, false},
		{"wrong solution taken for right", []lessonResult{played(engine.Passed, engine.Met, engine.Passed, engine.Failed)}, false},
	} {
		if got := (verifyResult{Lessons: test.all}).passed(); got != test.want {
			t.Errorf("%s: passed is %t", test.name, got)
		}
	}
}

func TestVerifyText(t *testing.T) {
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	broken := played(engine.Failed, engine.Unmet, engine.Passed, engine.Failed)
	broken.Error = say.Plain("the shell ended")
	r := newVerifyResult(cluster.Status{Provider: "embedded", Kubernetes: "v1.36.3", Images: "offline"}, []lessonResult{broken, played(engine.Passed, engine.Met), played(engine.Passed, engine.Unavailable)})
	const want = `failed  TITLE  (7 s)
  ✗ the shell ended
  ✗ run/up  demo: -
  ✓ run: wrong solution typo recognized
  ✗ run: wrong solution typo  up was met
passed  TITLE  (7 s)
  ✓ run/up  demo Running
passed  TITLE  (7 s)
  – run/up  demo: -
1 met, 1 unmet, 1 unavailable (embedded, Kubernetes v1.36.3, images: offline)
`
	var out strings.Builder
	o := &options{}
	o.voice.args = []string{"--lang", "en"}
	o.printVerify(&out, r, lib, content.English)
	if diff := cmp.Diff(strings.ReplaceAll(want, "TITLE", lib.Document(content.English, "share-process-namespace").Title), out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestLessonsAreChosenOnce(t *testing.T) {
	shipped, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	got, err := chooseLessons(shipped, false, []string{"static-pod", "extended-resource", "static-pod"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, l := range got {
		ids = append(ids, l.ID)
	}
	if diff := cmp.Diff([]string{"static-pod", "extended-resource"}, ids); diff != "" {
		t.Error(diff)
	}
	all, err := chooseLessons(shipped, true, nil)
	if err != nil || len(all) != len(shipped) {
		t.Errorf("--all: %d lessons, %v", len(all), err)
	}
}
