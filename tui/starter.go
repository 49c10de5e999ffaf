package tui

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/cluster"
)

// starter collects the reports of one start; they can come thousands a second.
type starter struct {
	mu     sync.Mutex
	stages []cluster.Progress
	every  time.Duration // the least time between two frames of it
	ready  chan struct{}
	done   chan struct{} // closed when Start has returned
}

type (
	stagesMsg  struct{ from *starter }
	startedMsg struct {
		from   *starter
		status cluster.Status
		err    error
	}
)

func (s *starter) report(p cluster.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.ready <- struct{}{}:
	default:
	}
	for i := range s.stages {
		if s.stages[i].Stage == p.Stage {
			s.stages[i] = p
			return
		}
	}
	s.stages = append(s.stages, p)
}

func (s *starter) latest() []cluster.Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]cluster.Progress(nil), s.stages...)
}

// wait returns when there is progress to draw, but not sooner than
// s.every, or nil when the start or ctx ends.
func (s *starter) wait(ctx context.Context) tea.Msg {
	pause := time.NewTimer(s.every)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
		return nil
	}
	select {
	case <-s.ready:
		return stagesMsg{s}
	case <-s.done:
		return nil
	case <-ctx.Done():
		return nil
	}
}
