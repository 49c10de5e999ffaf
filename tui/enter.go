package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
)

// enter does what the command bar says.
func (m *Model) enter() tea.Cmd {
	p := m.lesson
	switch {
	case p.feed == nil:
		return m.noSession()
	case p.finished:
		m.debrief()
	case p.done[p.current().ID] && !p.inProgram():
		if p.last() { // what it left may be gone by now
			m.say(paint.Dim, "step.open", "Key", m.keys.CatchUp.Help().Key)
		}
		p.goTo(p.onward())
	default:
		return m.runNext()
	}
	return nil
}

// settle is how long the shell has to report that it began a line; Enter
// pressed twice would otherwise type it twice.
const settle = 400 * time.Millisecond

// soon is how long an Enter that was pressed while a command runs waits for the
// command's end, which may be about to be told.
const soon = 600 * time.Millisecond

// earlyMsg comes when an early Enter has waited long enough.
type earlyMsg struct {
	page    *lessonPage
	pressed time.Time
}

// runNext types the step's next command and runs it; while another runs, it waits a
// little for that one's end.
func (m *Model) runNext() tea.Cmd {
	p := m.lesson
	l, _, ok := p.script.upcoming()
	switch {
	case !ok:
		return nil
	case p.running && !l.send:
		p.early = time.Now()
		msg := earlyMsg{p, p.early}
		return m.work.after(soon, msg)
	case !l.send && time.Since(p.typed) < settle:
		return nil
	}
	p.typed = time.Now()
	p.feed.toEnd()
	if l.send {
		p.script.sent()
		p.feed.typeLine(l.text)
	} else {
		p.feed.run(l.text)
	}
	if m.panes().folded && len(p.current().Outcomes) > 0 {
		m.setFocus(focusOutcomes) // they are about to turn
	}
	return nil
}

// takeEarly takes an early Enter now that the command has ended, if there is a
// command to go on with: the last one, or one that failed, is not run once more, since
// that may not be what was meant.
func (m *Model) takeEarly() {
	p := m.lesson
	_, again, ok := p.script.upcoming()
	if p.early.IsZero() || again || p.script.retrying() || !ok || p.done[p.current().ID] || p.feed == nil {
		return
	}
	p.early = time.Time{}
	m.runNext()
}

// tooEarly says that an early Enter was in vain.
func (m *Model) tooEarly(msg earlyMsg) {
	p := msg.page
	if p != m.lesson || !p.early.Equal(msg.pressed) {
		return
	}
	p.early = time.Time{}
	if p.running {
		m.stillRuns()
	}
}

func (m *Model) stillRuns() {
	m.say(paint.Warn, "command.running", "Key", m.keys.Leave.Help().Key)
}
