package tui

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// work is everything that goes on behind the screen. Bubble Tea leaves its
// commands running when a program quits; this waits for them, so that nothing
// is left half done.
type work struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

func newWork(ctx context.Context) *work {
	w := &work{}
	w.ctx, w.cancel = context.WithCancel(ctx)
	return w
}

// cmd makes a command of f, which must end soon after its context does.
func (w *work) cmd(f func(context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !w.begin() {
			return nil
		}
		defer w.running.Done()
		return f(w.ctx)
	}
}

// after tells a message once some time has passed.
func (w *work) after(d time.Duration, msg tea.Msg) tea.Cmd {
	return w.cmd(func(ctx context.Context) tea.Msg {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return msg
		case <-ctx.Done():
			return nil
		}
	})
}

func (w *work) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.running.Add(1)
	return true
}

// end cancels what runs and waits for it.
func (w *work) end() {
	w.cancel()
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.running.Wait()
}

// slot holds the one session that may be open.
type slot struct {
	mu   sync.Mutex // held while a session is opened or closed
	feed *feed

	wantMu sync.Mutex
	want   string
}

// wanted notes which lesson the learner is at. It does not wait.
func (s *slot) wanted(lesson string) {
	s.wantMu.Lock()
	defer s.wantMu.Unlock()
	s.want = lesson
}

// fill closes the session that is open and opens another, unless the learner
// has gone on to a third lesson meanwhile: then it returns nil.
func (s *slot) fill(lesson string, open func() (*feed, error)) (*feed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wantMu.Lock()
	stale := s.want != lesson
	s.wantMu.Unlock()
	if stale {
		return nil, nil
	}
	if err := s.empty(); err != nil {
		return nil, err
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	s.feed = f
	return f, nil
}

// close closes the session that is open.
func (s *slot) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.empty()
}

func (s *slot) empty() error {
	if s.feed == nil {
		return nil
	}
	f := s.feed
	s.feed = nil
	return f.close()
}
