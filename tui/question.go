package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// verdict is where a question stands.
type verdict int

const (
	unanswered verdict = iota // no answer yet
	noted                     // answered; the cluster has not shown what is right
	gotRight                  // answered rightly
	gotWrong                  // answered wrongly
	missed                    // shown before it was answered
)

// verdict says where a step's question stands; it must have one.
func (p *lessonPage) verdict(step *lessons.Step) verdict {
	q := step.Question
	answer := p.answers[step.ID]
	shown := p.done[step.ID] || p.reveal || len(q.ShownBy) > 0 && !slices.ContainsFunc(q.ShownBy, func(id string) bool {
		s := p.status(step.ID, id).State
		return s != engine.Met && s != engine.Unavailable
	})
	switch {
	case answer == "" && shown:
		return missed
	case answer == "":
		return unanswered
	case !shown && len(q.ShownBy) > 0:
		return noted
	case answer == q.Right:
		return gotRight
	}
	return gotWrong
}

// heldBack says whether an outcome's words would give away the answer to a
// question that is still open.
func (p *lessonPage) heldBack(step *lessons.Step, outcome string) bool {
	return step.Question != nil && slices.Contains(step.Question.ShownBy, outcome) &&
		p.status(step.ID, outcome).State != engine.Met && p.verdict(step) == unanswered
}

// label is what the learner should see of one of a step's outcomes.
func (p *lessonPage) label(w words, step int, outcome string) string {
	s := &p.lesson.Steps[step]
	if p.heldBack(s, outcome) {
		return w.T("question.held-back")
	}
	if step < len(p.doc.Sections) && p.doc.Sections[step].Outcomes[outcome] != "" {
		return p.doc.Sections[step].Outcomes[outcome]
	}
	return outcome
}

// verdicts is where all the lesson's questions stand, by step.
func (p *lessonPage) verdicts() map[string]verdict {
	all := map[string]verdict{}
	for i := range p.lesson.Steps {
		if s := &p.lesson.Steps[i]; s.Question != nil {
			all[s.ID] = p.verdict(s)
		}
	}
	return all
}

// tellVerdict tells the learner what the cluster has just shown of an answer.
func (m *Model) tellVerdict(before map[string]verdict) {
	for step, now := range m.lesson.verdicts() {
		switch {
		case before[step] != noted:
		case now == gotRight:
			m.say(paint.Good, "question.was-right")
		case now == gotWrong:
			m.say(paint.Warn, "question.was-wrong")
		}
	}
}

// answerKey takes a digit as the answer to the current step's question. Where the
// learner does not see the question, it is shown instead. The answer is kept by the
// session, or until there is one.
func (m *Model) answerKey(k tea.KeyPressMsg) {
	p := m.lesson
	step := p.current()
	if step.Question == nil || p.verdict(step) != unanswered {
		return
	}
	if m.toQuestion() {
		return
	}
	i := int(k.Code - '1')
	if i < 0 || i >= len(step.Question.Answers) {
		return
	}
	p.take(i)
}

// take takes the i-th answer to the current step's question.
func (p *lessonPage) take(i int) {
	step := p.current()
	p.answers[step.ID] = step.Question.Answers[i]
	p.prose = typesetCache{}
	if p.feed != nil {
		p.feed.answer(step.ID, p.answers[step.ID])
	}
}

// proseQuestion is the current step's question by itself.
func (p *lessonPage) proseQuestion(w words, g *paint.Glyphs, width int) []paint.Row {
	t := typesetter{words: w, glyphs: g, width: width, plain: p.plain}
	p.asking(&t, p.section())
	return t.ask()
}

// toQuestion turns to the current step's question, and reports whether it was out
// of sight.
func (m *Model) toQuestion() bool {
	p, l := m.lesson, m.panes()
	in := inner(l.prose)
	if in.Empty() { // the terminal is zoomed
		return true
	}
	title := m.glyphs().MarkedLine + " " + m.words.T("question.title")
	at := slices.IndexFunc(m.guideRows(l, in.Dx()), func(r paint.Row) bool { return r.String() == title })
	last := at + 1 + len(p.current().Question.Answers)
	top := p.scroll[focusProse]
	seen := at >= top && last < top+in.Dy() && (!l.folded || p.guide == focusProse)
	if at < 0 || seen {
		return false
	}
	m.setFocus(focusProse)
	p.scroll[focusProse] = at
	return true
}

// ask sets a step's question: its text, the answers with their numbers, and what
// has become of it.
func (t typesetter) ask() []paint.Row {
	if t.question == nil || t.section.Question == nil {
		return nil
	}
	q, g := t.section.Question, t.glyphs
	lead := paint.R(paint.Accent, g.MarkedLine+" ")
	inner := t
	inner.width = max(t.width-lead.Width(), 1)
	rows := []paint.Row{paint.R(paint.Accent, t.words.T("question.title"))}
	rows = append(rows, inner.wrap(nil, nil, paint.R(paint.Bold, q.Text))...)
	for i, id := range t.question.Answers {
		mark, role, word := " ", paint.Text, ""
		switch {
		case t.verdict > noted && id == t.question.Right:
			mark, role, word = g.Met, paint.Good, t.words.T("question.right-answer")
		case id == t.answer && t.verdict == gotWrong:
			mark, role, word = g.Unmet, paint.Bad, t.words.T("question.your-answer")
		case id == t.answer:
			mark, role, word = g.Current, paint.Accent, t.words.T("question.your-answer")
		}
		text := paint.Row{paint.S(paint.Text, q.Answers[id])}
		if word != "" {
			text = append(text, paint.S(role, g.Dot+word))
		}
		first := paint.Row{paint.S(role, mark+" "), paint.S(paint.Key, fmt.Sprintf("%d ", i+1))}
		rows = append(rows, inner.wrap(first, nil, text)...)
	}
	switch t.verdict {
	case unanswered:
		rows = append(rows, inner.wrap(nil, nil, paint.R(paint.Dim, t.words.T("question.open", "Last", len(q.Answers))))...)
	case noted:
		rows = append(rows, inner.wrap(nil, nil, paint.R(paint.Dim, t.words.T("question.noted")))...)
	default:
		head := map[verdict]paint.Span{
			gotRight: paint.S(paint.Good, t.words.T("question.right")+" "),
			gotWrong: paint.S(paint.Bad, t.words.T("question.wrong")+" "),
			missed:   paint.S(paint.Text, ""),
		}[t.verdict]
		rows = append(rows, inner.wrap(nil, nil, paint.Row{head, paint.S(paint.Text, q.Explanation)})...)
	}
	for i, r := range rows {
		rows[i] = append(slices.Clone(lead), r...)
	}
	return rows
}

// asking gives the typesetter what it needs to set a step's question.
func (p *lessonPage) asking(t *typesetter, section content.Section) {
	step := p.current()
	if t.question = step.Question; t.question == nil {
		return
	}
	t.section, t.answer, t.verdict = section, p.answers[step.ID], p.verdict(step)
}
