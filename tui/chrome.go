package tui

import (
	"charm.land/bubbles/v2/key"

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
	area.Max.X -= used + 1
	c.Row(area, 0, left)
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
	if m.toast != nil {
		c.Row(area, 0, m.toast)
		return
	}
	part := func(b key.Binding) paint.Row {
		return paint.Row{paint.S(paint.Key, b.Help().Key+" "), paint.S(paint.Dim, b.Help().Desc), paint.S(paint.Text, "  ")}
	}
	var right paint.Row
	for _, b := range last {
		right = append(right, part(b)...)
	}
	if len(right) > 0 {
		right = right[:len(right)-1]
	}
	area.Max.X -= c.Right(area, 0, right) + 2
	var row paint.Row
	for _, b := range bindings {
		more := part(b)
		if row.Width()+more.Width()-2 > area.Dx() {
			break
		}
		row = append(row, more...)
	}
	c.Row(area, 0, row)
}

// drawTooSmall says how large the screen must be.
func (m *Model) drawTooSmall(c *paint.Canvas) {
	area := c.Bounds()
	text := m.words.T("notice.too-small", "Width", m.width, "Height", m.height, "MinWidth", minWidth, "MinHeight", minHeight)
	rows := paint.Wrap(area.Dx(), nil, nil, paint.R(paint.Text, text))
	area.Min.Y += max((area.Dy()-len(rows))/2, 0)
	c.Rows(area, rows, 0)
}
