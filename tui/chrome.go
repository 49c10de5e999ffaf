package tui

import (
	"charm.land/bubbles/v2/key"

	"github.com/podlab/podlab/tui/paint"
)

// drawHeader draws the line at the top: where the learner is, the cluster, the
// language, and the key for help.
func (m *Model) drawHeader(c *paint.Canvas, area paint.Rect, crumbs []string) {
	g := m.glyphs()
	c.Fill(area, paint.Bar)
	right := append(paint.Row{}, m.cluster.badge(m.words, g)...)
	right = append(right, paint.S(paint.BarDim, "   "+names[m.lang]+"   "), paint.S(paint.Bar, "? "), paint.S(paint.BarDim, m.words.T("key.help")+" "))
	left := paint.R(paint.Bar, " podlab")
	for i, crumb := range crumbs {
		sep := "  "
		if i > 0 {
			sep = " " + g.Crumb + " "
		}
		role := paint.BarDim
		if i == len(crumbs)-1 {
			role = paint.Bar
		}
		left = append(left, paint.S(paint.BarDim, sep), paint.S(role, crumb))
	}
	// Where both do not fit, the course's name gives way, then the lesson's
	// title is cut.
	if left.Width()+right.Width() > area.Dx() && len(crumbs) > 1 {
		left = paint.Row{paint.S(paint.Bar, " podlab"), paint.S(paint.BarDim, " "+g.Crumb+" "), paint.S(paint.Bar, crumbs[len(crumbs)-1])}
	}
	used := c.Right(area, 0, right)
	area.Max.X -= used + 1
	c.Row(area, 0, left)
}

// drawHelpLine draws the bottom line: what has just happened, or else the keys
// that fit.
func (m *Model) drawHelpLine(c *paint.Canvas, area paint.Rect, bindings []key.Binding) {
	area.Min.X++
	if m.toast != nil {
		c.Row(area, 0, m.toast)
		return
	}
	var row paint.Row
	width := 0
	for i, b := range bindings {
		part := paint.Row{paint.S(paint.Key, b.Help().Key+" "), paint.S(paint.Dim, b.Help().Desc)}
		if i > 0 {
			part = append(paint.Row{paint.S(paint.Text, "  ")}, part...)
		}
		if width += part.Width(); width > area.Dx() {
			break
		}
		row = append(row, part...)
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
