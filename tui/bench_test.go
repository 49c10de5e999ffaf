package tui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
)

// percentile is the time below which n in a hundred of the times are.
func percentile(times []time.Duration, n int) time.Duration {
	slices.Sort(times)
	return times[min(len(times)*n/100, len(times)-1)]
}

// report gives percentiles of times in milliseconds as metrics.
func report(b *testing.B, times []time.Duration) {
	b.ReportMetric(0, "ns/op") // it would be the time of a whole round
	for _, n := range []int{50, 99} {
		b.ReportMetric(float64(percentile(times, n).Microseconds())/1000, fmt.Sprintf("p%d-ms", n))
	}
}

// flood prints lines in the lesson's terminal until stop is closed.
func flood(f *fakeSession, stop <-chan struct{}) {
	for n := 0; ; n++ {
		var lines strings.Builder
		for i := range 50 {
			fmt.Fprintf(&lines, "\r\n\x1b[32m%06d\x1b[0m pod/memory-demo-2 in namespace mem-example was restarted once more", n*50+i)
		}
		f.mu.Lock()
		waiting := len(f.unsent)
		f.mu.Unlock()
		if waiting < 20 { // a terminal waits for its reader
			f.emit(engine.ShellOutput{Data: []byte(lines.String())})
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// later is a picture a second later: of its container there is one more reading.
func later(pic picture.Picture) picture.Picture {
	u := pic.Usage[0]
	last := u.Points[len(u.Points)-1]
	last.At = last.At.Add(time.Second)
	u.Points = append(slices.Clone(u.Points), last)
	pic.Usage = []picture.Usage{u}
	return pic
}

// restart draws a Pod that is restarted again and again, as often as a session
// draws pictures, until stop is closed.
func restart(f *fakeSession, stop <-chan struct{}) {
	pic := crashLoop()
	for n := 0; ; n++ {
		pic = later(pic)
		u := &pic.Usage[0]
		u.Points = u.Points[max(0, len(u.Points)-picture.Keep):]
		last := &u.Points[len(u.Points)-1]
		last.Run, last.Memory = fmt.Sprint("run ", n/5), int64(n%5)*25<<20
		if n%5 == 4 {
			u.Ends = append(slices.Clone(u.Ends), picture.End{At: last.At, Reason: "OOMKilled", Exit: 137})
			u.Ends = u.Ends[max(0, len(u.Ends)-100):]
		}
		f.emit(
			engine.Observed{Verb: "modified", Kind: "Pod", Name: u.Pod, Summary: fmt.Sprint("OOMKilled 0/1, restarts ", n/5), At: last.At},
			engine.PictureChanged{Picture: pic, At: last.At},
		)
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// BenchmarkKeyToFrame measures from a key press to the frame that shows what it
// did: with a quiet terminal as the yardstick, while the terminal prints far more
// than 10,000 lines, and with a picture of a Pod that is restarted all the time. Keys come at random moments of the frame's clock.
func BenchmarkKeyToFrame(b *testing.B) {
	for _, size := range sizes {
		for _, name := range []string{"quiet", "printing", "pictures"} {
			printing := name == "printing"
			b.Run(fmt.Sprintf("%dx%d/%s", size.w, size.h, name), func(b *testing.B) {
				change := func(c *Config) { c.Lesson = "memory" }
				if name == "pictures" {
					change = pictures(lessons.PictureMemory, lessons.PictureTimeline)
				}
				s := start(b, size.w, size.h, change)
				s.shows("│$")
				f := s.opened()
				if name == "pictures" && size.w < wideWidth {
					s.press("v")
				}
				stop, stopped := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(stopped)
					switch name {
					case "printing":
						flood(f, stop)
					case "pictures":
						restart(f, stop)
					}
				}()
				if name == "pictures" {
					s.shows("OOMKilled")
				}
				if printing {
					s.until("10,000 lines", func(screen string) bool { return strings.Contains(screen, "│01") })
				}
				var times []time.Duration
				for b.Loop() {
					<-time.After(rand.N(time.Second / fps))
					times = append(times, s.pressUntil("?", "All keys"))
					s.press("?")
					s.gone("All keys")
				}
				close(stop)
				<-stopped
				report(b, times)
			})
		}
	}
}

// BenchmarkEcho measures from a key in the terminal to the frame with its echo,
// the way through the session's queue and back included, on a quiet terminal.
func BenchmarkEcho(b *testing.B) {
	s, _ := begin(b, 160, 48)
	s.press("f6")
	s.shows("leave the terminal")
	var times []time.Duration
	for n := 0; b.Loop(); n++ {
		want, key := "$ x", "x"
		if n%2 == 1 {
			want, key = "$  ", "backspace"
		}
		begin := time.Now()
		s.press(key)
		s.until(want, func(screen string) bool { return strings.Contains(screen, "│"+want) })
		times = append(times, time.Since(begin))
	}
	report(b, times)
}

// BenchmarkFirstFrame measures from the start of the program to its first frame:
// with a program that shows one word as the yardstick.
func BenchmarkFirstFrame(b *testing.B) {
	var times, bare []time.Duration
	for b.Loop() {
		begin := time.Now()
		showWord(b)
		bare = append(bare, time.Since(begin))
		begin = time.Now()
		s := start(b, 120, 40, func(c *Config) { c.Cluster = &fakeCluster{hold: make(chan struct{})} })
		s.shows("Memory requests and limits")
		times = append(times, time.Since(begin))
		s.cancel()
		_ = s.end()
	}
	report(b, times)
	b.ReportMetric(float64(percentile(bare, 50).Microseconds())/1000, "bare-p50-ms")
}

// word is the smallest program there is: it shows a word.
type word struct{}

func (word) Init() tea.Cmd                         { return nil }
func (w word) Update(tea.Msg) (tea.Model, tea.Cmd) { return w, nil }
func (word) View() tea.View                        { return tea.NewView("word") }

// shown is closed when the word is written.
type shown chan struct{}

func (s shown) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("word")) {
		close(s)
	}
	return len(p), nil
}

// showWord returns when the smallest program has shown its word.
func showWord(b *testing.B) {
	out := make(shown)
	in, keys := io.Pipe()
	p := tea.NewProgram(word{}, tea.WithContext(b.Context()), tea.WithInput(in), tea.WithOutput(out), tea.WithFPS(fps),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithWindowSize(120, 40), tea.WithoutSignalHandler())
	ended := make(chan error, 1)
	go func() { _, err := p.Run(); ended <- err }()
	select {
	case <-out:
	case err := <-ended:
		b.Fatalf("the program ended: %v", err)
	}
	p.Kill()
	if err := <-ended; err != nil && !errors.Is(err, tea.ErrProgramKilled) {
		b.Error(err)
	}
	_ = keys.Close()
}

// BenchmarkView measures the drawing of one frame.
func BenchmarkView(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(b *testing.B) {
			m := still(b, func(c *Config) { c.Lesson = "memory" })
			m.width, m.height = size.w, size.h
			for b.Loop() {
				if len(m.View().Content) == 0 {
					b.Fatal("nothing was drawn")
				}
			}
		})
	}
}
