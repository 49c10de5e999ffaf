package engine

import (
	"encoding/json"
	"time"

	"github.com/podlab/podlab/engine/journal"
	"github.com/podlab/podlab/lessons"
)

// Progress is what a lesson's journal says of how far the learner is. Nothing of
// it is looked at on a cluster: it is as it was when it was seen.
type Progress struct {
	Lesson string         `json:"lesson"`
	Step   string         `json:"step,omitempty"`   // the current one
	Begun  time.Time      `json:"begun,omitzero"`   // zero: not yet
	Last   time.Time      `json:"last,omitzero"`    // of what the journal has
	Spent  float64        `json:"spent,omitempty"`  // seconds at the lesson, without the pauses
	Solved int            `json:"solved,omitempty"` // steps whose solution was played for the learner
	Steps  []StepProgress `json:"steps"`
}

// StepProgress is how far the learner is with a step.
type StepProgress struct {
	ID     string    `json:"id"`
	Done   bool      `json:"done"`
	DoneAt time.Time `json:"doneAt,omitzero"`
	Solved bool      `json:"solved,omitempty"` // its solution was played for the learner
	Hints  int       `json:"hints,omitempty"`  // that were shown
	Answer string    `json:"answer,omitempty"` // to its question
	// Met are the outcomes that were reached, each with its evidence.
	Met []OutcomeStatus `json:"met,omitempty"`
}

// Done counts the steps that are done.
func (p Progress) Done() int {
	n := 0
	for _, s := range p.Steps {
		if s.Done {
			n++
		}
	}
	return n
}

// ReadProgress reads a lesson's journal, which may be in use by an open session.
// Without a journal nothing is begun. Steps that the lesson no longer has are
// passed over.
func ReadProgress(path string, l *lessons.Lesson) (Progress, error) {
	p := Progress{Lesson: l.ID}
	n := newNotes()
	steps := map[string]*StepProgress{}
	for _, s := range l.Steps {
		p.Steps = append(p.Steps, StepProgress{ID: s.ID})
	}
	for i := range p.Steps {
		steps[p.Steps[i].ID] = &p.Steps[i]
	}
	err := journal.Read(path, func(line json.RawMessage) {
		var r record
		if json.Unmarshal(line, &r) != nil {
			return // what Open skips, too
		}
		if r.Type == recOpened {
			n.lastAct = r.At
		}
		n.act(r.At)
		p.take(r, steps, &n)
	})
	p.Spent = n.spent.Seconds()
	for i := range p.Steps {
		s := &p.Steps[i]
		s.Solved, s.Hints, s.Answer = n.solved[s.ID], n.hints[s.ID], n.answers[s.ID]
		if s.Solved {
			p.Solved++
		}
	}
	return p, err
}

// take takes a record up.
func (p *Progress) take(r record, steps map[string]*StepProgress, n *notes) {
	if r.At.After(p.Last) {
		p.Last = r.At
	}
	s := steps[r.Step]
	if n.take(r) {
		return
	}
	switch {
	case r.Type == recHeader:
		p.Begun = r.At
	case r.Type == recStep && s != nil:
		p.Step = r.Step
	case r.Type == recOutcome && r.Outcome != nil && steps[r.Outcome.Step] != nil:
		steps[r.Outcome.Step].met(*r.Outcome)
	case r.Type == recDone && s != nil:
		s.Done, s.DoneAt = true, r.At
	case r.Type == recReopened && s != nil:
		s.Done, s.DoneAt = false, time.Time{}
	case r.Type == recReset && s != nil:
		*s = StepProgress{ID: s.ID}
		n.forget(s.ID)
	case r.Type == recReset && r.Step == "":
		*n = newNotes()
		for _, s := range steps {
			*s = StepProgress{ID: s.ID}
		}
	}
}

// met notes an outcome that was reached, in the place of an earlier time.
func (s *StepProgress) met(o OutcomeStatus) {
	for i := range s.Met {
		if s.Met[i].Outcome == o.Outcome {
			s.Met[i] = o
			return
		}
	}
	s.Met = append(s.Met, o)
}
