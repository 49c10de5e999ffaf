package tui

import (
	"fmt"
	"testing"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// A learner predicts, runs the step and sees. Until the cluster has shown what is
// right nothing on the screen says it.
func TestPredictRunSee(t *testing.T) {
	for _, lang := range []content.Lang{content.English, content.Japanese} {
		words := prose(t).Printer(lang)
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", lang, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				s := start(t, size.w, size.h, func(c *Config) { c.Lang, c.Lesson = lang, "memory" })
				s.shows("$ kubectl create namespace", "│$")
				f := s.opened()
				s.press("enter")
				s.shows(words.T("step.done"))
				s.press("enter")
				s.shows("$ kubectl apply")
				s.press(map[int][]string{24: {"pgdn", "pgdn"}, 40: {"pgdn"}, 48: {"pgdn"}}[size.h]...)
				screen := s.shows(" ↑ ", words.T("question.title"), words.T("question.open", "Last", 3))
				whole(t, screen, size.w)
				golden(t, "question-"+name, screen)

				s.press("9", "1", "2") // there is no fifth answer, and the first counts
				s.shows(words.T("question.your-answer"), words.T("question.noted"))
				s.press("enter")
				s.shows("pod/memory-demo-2 created")
				s.shows(words.T("question.was-wrong"))
				if size.h == 24 {
					s.press("shift+tab", "pgdn")
				}
				screen = s.shows("✗ 1 ", "✓ 2 ", words.T("question.wrong"))
				whole(t, screen, size.w)
				if name == "en-120x40" {
					golden(t, "answered-"+name, screen)
				}
				f.mu.Lock()
				defer f.mu.Unlock()
				if got := f.answers["exceed"]; got != "pending" {
					t.Errorf("the session keeps the answer %q", got)
				}
			})
		}
	}
}

// A digit answers nothing that the learner does not see: it shows the question.
func TestAnswerOutOfSight(t *testing.T) {
	s, f := begin(t, 80, 24)
	s.press("n")
	s.shows("1-3 answer a question", "$ kubectl apply")
	s.press("tab", "2")
	s.shows("What becomes of the container?", "Press 1 to 3, or just go on.")
	f.mu.Lock()
	early := f.answers["exceed"]
	f.mu.Unlock()
	if early != "" {
		t.Errorf("the question was answered unseen: %q", early)
	}
	s.press("2")
	s.shows("your answer", "Noted. Run the step and see.")
}

// The words of an outcome that shows the answer are held back while the question
// is open, and an unanswered question stops nobody.
func TestOutcomesDoNotGiveTheAnswerAway(t *testing.T) {
	s, _ := begin(t, 120, 40)
	s.press("enter")
	s.shows("step done")
	s.press("enter")
	s.shows("What the question asks about", "it was restarted at least twice")
	s.gone("the container was OOMKilled")
	s.press("enter")
	s.shows("✓ the container was OOMKilled")
	s.press("pgdn")
	s.shows("✓ 2 The kernel kills it", "A memory limit cannot be stretched.")
}

// An answer is judged when all that shows it has been seen, and at once where
// nothing on the cluster does.
func TestVerdict(t *testing.T) {
	const step = "exceed"
	met := func(ids ...string) map[outcomeID]engine.OutcomeStatus {
		all := map[outcomeID]engine.OutcomeStatus{}
		for _, id := range ids {
			all[outcomeID{step, id}] = engine.OutcomeStatus{State: engine.Met}
		}
		return all
	}
	for _, tt := range []struct {
		name, answer string
		shownBy, met []string
		done         bool
		want         verdict
	}{
		{"no answer yet", "", []string{"a", "b"}, []string{"a"}, false, unanswered},
		{"an answer before it is shown", "x", []string{"a", "b"}, []string{"a"}, false, noted},
		{"right", "x", []string{"a", "b"}, []string{"b", "a"}, false, gotRight},
		{"wrong", "y", []string{"a"}, []string{"a"}, false, gotWrong},
		{"shown before an answer", "", []string{"a"}, []string{"a"}, false, missed},
		{"nothing shows it: right at once", "x", nil, nil, false, gotRight},
		{"nothing shows it: wrong at once", "y", nil, nil, false, gotWrong},
		{"nothing shows it: open until the end", "", nil, []string{"a"}, false, unanswered},
		{"the step is done", "", nil, nil, true, missed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &lessons.Step{ID: step, Question: &lessons.Question{ID: "q", Answers: []string{"x", "y"}, Right: "x", ShownBy: tt.shownBy}}
			p := &lessonPage{answers: map[string]string{step: tt.answer}, outcomes: met(tt.met...), done: map[string]bool{step: tt.done}}
			if got := p.verdict(s); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
