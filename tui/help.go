package tui

import (
	"charm.land/bubbles/v2/key"

	"github.com/podlab/podlab/tui/paint"
)

// place is where the learner is.
func (m *Model) place() place {
	switch {
	case m.page == pageList:
		return inList
	case m.cfg.Drafts != nil:
		return inPreview
	}
	return inLesson
}

// helpBox shows every key, those that work where the learner is first.
func helpBox() *textBox {
	return &textBox{title: "help.title", rows: func(m *Model, width int) []paint.Row {
		here, elsewhere := m.keys.groups(m.place())
		var rows []paint.Row
		for i, group := range here {
			heading := m.words.T(group.heading)
			if i == 0 {
				heading = m.words.T("help.here", "Place", heading)
			}
			rows = append(rows, m.keyRows(heading, paint.Title, group.keys, width)...)
		}
		rows = append(rows, paint.Wrap(width, nil, nil, paint.R(paint.Dim, m.words.T("help.mouse")))...)
		rows = append(rows, nil)
		for _, group := range elsewhere {
			rows = append(rows, m.keyRows(m.words.T(group.heading), paint.Dim, group.keys, width)...)
		}
		return rows[:len(rows)-1]
	}}
}

// keyRows are keys under a heading, and an empty row below them.
func (m *Model) keyRows(heading string, role paint.Role, keys []key.Binding, width int) []paint.Row {
	rows := []paint.Row{paint.R(role, heading)}
	for _, b := range keys {
		lead := pad(paint.R(paint.Key, "  "+b.Help().Key), 14, m.glyphs())
		rows = append(rows, paint.Wrap(width, lead, nil, paint.R(paint.Text, b.Help().Desc))...)
	}
	return append(rows, nil)
}
