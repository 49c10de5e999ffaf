package content

import (
	"maps"
	"slices"
	"strings"

	"github.com/podlab/podlab/lessons"
)

// ask reads a step's question: its text, the answers, and why the right one is
// right.
func (s *scanner) ask(out *pageSection, c chunk) {
	if len(c.args) != 1 {
		return // reported by the scanner
	}
	if out.Question != nil {
		s.problem(c.line, "expected one question in section %s: there is another above", out.Step)
		return
	}
	q := &Question{ID: c.args[0], Answers: map[string]string{}}
	var text []chunk
	for _, part := range c.children {
		switch part.name {
		case "answer":
			if len(part.args) != 1 {
				continue // reported by the scanner
			}
			id := part.args[0]
			if _, twice := q.Answers[id]; twice {
				s.problem(part.line, "expected one text for answer %q: there is another above", id)
			}
			if q.Answers[id] = s.plain(part.children); q.Answers[id] == "" {
				s.problem(part.line, "expected the text of answer %q", id)
			}
		case "explanation":
			if q.Explanation != "" {
				s.problem(part.line, "expected one explanation: there is another above")
			}
			q.Explanation = s.plain(part.children)
		default:
			if part.name != "" || strings.TrimSpace(part.text) != "" {
				text = append(text, part)
			}
		}
	}
	if len(text) > 0 {
		q.Text = s.plain(text)
	}
	for _, need := range []struct{ what, text string }{{"text", q.Text}, {"explanation", q.Explanation}} {
		if need.text == "" {
			s.problem(c.line, "expected the %s of question %q", need.what, q.ID)
		}
	}
	out.Question, out.askLine = q, c.line
}

// question compares a section's question with that of its step.
func (c *pageCheck) question(s pageSection, want *lessons.Question) {
	switch have := s.Question; {
	case want == nil && have == nil:
	case want == nil:
		c.add(s.askLine, "step %s asks no question %q", s.Step, have.ID)
	case have == nil || have.ID != want.ID:
		c.add(max(s.line, s.askLine), "expected {{< question %q >}} in section %s", want.ID, s.Step)
	default:
		for _, id := range want.Answers {
			if _, ok := have.Answers[id]; !ok {
				c.add(s.askLine, "expected {{< answer %q >}} in question %s", id, want.ID)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(have.Answers)) {
			if !slices.Contains(want.Answers, id) {
				c.add(s.askLine, "question %s has no answer %q", want.ID, id)
			}
		}
	}
}

// asked gives a translated section the question that the source has: a section
// that is stale may have none, or another.
func asked(own, source Section) Section {
	switch {
	case source.Question == nil:
		own.Question = nil
	case own.Question == nil:
		own.Question = source.Question
		own.Blocks = append(slices.Clone(own.Blocks), Block{Kind: Ask})
	case own.Question.ID != source.Question.ID:
		own.Question = source.Question
	default:
		q := *own.Question
		q.Answers = fill(q.Answers, source.Question.Answers)
		own.Question = &q
	}
	return own
}
