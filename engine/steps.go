package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/podlab/podlab/lessons"
)

// Goto makes a step the current one. Outcomes of a step are judged from when it
// first is current.
func (s *Session) Goto(step string) error {
	i, err := s.stepIndex(step)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if i != s.current || s.steps[i].begun.IsZero() {
		s.begin(i)
	}
	return nil
}

// Next goes to the step after the current one. On the last it does nothing and
// returns false.
func (s *Session) Next() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.current+1 >= len(s.steps) {
		return false
	}
	s.begin(s.current + 1)
	return true
}

// begin makes a step current and judges its outcomes. s.mu is held.
func (s *Session) begin(i int) {
	now := time.Now()
	s.current = i
	s.notes.act(now)
	step := s.steps[i]
	s.out.put(StepStarted{Step: step.def.ID, At: now}, record{Type: recStep, At: now, Step: step.def.ID})
	if step.begun.IsZero() {
		s.start(step, now)
	}
	s.notify()
	s.redraw()
	s.wakeProbes()
	s.patient()
	if s.wanting(step) {
		s.learnFacts()
	}
}

// start begins to judge a step's outcomes. s.mu is held.
func (s *Session) start(step *stepState, now time.Time) {
	step.begun = now
	for _, c := range step.checks {
		if c.status.State == Met {
			continue // of an earlier run
		}
		c.status.Since = now
		if c.early != nil {
			s.meet(c, *c.early)
			continue
		}
		s.judge(c, trigger{at: now})
	}
	s.finish(step, now)
}

// wanting says whether a step needs something that the cluster lacked when it
// was last asked. s.mu is held.
func (s *Session) wanting(step *stepState) bool {
	return slices.ContainsFunc(step.checks, func(c *check) bool { return !s.facts.lacking(c.needs).IsZero() })
}

// finish tells when a step, and with it perhaps the lesson, is done. s.mu is held.
func (s *Session) finish(step *stepState, at time.Time) {
	if step.done || step.begun.IsZero() {
		return
	}
	switch {
	case len(step.checks) > 0:
		if slices.ContainsFunc(step.checks, func(c *check) bool { return !c.settled() }) {
			return
		}
	case len(step.def.Commands) > 0 && !step.ranLast:
		return
	}
	step.done = true
	s.out.put(StepDone{Step: step.def.ID, At: at}, record{Type: recDone, At: at, Step: step.def.ID})
	if !s.done && !slices.ContainsFunc(s.steps, func(st *stepState) bool { return !st.done }) {
		s.done = true
		s.out.put(LessonDone{At: at}, nil)
	}
	s.notify()
}

// reopen takes back that a step is done: an outcome of it can be reached after
// all. s.mu is held.
func (s *Session) reopen(step *stepState, at time.Time) {
	if !step.done {
		return
	}
	step.done, s.done = false, false
	s.out.put(StepReopened{Step: step.def.ID, At: at}, record{Type: recReopened, At: at, Step: step.def.ID})
}

// ran notes a command that ended, for steps that are done by it. s.mu is held.
func (s *Session) ran(cmd *command, at time.Time) {
	for _, step := range s.steps {
		if n := len(step.def.Commands); n > 0 && !step.begun.IsZero() && sameLine(step.def.Commands[n-1], cmd.line) {
			step.ranLast = true
			s.finish(step, at)
		}
	}
}

// sameLine compares a typed line with a reference command, but for spaces.
func sameLine(c lessons.Command, line string) bool {
	return slices.Equal(strings.Fields(c.Run), strings.Fields(line))
}
