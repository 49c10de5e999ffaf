package tui

import (
	"image"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
)

// wheelLines is how far one notch of the mouse wheel goes.
const wheelLines = 3

// click gives the pane under the mouse the keys.
func (m *Model) click(e tea.Mouse) {
	if m.page != pageLesson || m.overlay != nil || m.tooSmall() || e.Button != tea.MouseLeft {
		return
	}
	if f, ok := m.paneAt(e.X, e.Y); ok {
		m.setFocus(f)
	}
}

// wheel scrolls what is under the mouse.
func (m *Model) wheel(e tea.Mouse) {
	by := wheelLines
	switch e.Button {
	case tea.MouseWheelUp:
	case tea.MouseWheelDown:
		by = -by
	default:
		return
	}
	if m.overlay != nil || m.tooSmall() {
		return
	}
	if m.page == pageList {
		l := m.list
		l.selected = max(min(l.selected-by/wheelLines, len(l.shown)-1), 0)
		return
	}
	f, ok := m.paneAt(e.X, e.Y)
	switch {
	case !ok:
	case f != focusTerminal:
		m.scrollPane(f, -by)
	case m.lesson.feed != nil:
		term := m.lesson.feed.term
		if p := term.Wheel(by); len(p) > 0 {
			m.lesson.feed.write(p)
			return
		}
		term.Scroll(by)
	}
}

// paneAt is the lesson's pane at a place of the screen.
func (m *Model) paneAt(x, y int) (focus, bool) {
	l := m.panes()
	at := image.Pt(x, y)
	in := func(r paint.Rect) bool { return at.In(r) }
	switch {
	case in(l.terminal):
		return focusTerminal, true
	case in(l.outcomes):
		return focusOutcomes, true
	case in(l.prose) && l.folded:
		return m.lesson.guide, true
	case in(l.prose):
		return focusProse, true
	}
	return 0, false
}
