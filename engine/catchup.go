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
	var errs []error
	for _, st := range s.steps[:current] {
		err := s.Solve(ctx, st.def.ID)
		errs = append(errs, err)
		if unmet := new(UnmetError); err != nil && !errors.As(err, &unmet) {
			return errors.Join(errors.Join(errs...), s.Goto(s.steps[current].def.ID))
		}
	}
	errs = append(errs, s.Goto(s.steps[current].def.ID))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.other, s.proven = false, map[string]bool{s.cluster: true}
	s.out.put(nil, record{Type: recCaughtUp, At: time.Now(), Cluster: s.cluster})
	return errors.Join(errs...)
}

// elsewhere notes that the lesson's progress was made on another cluster. s.mu
// is held.
func (s *Session) elsewhere(at time.Time) {
	s.other = true
	s.out.put(OtherCluster{At: at}, nil)
}
