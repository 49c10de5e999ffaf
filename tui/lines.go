package tui

import (
	"bytes"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// liner makes lines of what a terminal prints, as one reads them: without escape
// sequences, and of what was written over only the last.
type liner struct{ rest []byte }

// feed takes output and returns the lines that are whole.
func (l *liner) feed(p []byte) []string {
	l.rest = append(l.rest, p...)
	var lines []string
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return lines
		}
		lines = append(lines, readable(line))
		l.rest = append([]byte(nil), rest...)
	}
}

// flush returns what has been printed of a line so far, such as a prompt.
func (l *liner) flush() string {
	line := readable(l.rest)
	l.rest = nil
	return line
}

func readable(line []byte) string {
	text := strings.TrimRight(ansi.Strip(string(line)), "\r")
	if i := strings.LastIndexByte(text, '\r'); i >= 0 {
		text = text[i+1:]
	}
	var out []rune
	for _, r := range text {
		switch {
		case r == '\b' && len(out) > 0:
			out = out[:len(out)-1]
		case r == '\t' || r >= ' ' && r != 0x7f:
			out = append(out, r)
		}
	}
	return string(out)
}
