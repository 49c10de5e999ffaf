package tui

import (
	"fmt"
	"testing"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
)

// What the session tells late of a step that the learner has left again does not
// turn the page; what it tells once it has caught up does.
func TestPageKeepsToWhatWasAskedLast(t *testing.T) {
	for _, tt := range []struct {
		name string
		asks []int // steps, before the session tells anything
		told []int // steps that it tells to have begun
		want []int // the step that is shown after each
	}{
		{"n", []int{1}, []int{1}, []int{1}},
		{"n n p", []int{1, 2, 1}, []int{1, 2, 1}, []int{1, 1, 1}},
		{"n p n", []int{1, 0, 1}, []int{1, 0, 1}, []int{1, 1, 1}},
		{"n, and a solution goes elsewhere before", []int{1}, []int{2, 1}, []int{1, 1}},
		{"n, and a solution goes elsewhere after", []int{1}, []int{1, 2}, []int{1, 2}},
		{"n n, and a reset begins anew", []int{1, 2}, []int{1, 2, 0}, []int{2, 2, 0}},
		{"nothing", nil, []int{2, 0}, []int{2, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := fixtureLessons()[0]
			p := newLessonPage(l, prose(t).Document(content.English, l.ID))
			f := newFeed(newFakeSession(l), 80, 24, false)
			t.Cleanup(func() { _ = f.close() })
			p.attach(f)
			for _, step := range tt.asks {
				p.goTo(step)
			}
			var got []int
			for _, step := range tt.told {
				p.handle(engine.StepStarted{Step: l.Steps[step].ID, At: day})
				got = append(got, p.step)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("the steps shown are %v, want %v", got, tt.want)
			}
		})
	}
}
