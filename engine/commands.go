package engine

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"k8s.io/apimachinery/pkg/types"
)

// command is one line that ran, or runs, in the learner's terminal, or one run
// of a probe.
type command struct {
	line    string
	where   string    // for evidence; "" is the terminal
	pod     types.UID // in which a probe ran
	started time.Time
	exit    int // -1 while it runs
	printed transcript
}

func (c *command) running() bool { return c.exit < 0 }

// source names the command in evidence.
func (c *command) source() string {
	if c.where != "" {
		return c.where + ": " + c.line
	}
	return "$ " + c.line
}

// Bounds of what is kept of one command's output; of a longer one its beginning
// and its end.
const (
	keepHead = 64 << 10
	keepTail = 192 << 10
)

// transcript is what a command printed.
type transcript struct {
	head, tail []byte
	cut        bool
	plain      string
	stale      bool
}

// Write adds output; it never fails.
func (t *transcript) Write(p []byte) (int, error) {
	n := len(p)
	t.stale = true
	if room := keepHead - len(t.head); room > 0 {
		t.head = append(t.head, p[:min(len(p), room)]...)
		p = p[min(len(p), room):]
	}
	t.tail = append(t.tail, p...)
	if len(t.tail) > 2*keepTail {
		t.tail = append([]byte(nil), t.tail[len(t.tail)-keepTail:]...)
		t.cut = true
	}
	return n, nil
}

// text is the output as one reads it: without escape sequences, lines ended by
// a line feed alone.
func (t *transcript) text() string {
	if t.stale {
		middle := ""
		if t.cut {
			middle = "\n…\n"
		}
		t.plain = plain(string(t.head) + middle + string(t.tail))
		t.stale = false
	}
	return t.plain
}

// plain removes escape sequences and carriage returns.
func plain(s string) string {
	s = ansi.Strip(s)
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.ReplaceAll(s, "\r", "")
}
