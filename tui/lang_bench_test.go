package tui

import (
	"testing"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

// BenchmarkLanguageSwitch measures from the key that chooses another language,
// in the middle of the longest lesson there is, to the frame in that language.
func BenchmarkLanguageSwitch(b *testing.B) {
	all, err := lessons.All()
	if err != nil {
		b.Fatal(err)
	}
	lib, err := content.Default()
	if err != nil {
		b.Fatal(err)
	}
	longest := all[0]
	for _, l := range all {
		if len(l.Steps) > len(longest.Steps) {
			longest = l
		}
	}
	s := start(b, 160, 48, func(c *Config) {
		c.Lessons, c.Content, c.Lesson = all, lib, longest.ID
		c.Cluster = &fakeCluster{hold: make(chan struct{})}
	})
	s.shows("Outcomes")
	for range len(longest.Steps) / 2 {
		s.press("n")
	}
	s.press("l")
	s.shows("日本語")
	var times []time.Duration
	for b.Loop() {
		times = append(times, s.pressUntil("down", "結果"))
		times = append(times, s.pressUntil("up", "Outcomes"))
	}
	report(b, times)
}
