package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/tui/paint"
)

// Demo makes the screen play its lesson by itself, as a person would: it reads,
// types, looks at what came of it, and goes on. Any key ends it. Run returns the
// error of what keeps the lesson from going on: a step that is not done, a cluster
// that is lost, a session that ends.
type Demo struct {
	// Speed is how fast it reads: 1 is a person's pace, 2 is twice as fast.
	Speed float64
}

// demoStage is what a demo does now.
type demoStage int

const (
	demoReading demoStage = iota
	demoLooking
	demoSummary
	demoEnd
)

// demo is a demo that goes on.
type demo struct {
	speed float64
	stage demoStage
	pages int   // of prose that are still to be read
	pause int   // counts pauses, so that one that was cut short counts no more
	err   error // that ended it
}

type demoMsg struct{ pause int }

// How long a person takes.
const (
	readingRow = 900 * time.Millisecond // a row of prose
	shortLook  = 2500 * time.Millisecond
	longLook   = 5 * time.Second
)

// rest goes on with the demo after a pause.
func (m *Model) rest(d time.Duration) tea.Cmd {
	m.demo.pause++
	return m.work.after(time.Duration(float64(d)/m.demo.speed), demoMsg{m.demo.pause})
}

// endDemo ends the demo and the program.
func (m *Model) endDemo(err error) tea.Cmd {
	m.demo.stage, m.demo.err = demoEnd, err
	if p := m.lesson; p != nil && p.busy != nil {
		p.busy.cancel()
	}
	return tea.Quit
}

// byHand says whether a message is what somebody did.
func byHand(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.MouseClickMsg, tea.PasteMsg:
		return true
	}
	return false
}

// demoOn goes on with the demo where a message leads to. It comes after the
// screen has taken the message in.
func (m *Model) demoOn(msg tea.Msg) tea.Cmd {
	if m.demo.stage == demoEnd {
		return nil
	}
	if byHand(msg) {
		return m.endDemo(nil)
	}
	switch msg := msg.(type) {
	case startedMsg:
		if msg.err != nil {
			return m.endDemo(msg.err)
		}
	case openedMsg:
		if msg.err != nil || m.lesson.feed == nil {
			return m.endDemo(msg.err)
		}
		return m.act("step.resetting", func(ctx context.Context, s Session) error { return s.ResetLesson(ctx) })
	case feedMsg:
		if msg.ended {
			return m.endDemo(say.Error(say.Plain(m.words.T("demo.ended"))))
		}
		for _, e := range msg.events {
			if lost, ok := e.(engine.ClusterLost); ok {
				return m.endDemo(lost.Err)
			}
		}
	case actionMsg:
		switch {
		case msg.err != nil:
			return m.endDemo(msg.err)
		case msg.action.message == "step.resetting":
			return m.demoRead()
		}
		m.demo.stage = demoLooking
		if m.panes().folded {
			m.setFocus(focusOutcomes)
		}
		return m.rest(shortLook)
	case demoMsg:
		if msg.pause == m.demo.pause {
			return m.demoNext()
		}
	}
	return nil
}

// demoRead begins to read a step.
func (m *Model) demoRead() tea.Cmd {
	m.demo.stage, m.toast = demoReading, nil
	m.setFocus(focusProse)
	in := inner(m.panes().prose)
	rows := len(m.guideRows(m.panes(), in.Dx()))
	m.demo.pages = max((rows-1)/max(in.Dy(), 1), 0)
	return m.rest(time.Duration(min(rows, max(in.Dy(), 1))) * readingRow / 2)
}

// demoNext does what comes after a pause.
func (m *Model) demoNext() tea.Cmd {
	p := m.lesson
	m.toast = nil
	switch m.demo.stage {
	case demoReading:
		if m.demo.pages > 0 {
			m.demo.pages--
			page := max(inner(m.panes().prose).Dy()-1, 1)
			m.scrollPane(focusProse, page)
			return m.rest(time.Duration(page) * readingRow / 2)
		}
		return m.solve()
	case demoLooking:
		if !p.last() {
			p.goTo(p.step + 1)
			return m.demoRead()
		}
		m.debrief()
		m.demo.stage = demoSummary
		return m.rest(longLook)
	case demoSummary:
		if box, ok := m.overlay.(*textBox); ok && !box.atEnd {
			box.top += max(box.page-1, 1)
			return m.rest(longLook)
		}
		return m.endDemo(nil)
	}
	return nil
}

// demoLine stands in the lowest line while a demo goes on.
func (m *Model) demoLine() paint.Row {
	return paint.R(paint.Dim, m.words.T("demo.any-key"))
}
