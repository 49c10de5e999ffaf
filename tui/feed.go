package tui

import (
	"context"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/tui/term"
)

// interval is the least time between two batches of a session's events, so
// that a program that prints without end leaves time for the learner's keys. An
// event after a quiet time is delivered at once.
const interval = 15 * time.Millisecond

// busy is how long a program's output is put on the screen without a rest, and
// how long the rest is: it keeps half of a processor free for the learner's keys
// while a program prints without end, which then waits.
const busy = 4 * time.Millisecond

// feed carries one session: its events to Update in batches, its output to
// the terminal, and what the learner does to the session, in order.
type feed struct {
	session Session
	term    *term.Terminal
	queue   *queue
	tap     bool // the output is also an event of a batch
	cols    int  // the size it has; used by Update alone
	rows    int

	mu     sync.Mutex
	events []engine.Event
	errs   []error
	ended  bool
	ready  chan struct{}
	last   time.Time // of the latest batch; used by wait alone
	done   chan struct{}
}

// feedMsg is a batch of a session's events.
type feedMsg struct {
	feed   *feed
	events []engine.Event
	errs   []error // of operations that failed
	ended  bool    // the stream is closed
}

// newFeed starts to carry a session; with tap set the shell's output is among the
// events.
func newFeed(s Session, cols, rows int, tap bool) *feed {
	f := &feed{session: s, tap: tap, ready: make(chan struct{}, 1), done: make(chan struct{})}
	f.queue = newQueue(f.fail)
	f.term = term.New(cols, rows, f.write)
	go f.pump()
	f.cols, f.rows = cols, rows
	f.queue.put(func() error { s.Resize(cols, rows); return nil })
	f.write(nil) // the shell starts with the first write
	return f
}

// pump reads the session's events until they end.
func (f *feed) pump() {
	defer close(f.done)
	var worked time.Duration
	for e := range f.session.Events() {
		if out, ok := e.(engine.ShellOutput); ok {
			for part := range slices.Chunk(out.Data, 2<<10) {
				began := time.Now()
				_, _ = f.term.Write(part) // a terminal takes everything
				f.signal()
				if worked += time.Since(began); worked >= busy {
					time.Sleep(worked)
					worked = 0
				}
			}
			if !f.tap {
				continue
			}
		}
		f.mu.Lock()
		f.events = append(f.events, e)
		f.mu.Unlock()
		f.signal()
	}
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.signal()
}

func (f *feed) fail(err error) {
	f.mu.Lock()
	f.errs = append(f.errs, err)
	f.mu.Unlock()
	f.signal()
}

func (f *feed) signal() {
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// wait returns the next batch, or nil when ctx ends.
func (f *feed) wait(ctx context.Context) tea.Msg {
	select {
	case <-f.ready:
	case <-ctx.Done():
		return nil
	}
	if rest := interval - time.Since(f.last); rest > 0 {
		pause := time.NewTimer(rest)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil
		}
	}
	f.last = time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	msg := feedMsg{feed: f, events: f.events, errs: f.errs, ended: f.ended}
	f.events, f.errs = nil, nil
	return msg
}

// write sends bytes to the shell.
func (f *feed) write(p []byte) {
	f.queue.put(func() error { _, err := f.session.Write(p); return err })
}

// toEnd shows the end of the terminal's screen.
func (f *feed) toEnd() {
	if up := f.term.Scrolled(); up > 0 {
		f.term.Scroll(-up)
	}
}

// run types a command at the shell's prompt and runs it.
func (f *feed) run(command string) {
	f.queue.put(func() error { return f.session.Run(command) })
}

// typeLine types a line for whatever runs in the terminal.
func (f *feed) typeLine(line string) {
	f.queue.put(func() error { return f.session.Type(line) })
}

// goTo moves the session to a step.
func (f *feed) goTo(step string) {
	f.queue.put(func() error { return f.session.Goto(step) })
}

// answer keeps the learner's answer to a step's question.
func (f *feed) answer(step, answer string) {
	f.queue.put(func() error { return f.session.Answer(step, answer) })
}

// hinted keeps how many of a step's hints were shown.
func (f *feed) hinted(step string, shown int) {
	f.queue.put(func() error { return f.session.Hinted(step, shown) })
}

// resize gives the terminal and its programs a new size.
func (f *feed) resize(cols, rows int) {
	if cols == f.cols && rows == f.rows {
		return
	}
	f.cols, f.rows = cols, rows
	f.term.Resize(cols, rows)
	f.queue.put(func() error { f.session.Resize(cols, rows); return nil })
}

// close ends the session and everything that carries it. It blocks.
func (f *feed) close() error {
	f.queue.close()
	err := f.session.Close()
	<-f.queue.done
	<-f.done
	f.term.Close()
	return err
}
