package tui

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pace{ticker: time.NewTicker(time.Second / fps), slow: true}
		defer p.ticker.Stop()
		// looks counts the ticks until d has passed.
		looks := func(d time.Duration) (n int) {
			end := time.After(d)
			for {
				select {
				case <-p.ticker.C:
					n++
				case <-end:
					return n
				}
			}
		}
		p.wake()
		if n := looks(100 * time.Millisecond); n < 11 || n > 12 {
			t.Errorf("%d looks in the tenth of a second after a message", n)
		}
		p.wake() // it lingers anew
		if n := looks(140 * time.Millisecond); n < 16 || n > 17 {
			t.Errorf("%d looks after another message", n)
		}
		looks(time.Second)
		if n := looks(10 * time.Second); n != 40 {
			t.Errorf("%d looks in ten seconds without a message", n)
		}
		p.wake()
		began := time.Now()
		<-p.ticker.C
		if d := time.Since(began); d > time.Second/fps {
			t.Errorf("the first look came after %s", d)
		}
	})
}

func TestDrawTickerIsFound(t *testing.T) {
	in, keys := io.Pipe()
	defer func() { _ = keys.Close() }()
	var screen *Model
	p, run := program(t.Context(), fakeConfig(t, nil), in, io.Discard, tea.WithWindowSize(80, 24), tea.WithoutSignalHandler(),
		tea.WithFilter(func(m tea.Model, msg tea.Msg) tea.Msg {
			screen, _ = m.(*Model)
			return msg
		}))
	go func() {
		p.Send(tea.FocusMsg{})
		p.Quit()
	}()
	if err := run(); err != nil {
		t.Fatal(err)
	}
	if screen == nil || screen.pace.ticker == nil {
		t.Error("Bubble Tea has no ticker of that name any more: podlab draws as often while nothing happens")
	}
}
