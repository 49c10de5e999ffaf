package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/tui/paint"
)

// summaryBox closes a finished lesson: what was seen, how fast, and what this
// machine could not show. Enter goes back to the list.
func summaryBox() *textBox {
	return &textBox{
		title: "summary.title",
		enter: func(m *Model) tea.Cmd { return m.showList() },
		rows: func(m *Model, width int) []paint.Row {
			return m.lesson.summary(m.words, m.glyphs(), width)
		},
	}
}

func (p *lessonPage) summary(w words, g *paint.Glyphs, width int) []paint.Row {
	rows := paint.Wrap(width, nil, nil, paint.R(paint.Title, p.doc.Title))
	rows = append(rows, nil)
	met, unavailable := 0, 0
	for i, step := range p.lesson.Steps {
		for _, o := range step.Outcomes {
			s := p.status(step.ID, o.ID)
			label := p.label(w, i, o.ID)
			note := ""
			switch s.State {
			case engine.Met:
				met++
				if s.MetIn > 0 {
					note = w.seconds(s.MetIn.Round(100 * time.Millisecond))
				}
			case engine.Unavailable:
				unavailable++
				note = w.Say(s.Reason)
			}
			mark, role := outcomeMark(g, s.State)
			text := paint.Row{paint.S(paint.Text, label)}
			if note != "" {
				text = append(text, paint.S(paint.Dim, g.Dot+note))
			}
			rows = append(rows, paint.Wrap(width, paint.R(role, mark+" "), nil, text)...)
		}
	}
	rows = append(rows, nil, paint.R(paint.Good, w.T("summary.met", "Count", met)))
	if unavailable > 0 {
		rows = append(rows, paint.R(paint.Dim, w.T("summary.unavailable", "Count", unavailable)))
	}
	if p.lesson.Upstream.Page != "" {
		more := paint.Row{paint.S(paint.Text, w.T("summary.more")+" "), paint.S(paint.Link, p.lesson.Upstream.Page)}
		rows = append(append(rows, nil), paint.Wrap(width, nil, nil, more)...)
	}
	back := paint.Row{paint.S(paint.Key, g.Enter+" "), paint.S(paint.Text, w.T("summary.back"))}
	return append(rows, nil, back)
}
