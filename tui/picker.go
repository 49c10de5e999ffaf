package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
)

// picker lets the learner choose one of a list.
type picker struct {
	title    string // message id
	items    func(m *Model) []paint.Row
	selected int
	// moved is called when another item is selected, chosen on Enter.
	moved  func(m *Model, item int) tea.Cmd
	chosen func(m *Model, item int) tea.Cmd
	// again is a key that goes on to the next item, as the one that opened
	// the picker.
	again key.Binding
	// other, if it has keys, does otherwise with the selected item.
	other key.Binding
	also  func(m *Model, item int) tea.Cmd
}

func (d *picker) key(m *Model, k tea.KeyPressMsg) tea.Cmd {
	n := len(d.items(m))
	before := d.selected
	switch {
	case key.Matches(k, m.keys.Choose):
		return d.choose(m)
	case key.Matches(k, d.other):
		m.overlay = nil
		return d.also(m, d.selected)
	case key.Matches(k, d.again):
		d.selected = (d.selected + 1) % n
	case key.Matches(k, m.keys.Cancel), key.Matches(k, m.keys.Quit):
		m.overlay = nil
		return nil
	case key.Matches(k, m.keys.Up):
		d.selected = (d.selected + n - 1) % n
	case key.Matches(k, m.keys.Down):
		d.selected = (d.selected + 1) % n
	case len(k.Text) == 1 && strings.Contains("123456789", k.Text):
		if i := int(k.Text[0] - '1'); i < n {
			d.selected = i
		}
	}
	if d.selected != before && d.moved != nil {
		return d.moved(m, d.selected)
	}
	return nil
}

// choose takes the selected item.
func (d *picker) choose(m *Model) tea.Cmd {
	m.overlay = nil
	if d.chosen != nil {
		return d.chosen(m, d.selected)
	}
	return nil
}

func (d *picker) draw(m *Model, c *paint.Canvas) {
	rows := d.items(m)
	width := 24
	for _, r := range rows {
		width = max(width, r.Width()+3)
	}
	foot := []key.Binding{m.keys.Choose, m.keys.Cancel}
	if len(d.other.Keys()) > 0 {
		foot = []key.Binding{m.keys.Choose, d.other, m.keys.Cancel}
	}
	footW := -2
	for _, b := range foot {
		footW += m.keyRow(b).Width()
	}
	width = min(max(width, footW), c.Bounds().Dx()-6)
	height := min(len(rows), c.Bounds().Dy()-6)
	in := dialogBox(m, c, m.words.T(d.title), width, height+2)
	top := max(min(d.selected-height/2, len(rows)-height), 0)
	for y := 0; y < height; y++ {
		c.Row(in, y, m.selectable(rows[top+y], top+y == d.selected, in.Dx()))
		m.spot(paint.Area(in.Min.X, in.Min.Y+y, in.Dx(), 1), func() tea.Cmd {
			before := d.selected
			if d.selected = top + y; d.moved != nil && d.selected != before {
				return tea.Batch(d.moved(m, d.selected), d.choose(m))
			}
			return d.choose(m)
		})
	}
	m.drawKeys(c, paint.Area(in.Min.X, in.Max.Y-1, in.Dx(), 1), foot...)
}

// selectable is a row of a list, as wide as the list, with a mark before the selected
// one.
func (m *Model) selectable(row paint.Row, selected bool, width int) paint.Row {
	if !selected {
		return append(paint.R(paint.Text, "  "), row...)
	}
	return pad(append(paint.R(paint.Text, m.glyphs().Current+" "), row...), width, m.glyphs()).As(paint.Selected)
}

// languagePicker switches the language while the learner moves in it.
func languagePicker(m *Model) *picker {
	langs := m.cfg.Content.Langs()
	d := &picker{
		title: "key.language",
		again: m.keys.Language,
		items: func(*Model) []paint.Row {
			var rows []paint.Row
			for _, l := range langs {
				rows = append(rows, paint.R(paint.Text, l.Name()))
			}
			return rows
		},
		moved: func(m *Model, i int) tea.Cmd { return m.speak(langs[i]) },
	}
	for i, l := range langs {
		if l == m.lang {
			d.selected = i
		}
	}
	return d
}

// stepPicker goes to a step of the lesson.
func stepPicker(m *Model) *picker {
	return &picker{
		title:    "step.go-to",
		selected: m.lesson.step,
		again:    m.keys.Goto,
		items: func(m *Model) []paint.Row {
			rows := make([]paint.Row, 0, len(m.lesson.lesson.Steps))
			for i, s := range m.lesson.lesson.Steps {
				mark, role := m.glyphs().Todo, paint.Dim
				if m.lesson.done[s.ID] {
					mark, role = m.glyphs().Done, paint.Good
				}
				rows = append(rows, paint.Row{paint.S(role, mark+" "), paint.S(paint.Text, m.heading(i))})
			}
			return rows
		},
		chosen: func(m *Model, i int) tea.Cmd { m.lesson.goTo(i); return nil },
		other:  m.keys.SolveTo,
		also:   func(m *Model, i int) tea.Cmd { return m.skipTo(i) },
	}
}
