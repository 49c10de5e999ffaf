package tui

import (
	"fmt"
	"testing"

	"github.com/podlab/podlab/content"
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

// The words of an outcome that shows the answer are held back while the question
// is open, and an unanswered question stops nobody.
func TestOutcomesDoNotGiveTheAnswerAway(t *testing.T) {
	s := start(t, 120, 40, func(c *Config) { c.Lesson = "memory" })
	s.shows("$ kubectl create namespace", "│$")
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
