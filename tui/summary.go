package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// debrief closes a finished lesson.
func (m *Model) debrief() {
	m.lesson.lookBack()
	m.overlay = summaryBox()
}

// lookBack asks the session how the lesson went.
func (p *lessonPage) lookBack() {
	if p.feed != nil {
		snap := p.feed.session.Snapshot()
		p.spent, p.solved = snap.Spent, snap.Solved
	}
}

// summaryBox is the debrief: how the lesson went, what was seen, how fast, what
// this machine could not show, and what comes next. Enter goes back to the list,
// n to the next lesson.
func summaryBox() *textBox {
	return &textBox{
		next: func(m *Model) tea.Cmd {
			if next := m.nextLesson(); next != nil {
				return m.openLesson(next)
			}
			return m.showList()
		},
		title: "summary.title",
		enter: func(m *Model) tea.Cmd { return m.showList() },
		rows: func(m *Model, width int) []paint.Row {
			return append(m.summary(width), m.summaryKeys(width)...)
		},
	}
}

// nextLesson is the one after the lesson on the page, nil after the last.
func (m *Model) nextLesson() *lessons.Lesson {
	for i, l := range m.cfg.Lessons[:max(len(m.cfg.Lessons)-1, 0)] {
		if l.ID == m.lesson.lesson.ID {
			return m.cfg.Lessons[i+1]
		}
	}
	return nil
}

func (m *Model) summary(width int) []paint.Row {
	p, w, g := m.lesson, m.words, m.glyphs()
	rows := paint.Wrap(width, nil, nil, paint.R(paint.Title, p.doc.Title))
	rows = append(rows, p.wayRows(w, g, width)...)
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
	rows = append(rows, nil)
	if page := p.lesson.Upstream.Page; page != "" {
		more := paint.Row{paint.S(paint.Text, w.T("summary.more")+" "), paint.S(paint.Link, m.lang.Page(page, p.lesson.Upstream.Without))}
		rows = append(rows, paint.Wrap(width, nil, nil, more)...)
	}
	return rows
}

// summaryKeys are where one goes from there.
func (m *Model) summaryKeys(width int) []paint.Row {
	var rows []paint.Row
	if next := m.nextText(); next != "" {
		rows = paint.Wrap(width, paint.R(paint.Key, m.keys.NextStep.Help().Key+" "), nil, paint.R(paint.Text, next))
	}
	return append(rows, paint.Row{paint.S(paint.Key, m.glyphs().Enter+" "), paint.S(paint.Text, m.words.T("summary.back"))})
}

// nextText names the next lesson; "" after the last.
func (m *Model) nextText() string {
	next := m.nextLesson()
	if next == nil {
		return ""
	}
	title := m.cfg.Content.Document(m.lang, next.ID).Title
	return m.words.T("summary.next", "Title", title, "Minutes", next.Minutes)
}

// wayRows say how the learner went: how long, with how much help, and what was
// predicted.
func (p *lessonPage) wayRows(w words, g *paint.Glyphs, width int) []paint.Row {
	hints, asked, foreseen := 0, 0, 0
	for i := range p.lesson.Steps {
		step := &p.lesson.Steps[i]
		hints += p.hints[step.ID]
		if step.Question != nil {
			asked++
			if p.verdict(step) == gotRight {
				foreseen++
			}
		}
	}
	var facts []string
	if p.spent > 0 {
		facts = append(facts, w.T("summary.spent", "Time", w.seconds(p.spent)))
	}
	facts = append(facts, w.T("summary.hints", "Count", hints), w.T("summary.solved", "Count", len(p.solved)))
	if asked > 0 {
		facts = append(facts, w.T("summary.predicted", "Count", asked, "Right", foreseen))
	}
	return paint.Wrap(width, nil, nil, paint.R(paint.Dim, strings.Join(facts, g.Dot)))
}
