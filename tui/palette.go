package tui

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"github.com/podlab/podlab/tui/paint"
	"github.com/podlab/podlab/tui/wrap"
)

// palette finds whatever can be done here by a few letters of its name: the
// keys' actions, steps, lessons, languages.
type palette struct {
	input    textinput.Model
	items    []paletteItem
	found    []fuzzy.Match
	selected int
	caret    [2]int // where the field was drawn last
}

// paletteItem is something that can be done.
type paletteItem struct {
	title string
	key   string // that does it, "" if none
	also  string // what it is found by besides
	run   func(m *Model) tea.Cmd
}

// String and Len make the items a source for the search.
func (p *palette) String(i int) string { return p.items[i].title + " " + p.items[i].also }
func (p *palette) Len() int            { return len(p.items) }

func (m *Model) openPalette() tea.Cmd {
	d := &palette{input: newField(), items: m.actions()}
	d.match()
	m.overlay = d
	return d.input.Focus()
}

// actions are all that can be done where the learner is.
func (m *Model) actions() []paletteItem {
	var items []paletteItem
	here, _ := m.keys.groups(m.place())
	seen := map[string]bool{m.keys.Palette.Help().Key: true, m.keys.Answer.Help().Key: true}
	for _, group := range here {
		for _, b := range group.keys {
			if name := b.Help().Key; !group.moves && !seen[name] {
				seen[name] = true
				items = append(items, paletteItem{
					title: b.Help().Desc, key: name, also: b.Keys()[0],
					run: func(m *Model) tea.Cmd { return m.aside(b) },
				})
			}
		}
	}
	if m.page == pageLesson {
		for i, s := range m.lesson.lesson.Steps {
			items = append(items, paletteItem{
				title: m.words.T("palette.step", "N", i+1, "Title", m.heading(i)), also: s.ID,
				run: func(m *Model) tea.Cmd { m.lesson.goTo(i); return nil },
			})
		}
	}
	for _, l := range m.cfg.Lessons {
		items = append(items, paletteItem{
			title: m.words.T("palette.lesson", "Title", m.cfg.Content.Document(m.lang, l.ID).Title), also: l.ID,
			run: func(m *Model) tea.Cmd { return m.openLesson(l) },
		})
	}
	for _, l := range m.cfg.Content.Langs() {
		items = append(items, paletteItem{
			title: m.words.T("notice.language", "Name", l.Name()), also: string(l),
			run: func(m *Model) tea.Cmd { return m.speak(l) },
		})
	}
	return items
}

// aside presses a key of the page. A shell that has the keys keeps them, unless it
// is them that the key moves.
func (m *Model) aside(b key.Binding) tea.Cmd {
	p, k := m.lesson, press(b)
	if m.page != pageLesson || p.focus != focusTerminal {
		return m.key(k)
	}
	p.focus = p.guide
	cmd := m.key(k)
	if m.page == pageLesson && p == m.lesson && !key.Matches(k, m.keys.Focus, m.keys.FocusBack) {
		p.focus = focusTerminal
	}
	return cmd
}

// match finds the items that have the letters typed, the best first; all of
// them while nothing is typed.
func (p *palette) match() {
	p.selected = 0
	if p.input.Value() == "" {
		p.found = p.found[:0]
		for i := range p.items {
			p.found = append(p.found, fuzzy.Match{Index: i})
		}
		return
	}
	p.found = fuzzy.FindFrom(p.input.Value(), p)
}

func (p *palette) key(m *Model, k tea.KeyPressMsg) tea.Cmd {
	n := len(p.found)
	switch {
	case k.Code == tea.KeyEscape, key.Matches(k, m.keys.Quit):
		m.overlay = nil
	case k.Code == tea.KeyEnter:
		return p.run(m, p.selected)
	case n > 0 && (k.Code == tea.KeyUp || k.String() == "ctrl+k"):
		p.selected = (p.selected + n - 1) % n
	case n > 0 && (k.Code == tea.KeyDown || key.Matches(k, m.keys.Find) || key.Matches(k, m.keys.Palette) && k.Mod != 0):
		p.selected = (p.selected + 1) % n
	default:
		return p.pass(k)
	}
	return nil
}

func (p *palette) paste(_ *Model, msg tea.PasteMsg) tea.Cmd { return p.pass(msg) }

// pass gives the field what was typed.
func (p *palette) pass(msg tea.Msg) tea.Cmd {
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if p.input.Value() != before {
		p.match()
	}
	return cmd
}

// run does what one of the found items stands for.
func (p *palette) run(m *Model, i int) tea.Cmd {
	m.overlay = nil
	if i >= len(p.found) {
		return nil
	}
	return p.items[p.found[i].Index].run(m)
}

func (p *palette) cursor(m *Model) *tea.Cursor { return m.cursor(p.caret[0], p.caret[1]) }

func (p *palette) draw(m *Model, c *paint.Canvas) {
	width := min(c.Bounds().Dx()-6, 60)
	height := min(p.Len(), c.Bounds().Dy()-8, 16)
	in := dialogBox(m, c, m.words.T("palette.title"), width, height+2)
	field := paint.Row{paint.S(paint.Accent, m.glyphs().Crumb+" "), paint.S(paint.Bold, p.input.Value())}
	c.Row(in, 0, field)
	typed := string([]rune(p.input.Value())[:p.input.Position()])
	p.caret = [2]int{min(in.Min.X+2+wrap.Width(typed), in.Max.X-1), in.Min.Y}
	if len(p.found) == 0 {
		c.Row(in, 2, paint.R(paint.Dim, m.words.T("palette.empty")))
		return
	}
	top := max(min(p.selected-height/2, len(p.found)-height), 0)
	for y := 0; y < height && top+y < len(p.found); y++ {
		item := p.items[p.found[top+y].Index]
		line := paint.Area(in.Min.X, in.Min.Y+2+y, in.Dx(), 1)
		shortcut := paint.R(paint.Key, item.key+" ")
		row := pad(paint.R(paint.Text, item.title), in.Dx()-2-shortcut.Width(), m.glyphs())
		c.Row(line, 0, m.selectable(append(row, shortcut...), top+y == p.selected, in.Dx()))
		m.spot(line, func() tea.Cmd { return p.run(m, top+y) })
	}
}
