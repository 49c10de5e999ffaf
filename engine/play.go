package engine

import (
	"context"
	"errors"
	"time"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// PlayOptions say how Play plays a lesson.
type PlayOptions struct {
	// Lang is the language that the result is filed under.
	Lang string
	// NoProof leaves out the negative proof: that no outcome of a step is met,
	// and no stays outcome's condition holds, before the step's commands have
	// run.
	NoProof bool
	// Wrong also tries every step's wrong solutions, each before the step is
	// solved: that they do not bring its outcomes about, and that the learner
	// is then told what is different.
	Wrong bool
	// Claim, if not nil, is called before each step that claims parts of the
	// cluster. It blocks until they are the step's alone or ctx ends, which is
	// its error; release is called when the step has been played.
	Claim func(ctx context.Context, claims []string) (release func(), err error)
	// Tell, if not nil, receives all events of the session, one at a time.
	Tell func(Event)
}

// LessonResult is how a lesson went.
type LessonResult struct {
	ID      string       `json:"id"`
	Lang    string       `json:"lang"`
	State   string       `json:"state"` // "passed" or "failed"
	Seconds float64      `json:"seconds"`
	Steps   []StepResult `json:"steps"`
}

// StepResult is how a step of a lesson went.
type StepResult struct {
	ID       string          `json:"id"`
	Outcomes []OutcomeResult `json:"outcomes"`
	// Wrong are the step's wrong solutions that were tried.
	Wrong []WrongResult `json:"wrong,omitempty"`
}

// OutcomeResult is how an outcome was decided.
type OutcomeResult struct {
	ID       string          `json:"id"`
	Kind     lessons.Kind    `json:"kind"`
	State    OutcomeState    `json:"state"`
	Reason   say.Text        `json:"reason"`   // why it is not met; "" if it is
	Evidence *EvidenceResult `json:"evidence"` // null if there is none
	// Seconds until the outcome was met, from when its step or the step's
	// first command began.
	Seconds float64 `json:"seconds"`
}

// EvidenceResult is the proof of a met outcome.
type EvidenceResult struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// WrongResult is how a wrong solution of a step was judged.
type WrongResult struct {
	ID string `json:"id"`
	// State is "passed" if the wrong solution was told from a right one as
	// the lesson says, else "failed"; "unavailable" if the cluster lacks what
	// its outcomes need, so that it was not tried.
	State   string   `json:"state"`
	Reason  say.Text `json:"reason"` // why it did not pass; "" if it did
	Seconds float64  `json:"seconds"`
}

// The states of a LessonResult and a WrongResult.
const (
	Passed = "passed"
	Failed = "failed"
)

// cleanUpLimit is how long clean-up may take after the lesson has ended.
const cleanUpLimit = 2 * time.Minute

// Play plays a lesson without a learner: it resets it, proves that no outcome is
// met before its step's commands have run, solves every step in order, and
// cleans up, also when ctx ends. The result holds what there is in any case; an
// error means that the lesson could not be played to its end. An outcome that is
// not met is no error but part of the result.
func Play(ctx context.Context, cfg Config, o PlayOptions) (result LessonResult, err error) {
	start := time.Now()
	result = LessonResult{ID: cfg.Lesson.ID, Lang: o.Lang, State: Failed, Steps: []StepResult{}}
	s, err := Open(ctx, cfg)
	if err != nil {
		return result, err
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		for e := range s.Events() {
			if o.Tell != nil {
				o.Tell(e)
			}
		}
	}()
	defer func() {
		err = errors.Join(err, s.Close())
		<-told
	}()
	f := findings{early: map[string]say.Text{}, wrong: map[string][]WrongResult{}}
	err = s.play(ctx, o, f)
	result.Steps = s.results(f)
	result.Seconds = time.Since(start).Seconds()
	if err == nil && passed(result.Steps) {
		result.State = Passed
	}

	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	s.shell.Stop() // a command in it may hold on to what is taken away
	if cleanErr := s.cleanUp(clean); cleanErr != nil {
		result.State = Failed
		err = errors.Join(err, say.Errorf("cleaning up: %w", cleanErr))
	}
	return result, err
}

// findings are what Play learns beside the state of the outcomes.
type findings struct {
	early map[string]say.Text      // outcomes that were met too early, and when
	wrong map[string][]WrongResult // by step
}

// play solves all steps.
func (s *Session) play(ctx context.Context, o PlayOptions, f findings) error {
	ready := func() bool { return s.synced && s.facts.Needs != nil }
	if err := s.waitFor(ctx, ready); err != nil {
		return say.Errorf("waiting for the cluster: %w", err)
	}
	if err := s.ResetLesson(ctx); err != nil {
		return say.Errorf("resetting the lesson: %w", err)
	}
	if err := s.waitFor(ctx, ready); err != nil {
		return say.Errorf("waiting for the cluster: %w", err)
	}
	for _, st := range s.steps {
		if err := s.playStep(ctx, st, o, f); err != nil {
			return err
		}
	}
	return nil
}

// playStep solves one step, with what it claims for itself.
func (s *Session) playStep(ctx context.Context, st *stepState, o PlayOptions, f findings) (err error) {
	if o.Claim != nil && len(st.def.Claims) > 0 {
		release, err := o.Claim(ctx, st.def.Claims)
		if err != nil {
			return err
		}
		defer func() {
			if err != nil || ctx.Err() != nil { // others must not find what it has claimed half changed
				clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
				defer cancel()
				err = errors.Join(err, s.runLines(clean, st.def.Reset))
			}
			release()
		}()
	}
	if err := s.Goto(st.def.ID); err != nil {
		return err
	}
	prove := func(met, held say.Text) error {
		if o.NoProof || len(st.def.Commands) == 0 {
			return nil
		}
		return s.noteEarly(ctx, st, f.early, met, held)
	}
	err = prove(
		say.T("it was met before the commands of its step had run"),
		say.T("its condition held before the commands of its step had run"),
	)
	if o.Wrong && err == nil {
		f.wrong[st.def.ID], err = s.tryWrong(ctx, st, func(id string) error {
			return prove(
				say.T("it was met when the step's reset had undone the wrong solution %s", id),
				say.T("its condition held when the step's reset had undone the wrong solution %s", id),
			)
		})
	}
	if err != nil {
		return say.Errorf("step %s: %w", st.def.ID, err)
	}
	err = s.solve(ctx, st.def.ID, true)
	var unmet *UnmetError
	if err != nil && !errors.As(err, &unmet) {
		return say.Errorf("step %s: %w", st.def.ID, err)
	}
	return nil
}

// results takes stock. Outcomes that are still open are given up.
func (s *Session) results(f findings) []StepResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	steps := []StepResult{}
	for _, st := range s.steps {
		r := StepResult{ID: st.def.ID, Outcomes: []OutcomeResult{}, Wrong: f.wrong[st.def.ID]}
		for _, c := range st.checks {
			out := OutcomeResult{ID: c.def.ID, Kind: c.def.Kind, State: c.status.State, Reason: c.status.Reason, Seconds: c.status.MetIn.Seconds()}
			if e := c.status.Evidence; e != nil {
				out.Evidence = &EvidenceResult{Text: e.Text, At: e.At}
			}
			tooEarly, isEarly := f.early[key(c.status)]
			switch {
			case isEarly:
				out.State, out.Reason = Unmet, tooEarly
			case !c.given && !c.settled():
				out.State, out.Reason = Unmet, reason(c, time.Now())
			}
			r.Outcomes = append(r.Outcomes, out)
		}
		steps = append(steps, r)
	}
	return steps
}

// reason says why an outcome is given up at a moment.
func reason(c *check, at time.Time) say.Text {
	switch m := c.status.Mismatch; {
	case !c.begun():
		return say.T("its step was not reached")
	case m != nil && !m.Said().IsZero():
		return m.Said()
	case !c.status.HoldSince.IsZero():
		return say.T("held for %v of %v", at.Sub(c.status.HoldSince).Round(time.Second), c.def.For)
	}
	return say.T("not met in time")
}

func passed(steps []StepResult) bool {
	for _, st := range steps {
		for _, o := range st.Outcomes {
			if o.State == Unmet {
				return false
			}
		}
		for _, w := range st.Wrong {
			if w.State == Failed {
				return false
			}
		}
	}
	return true
}

func key(st OutcomeStatus) string { return st.Step + "/" + st.Outcome }
