package engine

import (
	"slices"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// notes are what a session keeps of how the learner went about the lesson.
type notes struct {
	answers map[string]string // by step, to the step's question
	hints   map[string]int    // by step, how many were shown
	solved  map[string]bool   // steps whose solution was played
	spent   time.Duration
	lastAct time.Time
}

func newNotes() notes {
	return notes{answers: map[string]string{}, hints: map[string]int{}, solved: map[string]bool{}}
}

// pause is the longest time between two acts of the learner that counts as time
// spent on the lesson.
const pause = 5 * time.Minute

// act notes that something happened in the lesson.
func (n *notes) act(at time.Time) {
	if gap := at.Sub(n.lastAct); !n.lastAct.IsZero() && gap > 0 {
		n.spent += min(gap, pause)
	}
	if at.After(n.lastAct) {
		n.lastAct = at
	}
}

// forget takes back what is known of a step.
func (n *notes) forget(step string) {
	delete(n.answers, step)
	delete(n.hints, step)
	delete(n.solved, step)
}

// take takes up what a record says, and reports whether it is one of notes.
func (n *notes) take(r record) bool {
	switch r.Type {
	case recAnswer:
		n.answers[r.Step] = r.Answer
	case recHint:
		n.hints[r.Step] = max(n.hints[r.Step], r.Count)
	case recSolved:
		n.solved[r.Step] = true
	default:
		return false
	}
	return true
}

// Answer keeps the learner's answer to a step's question. An answer that was
// given before stands: then it does nothing.
func (s *Session) Answer(step, answer string) error {
	i, err := s.stepIndex(step)
	if err != nil {
		return err
	}
	q := s.steps[i].def.Question
	if q == nil || !slices.Contains(q.Answers, answer) {
		return say.Errorf("step %s has no answer %q", step, answer)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notes.answers[step] != "" {
		return nil
	}
	return s.keepNote(record{Type: recAnswer, Step: step, Answer: answer})
}

// Hinted keeps how many of a step's hints the learner has seen.
func (s *Session) Hinted(step string, shown int) error {
	if _, err := s.stepIndex(step); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if shown <= s.notes.hints[step] {
		return nil
	}
	return s.keepNote(record{Type: recHint, Step: step, Count: shown})
}

// keepNote notes a record and writes it. s.mu is held.
func (s *Session) keepNote(r record) error {
	if s.closed {
		return ErrClosed
	}
	r.At = time.Now()
	s.notes.take(r)
	s.notes.act(r.At)
	s.out.put(nil, r)
	return nil
}
