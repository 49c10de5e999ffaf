package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/tui/paint"
)

// drawLesson draws a lesson's page and returns where the cursor stands in its
// terminal, nil when it is elsewhere.
func (m *Model) drawLesson(c *paint.Canvas) *tea.Cursor {
	p := m.lesson
	l := m.panes()
	m.drawHeader(c, l.header, []string{m.words.T("list.heading"), p.doc.Title})

	boxes := []paint.Rect{l.steps, l.prose, l.outcomes, l.live, l.terminal}
	for _, b := range boxes {
		c.Box(b, paint.Border)
	}
	if b := m.focusBox(l); !b.Empty() {
		c.Box(b, paint.Focus)
	}
	c.Join()

	if !l.steps.Empty() {
		m.boxTitle(c, l.steps, m.words.T("pane.steps"), false)
		c.Rows(inner(l.steps), p.stepRows(m.glyphs(), inner(l.steps).Dx()), 0)
		m.stepSpots(inner(l.steps), 0)
	}
	if !l.prose.Empty() {
		m.drawGuide(c, l)
	}
	if !l.outcomes.Empty() {
		m.boxTitle(c, l.outcomes, m.words.T("pane.outcomes")+m.tally(), p.focus == focusOutcomes)
		m.drawScrolled(c, l.outcomes, focusOutcomes, p.outcomeRows(m.words, m.glyphs(), inner(l.outcomes).Dx()))
		m.outcomeSpots(inner(l.outcomes))
	}
	if !l.live.Empty() {
		m.boxTitle(c, l.live, m.words.T("pane.live"), p.focus == focusLive)
		m.drawLive(c, l.live)
	}
	var cursor *tea.Cursor
	if !l.terminal.Empty() {
		cursor = m.drawTerminal(c, l.terminal)
	}
	m.drawCommand(c, l.command)
	keys, last := m.keys.lessonHelp()
	if m.cfg.Drafts != nil {
		keys, last = m.keys.previewHelp()
	}
	if s := p.current(); s.Question != nil && p.verdict(s) == unanswered {
		answer := m.keys.Answer
		answer.SetHelp(fmt.Sprintf("1-%d", len(s.Question.Answers)), answer.Help().Desc)
		keys = append([]key.Binding{answer}, keys...)
	}
	if p.focus == focusTerminal {
		keys, last = m.keys.terminalHelp()
	}
	m.drawHelpLine(c, l.help, keys, last)
	return cursor
}

// inner is a box's inside with a column of air at both sides.
func inner(box paint.Rect) paint.Rect {
	in := paint.Inner(box)
	if in.Dx() > 2 {
		in.Min.X++
		in.Max.X--
	}
	return in
}

// focusBox is the box that has the keys.
func (m *Model) focusBox(l panes) paint.Rect {
	switch {
	case m.lesson.focus == focusTerminal:
		return l.terminal
	case m.lesson.focus == focusOutcomes && !l.folded:
		return l.outcomes
	case m.lesson.focus == focusLive && !l.folded:
		return l.live
	}
	return l.prose
}

func (m *Model) tally() string {
	decided, total := m.lesson.tally()
	if total == 0 {
		return ""
	}
	return fmt.Sprintf(" %d/%d", decided, total)
}

// drawGuide draws the pane above the terminal: the prose, or with folded panes
// what its tab shows.
func (m *Model) drawGuide(c *paint.Canvas, l panes) {
	p := m.lesson
	in := inner(l.prose)
	shown := focusProse
	if l.folded {
		shown = p.guide
		m.drawTabs(c, l.prose)
	} else {
		m.boxTitle(c, l.prose, p.section().Heading, p.focus == focusProse)
	}
	switch shown {
	case focusOutcomes:
		m.drawScrolled(c, l.prose, shown, p.outcomeRows(m.words, m.glyphs(), in.Dx()))
		m.outcomeSpots(in)
	case focusLive:
		m.drawLive(c, l.prose)
	case focusSteps:
		m.drawScrolled(c, l.prose, shown, p.stepRows(m.glyphs(), in.Dx()))
		m.stepSpots(in, p.scroll[shown])
	default:
		m.drawScrolled(c, l.prose, shown, m.guideRows(l, in.Dx()))
	}
}

// guideRows are the prose; with folded panes the heading leads it, since the
// tabs have its place.
func (m *Model) guideRows(l panes, width int) []paint.Row {
	p := m.lesson
	rows := p.proseRows(m.words, m.glyphs(), width)
	if !l.folded {
		return rows
	}
	heading := paint.Row{paint.S(paint.Title, fmt.Sprintf("%d/%d  %s", p.step+1, len(p.lesson.Steps), p.section().Heading))}
	return append([]paint.Row{heading, nil}, rows...)
}

func (m *Model) drawTabs(c *paint.Canvas, box paint.Rect) {
	p := m.lesson
	area := paint.Area(box.Min.X+1, box.Min.Y, box.Dx()-2, 1)
	var row paint.Row
	for _, tab := range []struct {
		focus focus
		title string
	}{
		{focusProse, m.words.T("pane.lesson")},
		{focusOutcomes, m.words.T("pane.outcomes") + m.tally()},
		{focusLive, m.words.T("pane.live")},
		{focusSteps, fmt.Sprintf("%s %d/%d", m.words.T("pane.steps"), len(p.done), len(p.lesson.Steps))},
	} {
		if tab.focus == focusLive && !p.pictured() {
			continue
		}
		role, mark := paint.Dim, " "
		if tab.focus == p.guide {
			role, mark = paint.Title, m.glyphs().Current
			if p.focus != focusTerminal {
				role = paint.Selected
			}
		}
		x := area.Min.X + row.Width()
		row = append(row, paint.S(role, mark+tab.title+" "), paint.S(paint.Border, m.glyphs().Horizontal()))
		m.spot(paint.Area(x, area.Min.Y, area.Min.X+row.Width()-1-x, 1), func() tea.Cmd { m.setFocus(tab.focus); return nil })
	}
	c.Row(area, 0, row)
}

// drawScrolled draws rows into a box from where the learner has scrolled to,
// and says on the lower border how many are below.
func (m *Model) drawScrolled(c *paint.Canvas, box paint.Rect, f focus, rows []paint.Row) {
	in := inner(box)
	top := &m.lesson.scroll[f]
	*top = min(*top, max(len(rows)-in.Dy(), 0))
	c.Rows(in, rows, *top)
	edge := paint.Area(in.Min.X, box.Max.Y-1, in.Dx(), 1)
	if below := len(rows) - *top - in.Dy(); below > 0 {
		c.Right(edge, 0, paint.R(paint.Accent, fmt.Sprintf(" %s %d ", m.glyphs().Down, below)))
	}
	if *top > 0 {
		edge.Min.Y, edge.Max.Y = box.Min.Y, box.Min.Y+1
		c.Right(edge, 0, paint.R(paint.Accent, fmt.Sprintf(" %s %d ", m.glyphs().Up, *top)))
	}
}

func (m *Model) boxTitle(c *paint.Canvas, box paint.Rect, title string, focused bool) {
	role := paint.Title
	if focused {
		role = paint.Selected
	}
	c.Row(paint.Area(box.Min.X+1, box.Min.Y, box.Dx()-2, 1), 0, paint.R(role, " "+title+" "))
}

// drawTerminal draws the terminal, or while there is none what it waits for.
func (m *Model) drawTerminal(c *paint.Canvas, box paint.Rect) *tea.Cursor {
	p := m.lesson
	focused := p.focus == focusTerminal
	title := "pane.terminal"
	if m.cfg.Drafts != nil {
		title = "preview.problems"
	}
	m.boxTitle(c, box, m.words.T(title), focused)
	in := paint.Inner(box)
	if p.feed == nil {
		c.Rows(inner(box), m.waitingRows(inner(box).Dx()), 0)
		return nil
	}
	p.feed.term.Draw(c, in)
	if up := p.feed.term.Scrolled(); up > 0 {
		text := fmt.Sprintf(" %s %s ", m.glyphs().Up, m.words.T("terminal.scrolled", "N", up))
		c.Right(paint.Area(in.Min.X, box.Min.Y, in.Dx(), 1), 0, paint.R(paint.Warn, text))
	}
	x, y, shape, ok := p.feed.term.Cursor()
	if !focused || !ok || x >= in.Dx() || y >= in.Dy() {
		return nil
	}
	cursor := m.cursor(in.Min.X+x, in.Min.Y+y)
	switch shape {
	case vt.CursorBar:
		cursor.Shape = tea.CursorBar
	case vt.CursorUnderline:
		cursor.Shape = tea.CursorUnderline
	}
	return cursor
}

// waitingRows say what the terminal waits for.
func (m *Model) waitingRows(width int) []paint.Row {
	p := m.lesson
	switch {
	case m.cfg.Drafts != nil:
		return m.draftRows(width)
	case p.openErr != nil:
		return append(paint.Wrap(width, paint.R(paint.Bad, m.glyphs().Unmet+" "), nil, paint.R(paint.Bad, m.words.T("error.open", "Error", p.openErr))),
			paint.R(paint.Warn, m.words.T("cluster.again")))
	case m.cluster.state == clusterRunning:
		return []paint.Row{paint.R(paint.Dim, m.words.T("lesson.opening"))}
	}
	state := paint.R(paint.Dim, m.words.T("lesson.waiting"))
	if m.cluster.state == clusterFailed {
		state = paint.R(paint.Bad, m.words.T("cluster.failed"))
	}
	rows := paint.Wrap(width, nil, nil, state)
	return append(rows, m.cluster.rows(m.words, m.glyphs(), width)...)
}

// drawCommand draws the bar with what Enter does.
func (m *Model) drawCommand(c *paint.Canvas, area paint.Rect) {
	p, g := m.lesson, m.glyphs()
	area.Min.X++
	area.Max.X--
	enter := func(id string, pairs ...any) paint.Row {
		return paint.Row{paint.S(paint.Key, m.leaveFirst()+g.Enter+" "), paint.S(paint.Text, m.words.T(id, pairs...))}
	}
	left, right := paint.Row{}, paint.Row{}
	next, again, ok := p.script.upcoming()
	switch {
	case m.cluster.state == clusterStarting && p.lost != nil:
		left = paint.R(paint.Accent, g.Spinner+" "+m.words.T("cluster.starting"))
	case m.cluster.state == clusterLost || p.lost != nil:
		left = paint.R(paint.Bad, g.Unmet+" "+m.words.T("cluster.lost"))
		right = paint.Row{paint.S(paint.Key, m.leaveFirst()+"c "), paint.S(paint.Text, m.words.T("cluster.restart"))}
	case p.busy != nil:
		left = paint.R(paint.Accent, g.Spinner+" "+m.words.T(p.busy.message))
		right = paint.Row{paint.S(paint.Key, m.leaveFirst()+"esc "), paint.S(paint.Text, m.words.T("key.cancel"))}
	case p.finished:
		left = paint.R(paint.Good, g.Met+" "+m.words.T("lesson.done"))
		right = enter("lesson.summary")
	case p.done[p.current().ID] && !p.inProgram():
		left = paint.R(paint.Good, g.Met+" "+m.words.T("step.done"))
		right = enter("step.next", "Step", m.heading(p.onward()))
	case ok:
		role := paint.Code
		if again || p.script.retrying() {
			left = append(left, paint.S(paint.Dim, m.words.T("command.again")+" "))
		}
		if again {
			role = paint.Dim
		}
		text, _, more := strings.Cut(visible(next.text), "\n")
		if more {
			text += " " + g.Ellipsis
		}
		left = append(left, paint.S(paint.Accent, "$ "), paint.S(role, text))
		if p.feed == nil {
			left = left.As(paint.Dim)
			break
		}
		if right = enter("key.run"); p.focus != focusTerminal {
			right = append(right, paint.S(paint.Key, "  e "), paint.S(paint.Text, m.words.T("key.edit")))
		}
	default:
		left = paint.R(paint.Dim, m.words.T("command.none"))
	}
	used := c.Right(area, 0, right)
	m.commandSpots(area, right)
	area.Max.X -= used + 2
	c.Row(area, 0, left)
}

// leaveFirst is the key before those of the command bar while the terminal has the
// keys: it would take them itself.
func (m *Model) leaveFirst() string {
	if m.lesson.focus != focusTerminal {
		return ""
	}
	keys := m.keys.Leave.Keys()
	return strings.ToUpper(keys[len(keys)-1]) + " "
}

// commandSpots makes the keys of the command bar places to click. A part of the
// bar belongs to the key before it.
func (m *Model) commandSpots(area paint.Rect, right paint.Row) {
	x := area.Max.X - right.Width()
	for i := 0; i+1 < len(right); i += 2 {
		w := right[i : i+2].Width()
		for _, b := range []key.Binding{m.keys.Run, m.keys.Edit, m.keys.Cluster, m.keys.Cancel} {
			if b.Help().Key == strings.TrimSpace(strings.TrimPrefix(right[i].Text, m.leaveFirst())) {
				m.spot(paint.Area(x, area.Min.Y, w, 1), func() tea.Cmd { return m.outside(press(b)) })
			}
		}
		x += w
	}
}

// outside presses a key of the lesson's page, whatever pane has the keys.
func (m *Model) outside(k tea.KeyPressMsg) tea.Cmd {
	if m.lesson.focus == focusTerminal {
		m.setFocus(m.lesson.guide)
	}
	return m.key(k)
}

// outcomeSpots makes the outcomes places to click: one that was met opens its
// evidence.
func (m *Model) outcomeSpots(in paint.Rect) {
	p := m.lesson
	y := in.Min.Y - p.scroll[focusOutcomes]
	for i, rows := range p.outcomeLines(m.words, m.glyphs(), in.Dx()) {
		m.spot(paint.Area(in.Min.X, y, in.Dx(), len(rows)).Intersect(in), func() tea.Cmd {
			m.setFocus(focusOutcomes)
			if p.status(p.current().ID, p.current().Outcomes[i].ID).State == engine.Met {
				m.overlay = whyBox(p, p.step, i)
			}
			return nil
		})
		y += len(rows)
	}
}

// stepSpots makes the list of steps places to click.
func (m *Model) stepSpots(in paint.Rect, top int) {
	y := in.Min.Y - top
	for i, rows := range m.lesson.stepLines(m.glyphs(), in.Dx()) {
		area := paint.Area(in.Min.X, y, in.Dx(), len(rows)).Intersect(in)
		m.spot(area, func() tea.Cmd { m.lesson.goTo(i); return nil })
		y += len(rows)
	}
}

// visible writes control characters as one says them: ^C.
func visible(line string) string {
	var b strings.Builder
	for _, r := range line {
		if r < ' ' && r != '\n' {
			b.WriteString("^" + string(r+'@'))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// heading is a step's heading.
func (m *Model) heading(step int) string {
	if step < len(m.lesson.doc.Sections) {
		return m.lesson.doc.Sections[step].Heading
	}
	return m.lesson.lesson.Steps[step].ID
}
