package engine

import (
	"context"
	"errors"
	"time"
)

// CatchUp brings the cluster to where the current step begins: it solves the
// steps before it in their order, each as Solve does, and comes back. It is for
// steps that were skipped, and for a cluster that is not the one on which the
// lesson was begun. Outcomes that were met stay so, and what is not met although
// its step was solved holds nothing up: it is part of the error, an *UnmetError.
func (s *Session) CatchUp(ctx context.Context) error {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	_, err := s.solveUpTo(ctx, current, true)
	return errors.Join(err, s.Goto(s.steps[current].def.ID))
}

// Skip makes a step the current one once it has solved the steps before it that
// are not done, each as Solve does; on another cluster than theirs all of them,
// as CatchUp. When it is stopped, the step that it was at is the current one.
// What is not met although its step was solved is part of the error, as with
// CatchUp.
func (s *Session) Skip(ctx context.Context, step string) error {
	i, err := s.stepIndex(step)
	if err != nil {
		return err
	}
	s.mu.Lock()
	all := s.other
	s.mu.Unlock()
	whole, err := s.solveUpTo(ctx, i, all)
	if !whole {
		return err
	}
	return errors.Join(err, s.Goto(step))
}

// solveUpTo solves the steps before one, all of them or those that are not done.
// It is whole unless something other than unmet outcomes stopped it.
func (s *Session) solveUpTo(ctx context.Context, target int, all bool) (whole bool, err error) {
	var errs []error
	for _, st := range s.steps[:target] {
		s.mu.Lock()
		done := st.done
		s.mu.Unlock()
		if done && !all {
			continue
		}
		err := s.Solve(ctx, st.def.ID)
		errs = append(errs, err)
		if unmet := new(UnmetError); err != nil && !errors.As(err, &unmet) {
			return false, errors.Join(errs...)
		}
	}
	if all {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.other, s.proven = false, map[string]bool{s.cluster: true}
		s.out.put(nil, record{Type: recCaughtUp, At: time.Now(), Cluster: s.cluster})
	}
	return true, errors.Join(errs...)
}

// elsewhere notes that the lesson's progress was made on another cluster. s.mu
// is held.
func (s *Session) elsewhere(at time.Time) {
	s.other = true
	s.out.put(OtherCluster{At: at}, nil)
}
