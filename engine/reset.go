package engine

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/podlab/podlab/engine/observe"
	"github.com/podlab/podlab/engine/shell"
	"github.com/podlab/podlab/internal/say"
)

// ResetStep undoes a step by the lesson's reset lines, which run out of the
// learner's sight, gives the learner the files that its commands use as they
// were, and makes its outcomes pending again; only what is observed
// from now on counts for them, and for the steps after it that have not begun.
// The step becomes the current one. The error tells which lines failed; the
// outcomes are pending all the same.
func (s *Session) ResetStep(ctx context.Context, step string) error {
	i, err := s.stepIndex(step)
	if err != nil {
		return err
	}
	s.solving.Lock()
	defer s.solving.Unlock()
	err = errors.Join(s.runLines(ctx, s.steps[i].def.Reset), s.restore(s.steps[i].def))
	mark, markErr := s.now(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	st, at := s.steps[i], time.Now()
	s.forgetStep(st)
	st.cut, st.cmdCut = mark, len(s.commands)
	for _, later := range s.steps[i+1:] {
		if later.begun.IsZero() { // what the reset did is no solution of it
			later.cut, later.cmdCut = mark, len(s.commands)
			for _, c := range later.checks {
				c.early = nil
			}
		}
	}
	s.done = false
	s.out.put(StepReset{Step: step, At: at}, record{Type: recReset, At: at, Step: step})
	s.keepCut(step, mark, at)
	s.begin(i)
	return errors.Join(err, markErr)
}

// keepCut writes down from when on a step's history counts, and what of all that
// was ever seen was gone by then. s.mu is held.
func (s *Session) keepCut(step string, mark observe.Mark, at time.Time) {
	if s.link == nil || s.link.Epoch != mark.Epoch || !mark.After(s.cut) {
		return // the cluster did not answer
	}
	s.out.put(nil, record{Type: recCut, At: at, Step: step, Cluster: s.cluster, Revision: mark.Revision})
	for seen := range s.seen {
		if !s.records.There(seen.name, seen.uid) {
			delete(s.seen, seen)
			s.out.put(nil, record{Type: recGone, At: at, Name: seen.name, UID: seen.uid, Cluster: s.cluster, Revision: mark.Revision})
		}
	}
}

// ResetLesson takes the lesson's objects away by its clean-up lines, gives the
// learner a fresh shell and the lesson's files as they were, and begins at the
// first step with all outcomes pending. The error tells which lines failed; the
// lesson begins anew all the same.
func (s *Session) ResetLesson(ctx context.Context) error {
	s.solving.Lock()
	defer s.solving.Unlock()
	s.shell.Stop() // a command in it may hold on to what is taken away
	err := errors.Join(
		s.runLines(ctx, s.lesson.Cleanup),
		unpack(s.lesson.FS, s.cfg.Workspace, true),
	)
	mark, markErr := s.now(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	at := time.Now()
	s.forget()
	s.cut, s.firstCmd = mark, len(s.commands)
	for _, st := range s.steps {
		st.cut, st.cmdCut = observe.Mark{}, 0
	}
	s.out.put(StepReset{At: at}, record{Type: recReset, At: at})
	s.out.put(nil, record{Type: recCut, At: at, Cluster: s.cluster, Revision: mark.Revision})
	s.begin(0)
	return errors.Join(err, markErr)
}

// cleanUp runs the lesson's clean-up lines.
func (s *Session) cleanUp(ctx context.Context) error { return s.runLines(ctx, s.lesson.Cleanup) }

// runLines runs shell lines out of sight, all of them even if one fails.
func (s *Session) runLines(ctx context.Context, lines []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	var errs []error
	for _, line := range lines {
		if err := s.runLine(ctx, line); err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// noKubelet is what the API server says of a kubelet that does not answer.
var noKubelet = regexp.MustCompile(`error dialing backend|:10250\b.*(connection refused|connection reset|EOF)`)

// kubeletLimit is how long a kubelet that was restarted may take to answer.
const kubeletLimit = 60 * time.Second

// runLine runs a shell line, again and again while what fails it is a kubelet
// that does not answer: lessons restart some.
func (s *Session) runLine(ctx context.Context, line string) error {
	deadline := time.Now().Add(kubeletLimit)
	for {
		err := s.shell.RunLine(ctx, line)
		var failed *shell.LineError
		if !errors.As(err, &failed) || !noKubelet.MatchString(failed.Output) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return err
		}
	}
}

// now is the cluster's present revision, to which all watches have caught up:
// what was observed until now is the past. While the cluster does not answer it
// is the beginning of what counts already.
func (s *Session) now(ctx context.Context) (observe.Mark, error) {
	ctx, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	s.mu.Lock()
	link, last := s.link, s.cut
	if !s.up {
		s.mu.Unlock()
		return last, nil
	}
	s.synced = false
	s.mu.Unlock()
	link.Renew()
	err := s.waitFor(ctx, func() bool { return s.synced && s.link != link })
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		return s.cut, say.Errorf("waiting for the cluster's present state: %w", err)
	}
	return s.link.Mark, nil
}

// catchUp is how long the cluster may take to tell its whole state again.
const catchUp = 20 * time.Second
