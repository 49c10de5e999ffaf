package tui

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
	"github.com/podlab/podlab/tui/wrap"
)

// drawList draws the list of lessons, and below it the cluster while it
// starts. It returns the cursor of the search field.
func (m *Model) drawList(c *paint.Canvas) *tea.Cursor {
	m.drawHeader(c, paint.Area(0, 0, m.width, 1), []string{m.words.T("list.heading")})
	body := paint.Area(0, 1, m.width, m.height-2)
	for _, n := range m.cfg.Notices {
		rows := paint.Wrap(body.Dx()-2, paint.R(paint.Warn, "! "), nil, paint.R(paint.Warn, n))
		rows = rows[:min(len(rows), 2)]
		c.Rows(paint.Area(1, body.Min.Y, body.Dx()-2, len(rows)), rows, 0)
		body.Min.Y += len(rows)
	}
	var panel []paint.Row
	if m.cluster.state != clusterRunning && m.cfg.Drafts == nil {
		panel = m.cluster.rows(m.words, m.glyphs(), body.Dx()-4)
	}
	list, cluster := body, paint.Rect{}
	if len(panel) > 0 {
		h := min(len(panel)+2, body.Dy()/2+1)
		list.Max.Y -= h - 1
		cluster = paint.Area(0, list.Max.Y-1, body.Dx(), h)
	}
	detail := paint.Rect{}
	if m.width >= wideWidth {
		w := list.Dx() * 58 / 100
		detail = paint.Area(w-1, list.Min.Y, list.Dx()-w+1, list.Dy())
		list.Max.X = w
	}
	c.Box(cluster, paint.Border)
	c.Box(detail, paint.Border)
	c.Box(list, paint.Focus)
	c.Join()
	if !cluster.Empty() {
		m.boxTitle(c, cluster, m.words.T("cluster.title"), false)
		c.Rows(inner(cluster), panel, max(len(panel)-inner(cluster).Dy(), 0))
	}
	if !detail.Empty() {
		m.boxTitle(c, detail, m.words.T("pane.about"), false)
		c.Rows(inner(detail), m.aboutRows(inner(detail).Dx()), 0)
	}
	m.drawLessons(c, list)
	cursor := m.drawSearch(c, list)
	keys, last := m.keys.listHelp()
	if m.list.filter.Focused() { // every other key is typed into it
		keys, last = []key.Binding{m.keys.Open}, []key.Binding{m.keys.Cancel}
	}
	m.drawHelpLine(c, paint.Area(0, m.height-1, m.width, 1), keys, last)
	return cursor
}

// drawLessons draws the list: two rows a lesson.
func (m *Model) drawLessons(c *paint.Canvas, box paint.Rect) {
	l, g := m.list, m.glyphs()
	in := paint.Inner(box)
	if len(l.shown) == 0 {
		c.Row(inner(box), 0, paint.R(paint.Dim, m.words.T("list.empty")))
		return
	}
	fit := max(in.Dy()/2, 1)
	l.fit = fit
	first := max(min(l.selected-fit/2, len(l.shown)-fit), 0)
	for y := 0; y < fit && first+y < len(l.shown); y++ {
		item := &l.items[l.shown[first+y]]
		mark, role := "  ", paint.Text
		if first+y == l.selected {
			mark, role = g.Current+" ", paint.Selected
		}
		text, fraction := l.done(item.lesson.ID)
		state, stateRole := g.Todo, paint.Dim
		switch {
		case fraction >= 1:
			state, stateRole = g.Done, paint.Good
		case fraction > 0:
			state, stateRole = g.Pending, paint.Warn
		}
		minutes := m.words.T("time.minutes", "N", item.lesson.Minutes)
		right := paint.R(paint.Dim, minutes+"  ")
		barRole := paint.Accent
		if fraction >= 1 {
			barRole = paint.Good
		}
		right = append(right, bar(g, barRole, fraction, 8)...)
		right = append(right, paint.S(paint.Dim, fmt.Sprintf(" %5s ", text)))
		title := paint.Row{paint.S(role, mark), paint.S(stateRole, state+" "), paint.S(role, fmt.Sprintf("%2d  %s", item.lesson.Order, item.doc.Title))}
		row := paint.Area(in.Min.X, in.Min.Y+2*y, in.Dx(), 1)
		used := c.Right(row, 0, right)
		row.Max.X -= used + 1
		title = pad(title, row.Dx(), g)
		if first+y == l.selected {
			title = title.As(role)
		}
		c.Row(row, 0, title)
		m.spot(paint.Area(in.Min.X, in.Min.Y+2*y, in.Dx(), 2), func() tea.Cmd { return m.clickLesson(first + y) })
		if 2*y+1 < in.Dy() {
			c.Row(paint.Area(in.Min.X+7, in.Min.Y+2*y+1, in.Dx()-8, 1), 0, paint.R(paint.Dim, item.doc.Summary))
		}
	}
	edge := paint.Area(in.Min.X, box.Max.Y-1, in.Dx(), 1)
	done, minutes := l.tally()
	tally := m.words.T("list.tally", "Done", done, "Count", len(l.items))
	if minutes > 0 {
		tally += g.Dot + m.words.T("list.left", "Time", m.words.minutes(minutes))
	}
	if text := paint.R(paint.Dim, " "+tally+" "); text.Width() < edge.Dx()-8 {
		c.Row(edge, 0, text)
	}
	if below := len(l.shown) - first - fit; below > 0 {
		c.Right(edge, 0, paint.R(paint.Accent, fmt.Sprintf(" %s %d ", g.Down, below)))
	}
}

// clickLesson selects a lesson of those shown; the selected one it opens.
func (m *Model) clickLesson(i int) tea.Cmd {
	l := m.list
	if i != l.selected {
		l.selected = i
		return nil
	}
	if item := l.current(); item != nil {
		l.filter.Blur()
		return m.openLesson(item.lesson)
	}
	return nil
}

// drawSearch draws the list's title, with the search field in it.
func (m *Model) drawSearch(c *paint.Canvas, box paint.Rect) *tea.Cursor {
	l := m.list
	title := m.words.T("list.title")
	if !l.filter.Focused() && l.filter.Value() == "" {
		m.boxTitle(c, box, title, true)
		m.keySpot(paint.Area(box.Min.X, box.Min.Y, box.Dx(), 1), m.keys.Search)
		return nil
	}
	lead := " " + title + "  / "
	area := paint.Area(box.Min.X+1, box.Min.Y, box.Dx()-2, 1)
	c.Row(area, 0, paint.Row{paint.S(paint.Title, lead), paint.S(paint.Bold, l.filter.Value()+" ")})
	if !l.filter.Focused() {
		return nil
	}
	typed := string([]rune(l.filter.Value())[:l.filter.Position()])
	return m.cursor(min(area.Min.X+wrap.Width(lead)+wrap.Width(typed), area.Max.X-1), box.Min.Y)
}

// aboutRows tell of the selected lesson.
func (m *Model) aboutRows(width int) []paint.Row {
	item := m.list.current()
	if item == nil {
		return nil
	}
	rows := paint.Wrap(width, nil, nil, paint.R(paint.Title, item.doc.Title))
	rows = append(append(rows, nil), paint.Wrap(width, nil, nil, paint.R(paint.Text, item.doc.Summary))...)
	label := func(id string, value paint.Row) {
		lead := paint.R(paint.Dim, m.words.T(id)+"  ")
		rows = append(rows, append(lead, value...))
	}
	rows = append(rows, nil)
	if text, fraction := m.list.done(item.lesson.ID); fraction > 0 {
		state, role := m.glyphs().Pending+" "+m.words.T("list.begun"), paint.Warn
		if fraction >= 1 {
			state, role = m.glyphs().Done+" "+m.words.T("list.done"), paint.Good
		}
		label("pane.steps", append(paint.Row{paint.S(role, state+" ")}, paint.S(paint.Text, text)))
	}
	label("about.time", paint.R(paint.Text, m.words.T("list.minutes", "Count", item.lesson.Minutes)))
	label("about.languages", item.langRow())
	if page := item.lesson.Upstream.Page; page != "" {
		link := paint.R(paint.Link, m.lang.Page(page, item.lesson.Upstream.Without))
		rows = append(rows, paint.Wrap(width, paint.R(paint.Dim, m.words.T("about.page")+"  "), nil, link)...)
	}
	rows = append(rows, nil, paint.R(paint.Dim, m.words.T("pane.steps")))
	for i := range item.lesson.Steps {
		heading := item.lesson.Steps[i].ID
		if i < len(item.doc.Sections) {
			heading = item.doc.Sections[i].Heading
		}
		rows = append(rows, paint.Wrap(width, paint.R(paint.Dim, fmt.Sprintf("%2d ", i+1)), nil, paint.R(paint.Text, heading))...)
	}
	return rows
}
