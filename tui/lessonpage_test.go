package tui

import (
	"fmt"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

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

// A step that is opened again is done only when that is told once more.
func TestReopenedStep(t *testing.T) {
	s, f := begin(t, 120, 40)
	s.press("enter")
	s.shows("✓ step done")
	f.emit(engine.StepReopened{Step: f.lesson.Steps[0].ID, At: day})
	s.gone("✓ step done")
}

// ranSession notes the commands that it is given.
type ranSession struct {
	*fakeSession
	ran []string
}

func (s *ranSession) Run(line string) error {
	s.ran = append(s.ran, line)
	return nil
}

// Enter that comes just before a command's end is taken when the end is told. It is
// dropped when the learner does something else meanwhile, and after a while.
func TestEnterBeforeTheCommandsEnd(t *testing.T) {
	ends := func(m *Model) {
		m.feed(feedMsg{feed: m.lesson.feed, events: []engine.Event{engine.CommandFinished{Line: "sleep 1", At: day}}})
	}
	waited := func(m *Model) { m.update(earlyMsg{m.lesson, m.lesson.early}) }
	for _, tt := range []struct {
		name  string
		step  int
		after []func(*Model)
		runs  []string
		says  string // message id
	}{
		{"the end is told", 0, []func(*Model){ends, waited}, []string{"kubectl create namespace mem-example"}, ""},
		{"the wait is over", 0, []func(*Model){waited, ends}, nil, "command.running"},
		{"another key", 0, []func(*Model){func(m *Model) { m.key(press(m.keys.Zoom)) }, ends, waited}, nil, ""},
		{"another step", 0, []func(*Model){func(m *Model) { m.lesson.goTo(1) }, ends, waited}, nil, ""},
		{"all commands have run", 2, []func(*Model){func(m *Model) { m.lesson.script.next = 1 }, ends, waited}, nil, ""},
		{"the step is done", 0, []func(*Model){func(m *Model) { m.lesson.done["namespace"] = true }, ends, waited}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := still(t, func(c *Config) { c.Lesson = "memory" })
			m.update(tea.WindowSizeMsg{Width: 120, Height: 40})
			s := &ranSession{fakeSession: newFakeSession(m.lesson.lesson)}
			f := newFeed(s, 80, 24, false)
			t.Cleanup(func() { _ = f.close() })
			m.lesson.attach(f)
			m.lesson.show(tt.step)
			m.lesson.handle(engine.CommandStarted{Line: "sleep 1", At: day})
			m.key(press(m.keys.Run))
			for _, f := range tt.after {
				f(m)
			}
			given := make(chan struct{})
			f.queue.put(func() error { close(given); return nil })
			<-given
			if !slices.Equal(s.ran, tt.runs) {
				t.Errorf("%q ran, want %q", s.ran, tt.runs)
			}
			says := ""
			if tt.says != "" {
				says = m.words.T(tt.says, "Key", m.keys.Leave.Help().Key)
			}
			if m.toast.String() != says {
				t.Errorf("it says %q, want %q", m.toast.String(), says)
			}
		})
	}
}

// A program that began before the screen was told of it is not typed into.
func TestEnterTypesIntoNoProgram(t *testing.T) {
	s, f := begin(t, 120, 40)
	f.mu.Lock()
	f.inner = true
	f.mu.Unlock()
	s.press("enter")
	s.shows("A command still runs")
	s.gone("inner: kubectl")
}
