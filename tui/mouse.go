package tui

import (
	"image"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
)

// wheelLines is how far one notch of the mouse wheel goes.
const wheelLines = 3

// spot is a place of the frame that can be clicked.
type spot struct {
	area  paint.Rect
	click func() tea.Cmd
}

// spot notes while a frame is drawn what a click on a place of it does. Of
// places that overlap the one noted last counts.
func (m *Model) spot(area paint.Rect, click func() tea.Cmd) {
	m.spots = append(m.spots, spot{area, click})
}

// keySpot makes a place do what a key does.
func (m *Model) keySpot(area paint.Rect, b key.Binding) {
	m.spot(area, func() tea.Cmd {
		k := press(b)
		if k.Text != "" { // it would be typed into the search
			m.list.filter.Blur()
		}
		return m.key(k)
	})
}

// click does what the place under the mouse stands for, or else gives the pane
// there the keys.
func (m *Model) click(e tea.Mouse) tea.Cmd {
	if m.tooSmall() || e.Button != tea.MouseLeft {
		return nil
	}
	at := image.Pt(e.X, e.Y)
	for _, s := range slices.Backward(m.spots) {
		if at.In(s.area) {
			m.toast = nil
			return s.click()
		}
	}
	if m.page != pageLesson || m.overlay != nil {
		return nil
	}
	if f, ok := m.paneAt(e.X, e.Y); ok {
		m.setFocus(f)
	}
	return nil
}

// wheel scrolls what is under the mouse.
func (m *Model) wheel(e tea.Mouse) tea.Cmd {
	by, b := wheelLines, m.keys.Up
	switch e.Button {
	case tea.MouseWheelUp:
	case tea.MouseWheelDown:
		by, b = -by, m.keys.Down
	default:
		return nil
	}
	switch {
	case m.tooSmall():
		return nil
	case m.overlay != nil:
		return m.overlay.key(m, press(b))
	case m.page == pageList:
		l := m.list
		l.selected = max(min(l.selected-by/wheelLines, len(l.shown)-1), 0)
		return nil
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
			return nil
		}
		term.Scroll(by)
	}
	return nil
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
	case in(l.live):
		return focusLive, true
	case in(l.prose) && l.folded:
		return m.lesson.guide, true
	case in(l.prose):
		return focusProse, true
	}
	return 0, false
}
