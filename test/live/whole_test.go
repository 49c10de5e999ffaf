//go:build live && linux

package live

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/lessons"
)

// A learner plays a whole lesson with Enter alone, on a real cluster: each press
// runs the command that the bar shows, or goes on where the step is done.
func TestWholeLessonByTyping(t *testing.T) {
	const id = "quality-service-pod"
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	lesson, err := lessons.Find(all, id)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := 0
	for _, step := range lesson.Steps {
		outcomes += len(step.Outcomes)
	}
	h := newHome(t, "whole")
	s := h.open(120, 60, id)
	expect(t, s, 2*time.Minute, "2/2 nodes")
	const done = "Lesson done"
	for began := time.Now(); time.Since(began) < 5*time.Minute; {
		var bar, step string
		ready := func(text string) bool {
			if strings.Contains(text, done) {
				return true
			}
			bar, step = barOf(text), here.FindString(text)
			return strings.Contains(bar, "next: ") ||
				strings.Contains(bar, "⏎ run") && !strings.Contains(bar, "once more") && strings.Contains(text, prompt)
		}
		if err := s.Wait(t.Context(), 3*time.Minute, "what Enter does", ready); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(s.Text(), done) {
			break
		}
		keys(t, s, "\r")
		next := func(text string) bool { return barOf(text) != bar }
		if line, _, isCommand := strings.Cut(strings.TrimPrefix(bar, " "), "  "); isCommand && strings.HasPrefix(line, "$ ") {
			// Typed at the prompt; or the step was just done, and Enter went on; or
			// the prompt was there a moment before the command's end was told.
			next = func(text string) bool {
				return strings.Contains(text, "│"+line) || here.FindString(text) != step || strings.Contains(text, "A command still runs")
			}
		}
		if err := s.Wait(t.Context(), time.Minute, "what Enter did at: "+bar, next); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, s, 2*time.Minute, done)
	expect(t, s, 10*time.Second, fmt.Sprintf("%d outcomes were reached", outcomes))
	keys(t, s, "\x03") // closes the summary
	quit(t, s)
}

// here is the mark of the step where the learner is, and its number.
var here = regexp.MustCompile(`▶[ ]?\d+`)

// barOf is the line above the keys, which says what Enter does.
func barOf(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) < 2 {
		return ""
	}
	return lines[len(lines)-2]
}
