package tui

import (
	"reflect"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Bubble Tea looks by a ticker whether there is something to draw, as often while
// nothing happens: on a quiet machine that alone costs more than a hundredth of a
// processor, all the time that a learner reads. What changes a frame is a message,
// so the ticker may rest when there was none for a while.
const (
	fps     = 120                    // while something happens: a key is to show within 16 ms
	resting = 250 * time.Millisecond // between two looks, else
	linger  = 150 * time.Millisecond // without a message, until it rests
)

// pace slows a program's ticker down, and wakes it with each message.
type pace struct {
	program *tea.Program // nil where there is only a model

	mu     sync.Mutex
	ticker *time.Ticker // nil where it could not be found: it then goes on as it is
	last   time.Time    // when a message came
	slow   bool
}

// wake is for every message, before the model handles it.
func (p *pace) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.ticker == nil
	if first && p.program != nil {
		p.ticker = drawTicker(p.program)
	}
	if p.ticker == nil {
		return
	}
	p.last = time.Now()
	if p.slow {
		p.ticker.Reset(time.Second / fps)
	}
	if p.slow || first {
		p.slow = false
		time.AfterFunc(linger, p.rest)
	}
}

// rest slows the ticker down unless a message came.
func (p *pace) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := linger - time.Since(p.last); left > 0 {
		time.AfterFunc(left, p.rest)
		return
	}
	p.ticker.Reset(resting)
	p.slow = true
}

// drawTicker is the ticker by which a running program draws, nil if there is none
// of that name in this version of Bubble Tea, which has no option for it. It is
// for the program's own goroutine, which sets it.
func drawTicker(p *tea.Program) *time.Ticker {
	field := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return *(**time.Ticker)(field.Addr().UnsafePointer())
}
