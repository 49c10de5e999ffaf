package shell

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The shell marks the places in its output where a prompt is shown, where it
// asks for the rest of a line, where a command line begins to run and where it
// has ended, by the OSC 133 sequences that terminals know, with the second prompt
// and the command line as kitty writes them. A random id keeps a program's output
// from passing for the shell's:
//
//	ESC ] 133 ; A ; aid=ID ; EXIT ; cmdline_url=… BEL
//	ESC ] 133 ; A ; aid=ID ; k=s BEL
//	ESC ] 133 ; C ; aid=ID ; cmdline_url=LINE BEL
//	ESC ] 133 ; D ; aid=ID ; EXIT BEL
//
// The first has the exit status too, for where the last does not come: the learner
// may have changed PROMPT_COMMAND. It ends as the mark of the next command line
// will; without that, none will come.
//
// filter takes these marks out and passes everything else on unchanged.
type filter struct {
	nonce string
	held  []byte // an unfinished mark or character
}

// longest is more than any mark needs; what is longer is not a mark.
const longest = 256 << 10

// unknown is the exit status where the shell does not tell it.
const unknown = 255

const (
	osc = "\x1b]133;"
	bel = '\a'
)

// feed takes the next piece of output.
func (f *filter) feed(p []byte) []Event {
	data := append(f.held, p...)
	f.held = nil
	var events []Event
	print := func(b []byte) {
		if len(b) > 0 {
			events = append(events, Printed{Data: bytes.Clone(b)})
		}
	}
	start := 0 // of what is still to be printed
	for at := 0; at < len(data); {
		i := bytes.IndexByte(data[at:], osc[0])
		if i < 0 {
			break
		}
		at += i
		rest := data[at:]
		if len(rest) < len(osc) && strings.HasPrefix(osc, string(rest)) {
			print(data[start:at])
			f.held = bytes.Clone(rest)
			return events
		}
		if !bytes.HasPrefix(rest, []byte(osc)) {
			at++
			continue
		}
		end := bytes.IndexByte(rest, bel)
		if end < 0 && len(rest) < longest {
			print(data[start:at])
			f.held = bytes.Clone(rest)
			return events
		}
		if end < 0 {
			at++
			continue
		}
		mark := f.mark(string(rest[len(osc):end]))
		if mark == nil {
			at++
			continue
		}
		print(data[start:at])
		events = append(events, mark)
		at += end + 1
		start = at
	}
	whole := len(data) - unfinished(data[start:])
	print(data[start:whole])
	f.held = bytes.Clone(data[whole:])
	return events
}

// flush gives up waiting for the rest of what is held.
func (f *filter) flush() []Event {
	if len(f.held) == 0 {
		return nil
	}
	held := f.held
	f.held = nil
	return []Event{Printed{Data: held}}
}

// mark reads a mark's fields; it is nil for the marks of others.
func (f *filter) mark(s string) Event {
	kind, rest, _ := strings.Cut(s, ";")
	id, rest, _ := strings.Cut(rest, ";")
	if id != "aid="+f.nonce {
		return nil
	}
	switch kind {
	case "A":
		if rest == "k=s" {
			return More{}
		}
		exit, next, _ := strings.Cut(rest, ";")
		code, err := strconv.Atoi(exit)
		if err != nil {
			code = unknown
		}
		return Ready{exit: code, blind: !strings.HasPrefix(next, "cmdline_url=")}
	case "C":
		line, err := url.PathUnescape(strings.TrimPrefix(rest, "cmdline_url="))
		if err != nil {
			line = rest
		}
		return Started{Line: line, At: time.Now()}
	case "D":
		exit, err := strconv.Atoi(rest)
		if err != nil {
			return nil
		}
		return Finished{Exit: exit, At: time.Now()}
	}
	return nil
}

// unfinished is the length of the incomplete UTF-8 character at the end of b.
func unfinished(b []byte) int {
	for n := 1; n <= min(len(b), utf8.UTFMax-1); n++ {
		c := b[len(b)-n]
		if utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
