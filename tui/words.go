package tui

import (
	"fmt"
	"time"

	"github.com/podlab/podlab/content"
)

// words are the program's messages in the learner's language.
type words struct{ *content.Printer }

// seconds is a time span as short as it can be read.
func (w words) seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return w.T("time.seconds", "N", fmt.Sprintf("%.1f", d.Seconds()))
	case d < 2*time.Minute:
		return w.T("time.seconds", "N", fmt.Sprintf("%.0f", d.Seconds()))
	}
	return w.T("time.minutes", "N", fmt.Sprintf("%.0f", d.Minutes()))
}
