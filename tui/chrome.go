package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
)

// drawHeader draws the line at the top: where the learner is, the cluster, the
// language, and the key for help. On a narrow screen the course's name goes
// first, then details of the cluster, and only then is the title cut.
func (m *Model) drawHeader(c *paint.Canvas, area paint.Rect, crumbs []string) {
	c.Fill(area, paint.Bar)
	lefts := []paint.Row{m.crumbs(crumbs), m.crumbs(crumbs[len(crumbs)-1:])}
	help := paint.S(paint.BarDim, m.words.T("key.help")+" ")
	badge, short := m.cluster.badge(m.words, m.glyphs()), m.cluster.shortBadge(m.words, m.glyphs())
	if m.cfg.Drafts != nil {
		badge = paint.R(paint.Bar, m.words.T("preview.title"))
		short = badge
	}
	rights := []paint.Row{m.status(badge, help), m.status(badge[:1], help), m.status(short, help), m.status(short)}
	left, right := lefts[1], rights[len(rights)-1]
search:
	for _, r := range rights {
		for _, l := range lefts {
			if l.Width()+r.Width()+1 <= area.Dx() {
				left, right = l, r
				break search
			}
		}
	}
	used := c.Right(area, 0, right)
	m.headerSpots(area, right)
	area.Max.X -= used + 1
	c.Row(area, 0, left)
}

// headerSpots makes the language and the question mark places to click: they
// are the last of the header's right part.
func (m *Model) headerSpots(area paint.Rect, right paint.Row) {
	if m.overlay != nil {
		return
	}
	x := area.Max.X
	for i := len(right) - 1; i >= 0 && x > area.Min.X; i-- {
		w := right[i : i+1].Width()
		x -= w
		b := m.keys.Help
		if strings.TrimSpace(right[i].Text) == m.lang.Name() {
			b = m.keys.Language
		}
		if m.page == pageLesson && m.lesson.focus == focusTerminal {
			m.spot(paint.Area(x, area.Min.Y, w, 1), func() tea.Cmd { return m.outside(press(b)) })
		} else {
			m.keySpot(paint.Area(x, area.Min.Y, w, 1), b)
		}
		if key.Matches(press(b), m.keys.Language) {
			return
		}
	}
}

func (m *Model) crumbs(crumbs []string) paint.Row {
	row := paint.Row{paint.S(paint.Bar, " podlab"), paint.S(paint.BarDim, "  ")}
	for i, crumb := range crumbs {
		if i == len(crumbs)-1 {
			return append(row, paint.S(paint.Bar, crumb))
		}
		row = append(row, paint.S(paint.BarDim, crumb+" "+m.glyphs().Crumb+" "))
	}
	return row
}

// status is the header's right part.
func (m *Model) status(badge paint.Row, help ...paint.Span) paint.Row {
	row := append(paint.Row{}, badge...)
	row = append(row, paint.S(paint.BarDim, "  "+m.lang.Name()+"  "), paint.S(paint.Bar, "? "))
	return append(row, help...)
}

// drawHelpLine draws the bottom line: what has just happened, or else the keys
// that fit. The last ones stand at the right in any case.
func (m *Model) drawHelpLine(c *paint.Canvas, area paint.Rect, bindings, last []key.Binding) {
	area.Min.X++
	area.Max.X--
	switch {
	case m.toast != nil:
		c.Row(area, 0, m.toast)
		return
	case m.demo != nil:
		c.Row(area, 0, m.demoLine())
		return
	}
	if m.overlay != nil { // it has the keys, and shows its own
		bindings, last = nil, []key.Binding{m.keys.Cancel}
	}
	width := -2
	for _, b := range last {
		width += m.keyRow(b).Width()
	}
	right := area
	right.Min.X = max(area.Max.X-max(width, 0), area.Min.X)
	m.drawKeys(c, right, last...)
	area.Max.X = right.Min.X - 2
	m.drawKeys(c, area, bindings...)
}

// keyRow is a key with what it does, and the space after it.
func (m *Model) keyRow(b key.Binding) paint.Row {
	return paint.Row{paint.S(paint.Key, b.Help().Key+" "), paint.S(paint.Dim, b.Help().Desc), paint.S(paint.Text, "  ")}
}

// drawKeys draws as many keys as fit into a line; a click on one presses it.
func (m *Model) drawKeys(c *paint.Canvas, area paint.Rect, bindings ...key.Binding) {
	for _, b := range bindings {
		row := m.keyRow(b)
		w := row.Width()
		if w-2 > area.Dx() {
			return
		}
		c.Row(area, 0, row)
		m.keySpot(paint.Area(area.Min.X, area.Min.Y, w-2, 1), b)
		area.Min.X += w
	}
}

// drawTooSmall says how large the screen must be.
func (m *Model) drawTooSmall(c *paint.Canvas) {
	area := c.Bounds()
	text := m.words.T("notice.too-small", "Width", m.width, "Height", m.height, "MinWidth", minWidth, "MinHeight", minHeight)
	rows := paint.Wrap(area.Dx(), nil, nil, paint.R(paint.Text, text))
	area.Min.Y += max((area.Dy()-len(rows))/2, 0)
	c.Rows(area, rows, 0)
}
