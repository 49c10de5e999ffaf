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
		if msg := p.filter(nil, "a"); msg != "a" {
			t.Fatalf("the message became %v", msg)
		}
		if n := looks(100 * time.Millisecond); n < 11 || n > 12 {
			t.Errorf("%d looks in the tenth of a second after a message", n)
		}
		p.filter(nil, "b") // it lingers anew
		if n := looks(140 * time.Millisecond); n < 16 || n > 17 {
			t.Errorf("%d looks after another message", n)
		}
		looks(time.Second)
		if n := looks(10 * time.Second); n != 40 {
			t.Errorf("%d looks in ten seconds without a message", n)
		}
		p.filter(nil, "c")
		began := time.Now()
		<-p.ticker.C
		if d := time.Since(began); d > time.Second/fps {
			t.Errorf("the first look came after %s", d)
		}
	})
}

// quits is a program that ends with its first message.
type quits struct{}

func (q quits) Init() tea.Cmd                       { return nil }
func (q quits) Update(tea.Msg) (tea.Model, tea.Cmd) { return q, tea.Quit }
func (q quits) View() tea.View                      { return tea.NewView("") }

func TestDrawTickerIsFound(t *testing.T) {
	in, keys := io.Pipe()
	defer func() { _ = keys.Close() }()
	p := &pace{}
	p.program = tea.NewProgram(quits{}, tea.WithContext(t.Context()), tea.WithInput(in), tea.WithOutput(io.Discard),
		tea.WithWindowSize(80, 24), tea.WithoutSignalHandler(), tea.WithFilter(p.filter))
	if _, err := p.program.Run(); err != nil {
		t.Fatal(err)
	}
	if p.ticker == nil {
		t.Error("Bubble Tea has no ticker of that name any more: podlab draws as often while nothing happens")
	}
}
