package tui

import (
	"fmt"
	"slices"
	"time"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// typesetCache keeps the prose's rows until the step, the language, the hints
// or the width change.
type typesetCache struct {
	width int
	rows  []paint.Row
}

// proseRows are the current step's prose with the hints shown so far.
func (p *lessonPage) proseRows(w words, g *paint.Glyphs, width int) []paint.Row {
	width = max(min(width, proseWidth), 1)
	if p.prose.width == width {
		return p.prose.rows
	}
	t := typesetter{words: w, glyphs: g, width: width, files: p.filesHere(), plain: p.plain}
	section := p.section()
	p.asking(&t, section)
	var rows []paint.Row
	add := func(more []paint.Row) {
		if len(rows) > 0 && len(more) > 0 {
			rows = append(rows, nil)
		}
		rows = append(rows, more...)
	}
	if section.Fallback {
		add(t.wrap(nil, nil, paint.R(paint.Warn, w.T("lesson.fallback"))))
	} else if section.Stale {
		add(t.wrap(nil, nil, paint.R(paint.Warn, w.T("lesson.stale"))))
	}
	if p.step == 0 {
		add(t.blocks(p.doc.Intro))
	}
	add(t.blocks(section.Blocks))
	hints := p.current().Hints
	for i, id := range hints[:min(p.hints[p.current().ID], len(hints))] {
		head := w.T("hint.title", "N", i+1, "Total", len(hints))
		lead := paint.R(paint.Warn, g.MarkedLine+" ")
		add(append([]paint.Row{{lead[0], paint.S(paint.Warn, head)}}, t.wrap(lead, lead, paint.R(paint.Text, section.Hints[id]))...))
	}
	p.prose = typesetCache{width: width, rows: rows}
	return rows
}

// stepRows are the list of steps with their marks.
func (p *lessonPage) stepRows(g *paint.Glyphs, width int) []paint.Row {
	rows := slices.Concat(p.stepLines(g, width)...)
	return append(rows, nil, p.stepBar(g, width))
}

// stepLines are the rows of each step.
func (p *lessonPage) stepLines(g *paint.Glyphs, width int) [][]paint.Row {
	var steps [][]paint.Row
	for i, s := range p.lesson.Steps {
		mark, role := g.Todo, paint.Dim
		if p.done[s.ID] {
			mark, role = g.Done, paint.Good
		}
		text, here := paint.Text, " "
		switch {
		case i != p.step:
		case p.done[s.ID]: // the mark says so: where the learner is stands beside it
			text, here = paint.Accent, g.Current
		default:
			text = paint.Accent
			mark, role = g.Current, paint.Accent
		}
		heading := s.ID
		if i < len(p.doc.Sections) {
			heading = p.doc.Sections[i].Heading
		}
		number := fmt.Sprintf("%d ", i+1)
		lead := paint.Row{paint.S(role, mark), paint.S(text, here+number)}
		steps = append(steps, paint.Wrap(width, lead, nil, paint.R(text, heading)))
	}
	return steps
}

// stepBar is how many of the steps are done.
func (p *lessonPage) stepBar(g *paint.Glyphs, width int) paint.Row {
	total := len(p.lesson.Steps)
	row := paint.R(paint.Text, fmt.Sprintf("%d/%d  ", len(p.done), total))
	return append(row, bar(g, paint.Good, float64(len(p.done))/float64(total), max(min(width-row.Width(), 20), 0))...)
}

// outcomeRows are the current step's outcomes: a mark, what should be seen, the
// state in a word, and below it the proof or what stands in the way.
func (p *lessonPage) outcomeRows(w words, g *paint.Glyphs, width int) []paint.Row {
	step := p.current()
	if len(step.Outcomes) == 0 {
		return paint.Wrap(width, nil, nil, paint.R(paint.Dim, w.T("outcome.none")))
	}
	return slices.Concat(p.outcomeLines(w, g, width)...)
}

// outcomeLines are the rows of each outcome.
func (p *lessonPage) outcomeLines(w words, g *paint.Glyphs, width int) [][]paint.Row {
	step := p.current()
	var all [][]paint.Row
	for _, o := range step.Outcomes {
		s := p.status(step.ID, o.ID)
		label := p.label(w, p.step, o.ID)
		mark, role := outcomeMark(g, s.State)
		state := w.T("state." + string(s.State))
		lead := paint.R(role, mark+" ")
		stateW := paint.R(paint.Text, state).Width() + 2
		lines := paint.Wrap(max(width-stateW, 10), lead, nil, paint.R(paint.Text, label))
		lines[0] = append(pad(lines[0], width-stateW, g), paint.S(paint.Text, "  "), paint.S(role, state))
		if detail := outcomeDetail(w, g, o, s); detail != "" {
			lines = append(lines, paint.Wrap(width, paint.R(paint.Text, "  "), nil, paint.R(paint.Dim, detail))...)
		}
		all = append(all, lines)
	}
	return all
}

func outcomeMark(g *paint.Glyphs, s engine.OutcomeState) (string, paint.Role) {
	switch s {
	case engine.Met:
		return g.Met, paint.Good
	case engine.Unmet:
		return g.Unmet, paint.Bad
	case engine.Unavailable:
		return g.Unavailable, paint.Dim
	}
	return g.Pending, paint.Warn
}

// outcomeDetail is the proof of a met outcome, or what there is instead.
func outcomeDetail(w words, g *paint.Glyphs, o lessons.Outcome, s engine.OutcomeStatus) string {
	switch {
	case s.State == engine.Met && s.Evidence != nil:
		text := s.Evidence.Text
		if !s.Evidence.At.IsZero() {
			text += g.Dot + s.Evidence.At.Local().Format("15:04:05")
		}
		if s.Evidence.After > 0 {
			text += g.Dot + w.T("outcome.after", "Time", w.seconds(s.Evidence.After))
		}
		return text
	case s.State == engine.Unavailable:
		return w.Say(s.Reason)
	case s.State != engine.Met && !s.HoldSince.IsZero():
		return w.T("outcome.holding", "Time", w.whole(time.Since(s.HoldSince)), "Of", w.whole(o.For.Duration))
	case s.State == engine.Unmet && !s.Reason.IsZero():
		return w.Say(s.Reason)
	case s.State != engine.Met && s.Mismatch != nil && !s.Mismatch.Said().IsZero():
		return w.T("outcome.actual") + ": " + w.Say(s.Mismatch)
	}
	return ""
}
