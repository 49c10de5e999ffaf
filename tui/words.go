package tui

import (
	"fmt"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/internal/say"
)

// words are the program's messages in the learner's language.
type words struct{ *content.Printer }

// seconds is a time span as short as it can be read.
func (w words) seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return w.T("time.seconds", "N", w.tenths(d.Seconds()))
	case d < 2*time.Minute:
		return w.T("time.seconds", "N", fmt.Sprintf("%.0f", d.Seconds()))
	}
	return w.T("time.minutes", "N", fmt.Sprintf("%.0f", d.Minutes()))
}

// whole is a time span in whole seconds.
func (w words) whole(d time.Duration) string {
	return w.T("time.seconds", "N", int(d.Seconds()))
}

// tenths is a number with one decimal place.
func (w words) tenths(n float64) string {
	return fmt.Sprintf("%.1f", say.Number(w, n))
}

// minutes is a number of minutes, as hours and minutes where there are many.
func (w words) minutes(n int) string {
	if n < 120 {
		return w.T("time.minutes", "N", n)
	}
	return w.T("time.hours", "Hours", n/60, "N", n%60)
}
