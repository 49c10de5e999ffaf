package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// why opens the evidence of one of the step's outcomes, or what stands between it
// and being reached.
func (m *Model) why() tea.Cmd {
	p := m.lesson
	step := p.current()
	var shown []int
	var labels []string
	for i, o := range step.Outcomes {
		s := p.status(step.ID, o.ID)
		if p.heldBack(step, o.ID) || s.Evidence == nil && s.Mismatch == nil && s.Reason.IsZero() {
			continue
		}
		mark, _ := outcomeMark(m.glyphs(), s.State)
		shown, labels = append(shown, i), append(labels, mark+" "+p.label(m.words, p.step, o.ID))
	}
	if len(shown) == 0 {
		m.say(paint.Dim, "why.nothing")
		return nil
	}
	at := p.step // the session may move on while the learner chooses
	return m.choose("key.why", labels, func(m *Model, i int) tea.Cmd {
		m.overlay = whyBox(p, at, shown[i])
		return nil
	})
}

func whyBox(p *lessonPage, step, outcome int) *textBox {
	return &textBox{title: "key.why", rows: func(m *Model, width int) []paint.Row {
		return p.whyRows(m.words, m.glyphs(), step, outcome, width)
	}}
}

// whyRows are all that is known of an outcome.
func (p *lessonPage) whyRows(w words, g *paint.Glyphs, step, outcome, width int) []paint.Row {
	o := p.lesson.Steps[step].Outcomes[outcome]
	s := p.status(p.lesson.Steps[step].ID, o.ID)
	mark, role := outcomeMark(g, s.State)
	rows := paint.Wrap(width, paint.R(role, mark+" "), nil, paint.Row{
		paint.S(paint.Bold, p.label(w, step, o.ID)), paint.S(role, g.Dot+w.T("state."+string(s.State))),
	})
	fact := func(id, text string, role paint.Role) {
		if text == "" {
			return
		}
		rows = append(rows, nil, paint.R(paint.Accent, w.T(id)))
		rows = append(rows, paint.Wrap(width, paint.R(paint.Text, "  "), paint.R(paint.Text, "  "), paint.R(role, text))...)
	}
	if e := s.Evidence; e != nil {
		fact("outcome.evidence", e.Text, paint.Text)
		fact("why.source", e.Source, paint.Code)
		fact("why.detail", e.Detail, paint.Code)
		fact("why.when", when(w, g, e), paint.Text)
	}
	switch {
	case s.State == engine.Unavailable:
		fact("why.reason", w.Say(s.Reason), paint.Text)
	case s.Mismatch != nil:
		fact("outcome.actual", w.Say(s.Mismatch), paint.Text)
	}
	fact("why.rule", ruleText(w, o), paint.Text)
	fact("outcome.expected", o.Expr, paint.Code)
	return rows
}

// when says at what time something was seen, and how long after the command.
func when(w words, g *paint.Glyphs, e *engine.Evidence) string {
	if e.At.IsZero() {
		return ""
	}
	text := e.At.Local().Format("15:04:05")
	if e.After > 0 {
		text += g.Dot + w.T("outcome.after", "Time", w.seconds(e.After))
	}
	return text
}

// ruleText says how an outcome is decided.
func ruleText(w words, o lessons.Outcome) string {
	switch {
	case o.Probe != nil:
		return w.T("why.probe")
	case o.Kind == lessons.Stays:
		return w.T("why.stays", "Time", w.whole(o.For.Duration))
	}
	return w.T("why." + string(o.Kind))
}
