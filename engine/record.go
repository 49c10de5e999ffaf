package engine

import (
	"encoding/json"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/podlab/podlab/engine/journal"
	"github.com/podlab/podlab/internal/say"
)

// version of the journal's format. A newer one is refused; older ones are read.
const version = 1

// recordType says what a record is about.
type recordType string

// The records of a journal.
const (
	recHeader  recordType = "podlab"  // Version, Lesson: the first line
	recStep    recordType = "step"    // Step became current
	recOutcome recordType = "outcome" // Outcome was proven, on Cluster
	recDone    recordType = "done"    // Step was done
	// Step was not done after all: what an outcome of it lacked has come.
	recReopened recordType = "reopened"
	recReset    recordType = "reset" // of Step, "" is the lesson
	// History of Cluster counts after Revision; with Step only for that one and
	// those after it that have not begun.
	recCut  recordType = "cut"
	recSeen recordType = "seen" // Object was first seen under Name, on Cluster
	recGone recordType = "gone" // the object with UID, seen under Name, was not there any more at Revision
	// The steps before the current one were solved on Cluster, wherever they
	// were done first.
	recCaughtUp recordType = "caught-up"
	recAnswer   recordType = "answer" // Answer was given to Step's question
	recHint     recordType = "hint"   // Count of Step's hints were shown
	recSolved   recordType = "solved" // Step's solution was played for the learner
	recOpened   recordType = "opened" // the lesson was opened again
)

// record is one line of a journal.
type record struct {
	Type     recordType     `json:"type"`
	At       time.Time      `json:"at"`
	Version  int            `json:"version,omitempty"`
	Lesson   string         `json:"lesson,omitempty"`
	Step     string         `json:"step,omitempty"`
	Outcome  *OutcomeStatus `json:"outcome,omitempty"`
	Cluster  string         `json:"cluster,omitempty"`
	Revision uint64         `json:"revision,omitempty"`
	Name     string         `json:"name,omitempty"`
	UID      string         `json:"uid,omitempty"`
	Object   map[string]any `json:"object,omitempty"`
	Answer   string         `json:"answer,omitempty"`
	Count    int            `json:"count,omitempty"`
}

// savedCut is a moment in the life of a cluster, as a journal writes it.
type savedCut struct {
	Cluster  string
	Revision uint64
}

func (s *Session) header() record {
	return record{Type: recHeader, At: time.Now(), Version: version, Lesson: s.lesson.ID}
}

// load opens the journal and takes up what it says. Steps and outcomes that the
// lesson no longer has are passed over.
func (s *Session) load() error {
	var wrong error
	step := -1
	j, _, err := journal.Open(s.cfg.Journal, func(line json.RawMessage) error {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		if r.Type == recHeader {
			switch {
			case r.Version > version:
				wrong = say.Errorf("the lesson's journal %s was written by a newer podlab: update podlab", s.cfg.Journal)
			case r.Lesson != s.lesson.ID:
				wrong = say.Errorf("the journal %s is of lesson %s, not of %s", s.cfg.Journal, r.Lesson, s.lesson.ID)
			}
			return wrong
		}
		step = s.replay(r, step)
		return nil
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		_ = j.Close() // nothing was written
		return wrong
	}
	s.journal = j
	if step >= 0 {
		s.resumed, s.current = true, step
	}
	return nil
}

// replay takes one record up and returns the current step after it.
func (s *Session) replay(r record, current int) int {
	if r.Type == recOpened {
		s.notes.lastAct = r.At // nobody was there before
	}
	s.notes.act(r.At)
	at := -1
	if r.Step != "" {
		i, err := s.stepIndex(r.Step)
		if err != nil {
			return current
		}
		at = i
	}
	if s.notes.take(r) {
		return current
	}
	switch r.Type {
	case recStep:
		if at >= 0 {
			if s.steps[at].begun.IsZero() {
				s.steps[at].begun = r.At
			}
			return at
		}
	case recOutcome:
		for _, c := range s.checks {
			if r.Outcome != nil && c.status.Step == r.Outcome.Step && c.status.Outcome == r.Outcome.Outcome {
				c.status = *r.Outcome
				s.proven[r.Cluster] = true
			}
		}
	case recDone:
		if at >= 0 {
			s.steps[at].ranLast = true
			s.steps[at].done = true
		}
	case recReopened:
		if at >= 0 {
			s.steps[at].done = false
		}
	case recReset:
		if at >= 0 {
			s.forgetStep(s.steps[at])
		} else {
			s.forget()
		}
	case recCaughtUp:
		s.proven = map[string]bool{r.Cluster: true}
	case recCut:
		cut := savedCut{r.Cluster, r.Revision}
		if at >= 0 {
			s.steps[at].cutFrom = cut
			for _, later := range s.steps[at+1:] {
				if later.begun.IsZero() {
					later.cutFrom = cut
				}
			}
		} else {
			if s.cutFrom.Cluster != r.Cluster {
				s.seeds, s.seen = nil, map[sight]bool{}
			}
			s.cutFrom = cut
		}
	case recSeen:
		if r.Cluster == s.cutFrom.Cluster {
			u := unstructured.Unstructured{Object: r.Object}
			s.seen[sight{r.Name, string(u.GetUID())}] = true
			s.seeds = append(s.seeds, r)
		}
	case recGone:
		if r.Cluster == s.cutFrom.Cluster {
			delete(s.seen, sight{r.Name, r.UID})
			s.seeds = append(s.seeds, r)
		}
	}
	return current
}

// resume goes on where the journal ends. s.mu is held.
func (s *Session) resume() {
	now := time.Now()
	s.done = true
	for _, step := range s.steps {
		// An outcome that the lesson has got since opens its step again.
		step.done = step.done && (len(step.checks) == 0 || allSettledOrNeedy(step.checks))
		s.done = s.done && step.done
	}
	s.notes.lastAct = now // nobody was there before
	s.out.put(StepStarted{Step: s.steps[s.current].def.ID, At: now}, record{Type: recOpened, At: now})
	for _, c := range s.checks {
		switch {
		case c.status.State == Met:
			s.tellOutcome(c, now, false)
		case c.begun():
			c.status.Since = c.step.begun
		}
	}
	for _, step := range s.steps { // the last outcome that was open may be gone from the lesson
		s.finish(step, now)
	}
}

// allSettledOrNeedy says whether all outcomes are met, or may be unavailable.
func allSettledOrNeedy(checks []*check) bool {
	for _, c := range checks {
		if !c.settled() && len(c.needs) == 0 {
			return false
		}
	}
	return true
}

// forget makes all of a step pending again.
func (st *stepState) forget() {
	st.begun, st.firstCmd, st.done, st.ranLast = time.Time{}, time.Time{}, false, false
	st.cutFrom = savedCut{}
	for _, c := range st.checks {
		c.stopTimer()
		c.early, c.probed, c.given = nil, nil, false
		c.status = OutcomeStatus{Step: c.status.Step, Outcome: c.status.Outcome, State: Pending}
	}
}

// forgetStep is forget with what was noted of the step.
func (s *Session) forgetStep(st *stepState) {
	st.forget()
	s.notes.forget(st.def.ID)
}

// forget makes the whole lesson pending again.
func (s *Session) forget() {
	s.notes = newNotes()
	for _, st := range s.steps {
		st.forget()
	}
	s.done, s.other = false, false
	s.seeds, s.seen, s.proven = nil, map[sight]bool{}, map[string]bool{}
}
