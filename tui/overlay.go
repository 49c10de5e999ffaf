package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
)

// overlay is a dialog above a page. It has all keys while it is shown.
type overlay interface {
	key(m *Model, k tea.KeyPressMsg) tea.Cmd
	draw(m *Model, c *paint.Canvas)
}

// typist is an overlay that one types a text into.
type typist interface {
	paste(m *Model, msg tea.PasteMsg) tea.Cmd
	cursor(m *Model) *tea.Cursor
}

// dialogBox draws an overlay's frame around w by h cells and returns its inside.
func dialogBox(m *Model, c *paint.Canvas, title string, w, h int) paint.Rect {
	box := paint.Center(c.Bounds(), w+4, h+2)
	c.Fill(box, paint.Text)
	c.Box(box, paint.Focus)
	c.Join()
	m.boxTitle(c, box, title, true)
	return inner(box)
}

// confirm asks before something that cannot be taken back.
type confirm struct {
	title, question string // message ids
	yes             func() tea.Cmd
	// again is a key that says yes, too, as the one that asked.
	again key.Binding
}

func (d *confirm) key(m *Model, k tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(k, m.keys.Yes, d.again):
		m.overlay = nil
		return d.yes()
	case key.Matches(k, m.keys.No, m.keys.Quit):
		m.overlay = nil
	}
	return nil
}

func (d *confirm) draw(m *Model, c *paint.Canvas) {
	width := min(c.Bounds().Dx()-6, 60)
	rows := paint.Wrap(width, nil, nil, paint.R(paint.Text, m.words.T(d.question)))
	in := dialogBox(m, c, m.words.T(d.title), width, len(rows)+2)
	c.Rows(in, rows, 0)
	m.drawKeys(c, paint.Area(in.Min.X, in.Max.Y-1, in.Dx(), 1), m.keys.Yes, m.keys.No)
}

// textBox shows rows that can be scrolled: the help, a lesson's summary.
type textBox struct {
	title string // message id
	rows  func(m *Model, width int) []paint.Row
	enter func(m *Model) tea.Cmd // what Enter does, nil to close only
	next  func(m *Model) tea.Cmd // what n does, nil for nothing
	top   int
	page  int
	atEnd bool // the last row was shown
}

func (d *textBox) key(m *Model, k tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(k, m.keys.Up):
		d.top--
	case key.Matches(k, m.keys.Down):
		d.top++
	case key.Matches(k, m.keys.PageUp):
		d.top -= d.page
	case key.Matches(k, m.keys.PageDown):
		d.top += d.page
	case d.next != nil && key.Matches(k, m.keys.NextStep):
		m.overlay = nil
		return d.next(m)
	case key.Matches(k, m.keys.Choose):
		m.overlay = nil
		if d.enter != nil {
			return d.enter(m)
		}
	case key.Matches(k, m.keys.Cancel), key.Matches(k, m.keys.Help), key.Matches(k, m.keys.Quit):
		m.overlay = nil
	}
	return nil
}

func (d *textBox) draw(m *Model, c *paint.Canvas) {
	width := min(c.Bounds().Dx()-6, 72)
	rows := d.rows(m, width)
	in := dialogBox(m, c, m.words.T(d.title), width, min(len(rows), c.Bounds().Dy()-4))
	d.page = in.Dy()
	d.top = max(min(d.top, len(rows)-d.page), 0)
	c.Rows(in, rows, d.top)
	if d.atEnd = d.top+d.page >= len(rows); !d.atEnd {
		c.Right(paint.Area(in.Min.X, in.Max.Y, in.Dx(), 1), 0, paint.R(paint.Accent, " "+m.glyphs().Down+" "))
	}
}
