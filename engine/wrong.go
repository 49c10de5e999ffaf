package engine

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// tryWrong tries the current step's wrong solutions one after another; each ends
// with the step reset, and afterReset told its id. The error says why not all
// could be tried.
func (s *Session) tryWrong(ctx context.Context, st *stepState, afterReset func(id string) error) ([]WrongResult, error) {
	var results []WrongResult
	for _, w := range st.def.Wrong {
		if lacking := s.lackingFor(st, w); !lacking.IsZero() {
			results = append(results, WrongResult{ID: w.ID, State: string(Unavailable), Reason: lacking})
			continue
		}
		r, err := s.try(ctx, st, w)
		if err != nil {
			return results, say.Errorf("wrong solution %s: %w", w.ID, err)
		}
		results = append(results, r)
		if err := afterReset(w.ID); err != nil {
			return results, err
		}
	}
	return results, nil
}

// lackingFor is what the cluster lacks, if a wrong solution needs it or if its
// lack leaves the wrong solution nothing to show.
func (s *Session) lackingFor(st *stepState, w lessons.Wrong) say.Text {
	s.mu.Lock()
	defer s.mu.Unlock()
	lacking := s.facts.lacking(w.Needs)
	if !lacking.IsZero() {
		return lacking
	}
	for _, c := range st.checks {
		if _, ok := w.Unmet[c.def.ID]; ok {
			if lacking = s.facts.lacking(c.needs); lacking.IsZero() {
				return say.Text{}
			}
		}
	}
	return lacking
}

// try tries one wrong solution and resets the step.
func (s *Session) try(ctx context.Context, st *stepState, w lessons.Wrong) (WrongResult, error) {
	start := time.Now()
	s.mu.Lock()
	s.out.put(WrongStarted{Step: st.def.ID, Wrong: w.ID, At: start}, nil)
	commands, early := len(s.commands), s.earlyProofs()
	s.mu.Unlock()
	r := WrongResult{ID: w.ID, State: Failed}
	reasons, err := s.runWrong(ctx, st, w)
	if err != nil {
		return r, err
	}
	if err := s.ResetStep(ctx, st.def.ID); err != nil {
		if ctx.Err() != nil || errors.Is(err, ErrClosed) {
			return r, err
		}
		reasons = append(reasons, say.T("resetting the step: %v", err))
	}
	s.discard(st, commands, early)
	if len(reasons) == 0 {
		r.State = Passed
	}
	now := time.Now()
	r.Reason, r.Seconds = say.Join("; ", reasons...), now.Sub(start).Seconds()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.put(WrongDone{Step: st.def.ID, Result: r, At: now}, nil)
	return r, nil
}

// runWrong runs a wrong solution's commands and waits until it shows what it is
// to show. The reasons say why it did not.
func (s *Session) runWrong(ctx context.Context, st *stepState, w lessons.Wrong) (reasons []say.Text, err error) {
	s.solving.Lock()
	defer s.solving.Unlock()
	told := make(map[string]*regexp.Regexp, len(w.Unmet))
	for id, pattern := range w.Unmet {
		if told[id], err = regexp.Compile(pattern); err != nil {
			return nil, say.Errorf("outcome %s: %w", id, err)
		}
	}
	if err := s.freeTerminal(ctx); err != nil {
		return nil, err
	}
	var failed []say.Text
	shown := func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		amiss, _ := s.amiss(st, w, told)
		return len(amiss) == 0
	}
	for _, c := range w.Commands {
		err := s.perform(ctx, c, shown)
		if ctx.Err() != nil || errors.Is(err, ErrClosed) {
			return nil, err
		}
		if err != nil {
			failed = append(failed, say.Of(err))
		}
	}
	// What stood before the commands may look like what they are to bring
	// about: the watches must have seen what they did.
	if _, err := s.now(ctx); err != nil && ctx.Err() != nil {
		return nil, err
	}
	within := w.Within.Duration
	if within <= 0 {
		within = lessons.DefaultWrongWithin
	}
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err = s.waitFor(limited, func() bool {
		var final bool
		reasons, final = s.amiss(st, w, told)
		return s.synced && (final || len(reasons) == 0)
	})
	if ctx.Err() != nil || errors.Is(err, ErrClosed) {
		return nil, err
	}
	if len(reasons) > 0 {
		reasons = append(reasons, failed...)
	}
	return reasons, s.freeTerminal(ctx) // what still runs would print into the next
}

// amiss lists what speaks against a wrong solution having shown what it is to
// show. It is final when an outcome is met that must not be. s.mu is held.
func (s *Session) amiss(st *stepState, w lessons.Wrong, told map[string]*regexp.Regexp) (reasons []say.Text, final bool) {
	for _, c := range st.checks {
		if !s.facts.lacking(c.needs).IsZero() {
			continue
		}
		actual := ""
		if c.status.Mismatch != nil {
			actual = c.status.Mismatch.Actual
		}
		pattern := told[c.def.ID]
		switch {
		case pattern == nil:
			if slices.Contains(w.Met, c.def.ID) && c.status.State != Met {
				reasons = append(reasons, say.T("%s is not met though it must be: %s", c.def.ID, actual))
			}
		case c.status.State == Met:
			final = true
			reasons = append(reasons, say.T("%s was met though it must not be: %s", c.def.ID, c.status.Evidence.Text))
		case c.status.Mismatch == nil || !pattern.MatchString(actual):
			reasons = append(reasons, say.T("%s: expected actual /%s/, got: %s", c.def.ID, pattern, actual))
		}
	}
	return reasons, final
}

// earlyProofs are what steps to come have been shown so far. s.mu is held.
func (s *Session) earlyProofs() map[*check]*proof {
	early := map[*check]*proof{}
	for _, c := range s.checks {
		if c.early != nil {
			early[c] = c.early
		}
	}
	return early
}

// discard makes what a wrong solution of a step did, up to the step's reset,
// count for none of the steps to come.
func (s *Session) discard(st *stepState, commands int, early map[*check]*proof) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = s.commands[:commands]
	for _, other := range s.steps {
		other.cmdCut = min(other.cmdCut, commands)
		if !other.begun.IsZero() {
			continue
		}
		other.cut = st.cut
		for _, c := range other.checks {
			c.early = early[c]
		}
	}
}

// noteEarly puts outcomes of a step into early that are met, or in the case of a
// stays outcome begin to be, with the reason for which they should not be. The
// step's probes are run first: one that nobody has asked proves nothing.
func (s *Session) noteEarly(ctx context.Context, st *stepState, early map[string]say.Text, met, held say.Text) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := s.waitFor(limited, func() bool { return !slices.ContainsFunc(st.checks, s.unasked) })
	if ctx.Err() != nil || errors.Is(err, ErrClosed) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range st.checks {
		var reason say.Text
		switch {
		case c.status.State == Met:
			reason = met
		case !c.status.HoldSince.IsZero():
			reason = held
		case s.unasked(c):
			reason = say.T("its probe had no answer for %s, so that nothing shows that it was not met before", patience)
		}
		if _, noted := early[key(c.status)]; !reason.IsZero() && !noted {
			early[key(c.status)] = reason
		}
	}
	return nil
}

// checkWrong says what is wrong with a step's wrong solutions.
func checkWrong(step *lessons.Step) []error {
	var errs []error
	for _, w := range step.Wrong {
		for _, c := range w.Commands {
			if _, err := promptPattern(c.Prompt); err != nil {
				errs = append(errs, say.Errorf("wrong solution %s, prompt of %q: %w", w.ID, c.Run, err))
			}
		}
		for _, id := range slices.Sorted(maps.Keys(w.Unmet)) {
			if _, err := regexp.Compile(w.Unmet[id]); err != nil {
				errs = append(errs, say.Errorf("wrong solution %s, unmet %s: %w", w.ID, id, err))
			}
			if !slices.ContainsFunc(step.Outcomes, func(o lessons.Outcome) bool { return o.ID == id }) {
				errs = append(errs, say.Errorf("wrong solution %s, unmet %s: the step has no such outcome", w.ID, id))
			}
		}
		for _, id := range w.Met {
			if !slices.ContainsFunc(step.Outcomes, func(o lessons.Outcome) bool { return o.ID == id }) {
				errs = append(errs, say.Errorf("wrong solution %s, met %s: the step has no such outcome", w.ID, id))
			}
		}
	}
	return errs
}
