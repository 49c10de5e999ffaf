//go:build unix

package tui

import (
	"errors"
	"io"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// processor is the time that this process has spent on processors.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// idleSeconds is for how long nothing happens.
const idleSeconds = 8

// share measures which part of a processor is used while seconds pass, in percent.
// Each begins with a call of begin.
func share(b *testing.B, begin func()) float64 {
	b.Helper()
	time.Sleep(time.Second) // what a start still has to do
	began, used := time.Now(), processor(b)
	for range idleSeconds {
		begin()
		time.Sleep(time.Second)
	}
	return 100 * float64(processor(b)-used) / float64(time.Since(began))
}

// wordShare is the share of the smallest program.
func wordShare(b *testing.B) float64 {
	b.Helper()
	in, keys := io.Pipe()
	p := tea.NewProgram(word{}, tea.WithContext(b.Context()), tea.WithInput(in), tea.WithOutput(io.Discard),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithWindowSize(120, 40), tea.WithoutSignalHandler())
	ended := make(chan error, 1)
	go func() { _, err := p.Run(); ended <- err }()
	bare := share(b, func() {})
	p.Kill()
	if err := <-ended; err != nil && !errors.Is(err, tea.ErrProgramKilled) {
		b.Error(err)
	}
	_ = keys.Close()
	return bare
}

// BenchmarkIdle measures what the screen costs while nobody types and nothing is
// printed, at first with a picture that gets a point every second and then
// without: with Bubble Tea's smallest program as the yardstick.
func BenchmarkIdle(b *testing.B) {
	var alive, still, bare float64
	for b.Loop() {
		if bare > 0 {
			continue // a mean over seconds: once is enough
		}
		debug.FreeOSMemory() // what other benchmarks left would be given back meanwhile
		bare = wordShare(b)
		s := start(b, 120, 40, pictures(lessons.PictureMemory, lessons.PictureTimeline))
		s.shows("│$")
		f := s.opened()
		pic, second := crashLoop(), 0
		alive = share(b, func() {
			second++
			pic = later(pic)
			f.emit(engine.PictureChanged{Picture: pic, At: present.Add(time.Duration(second) * time.Second)})
		})
		still = share(b, func() {})
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(alive, "alive-%")
	b.ReportMetric(still, "still-%")
	b.ReportMetric(bare, "bare-%")
}
