package shell

import (
	"fmt"
	"strings"
	"testing"
)

// trace writes events as one text, so that the pieces' borders do not matter.
func trace(events []Event) string {
	var b strings.Builder
	for _, e := range events {
		switch e := e.(type) {
		case Printed:
			b.Write(e.Data)
		case Ready:
			fmt.Fprintf(&b, "<A %d %t>", e.exit, e.blind)
		case More:
			b.WriteString("<more>")
		case Started:
			fmt.Fprintf(&b, "<C %s>", e.Line)
		case Finished:
			fmt.Fprintf(&b, "<D %d>", e.Exit)
		}
	}
	return b.String()
}

func TestFilter(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "hello\r\n", "hello\r\n"},
		{"a command", "\x1b]133;A;aid=n;7;cmdline_url=$(x)\a$ ls\r\n\x1b]133;C;aid=n;cmdline_url=ls -l%0A\u00e9\aout\r\n\x1b]133;D;aid=n;2\a", "<A 7 false>$ ls\r\n<C ls -l\n\u00e9>out\r\n<D 2>"},
		{"half a command", "\x1b]133;A;aid=n;k=s\a> ", "<more>> "},
		{"another's mark", "\x1b]133;A;aid=x\a", "\x1b]133;A;aid=x\a"},
		{"no id", "\x1b]133;D;0\a", "\x1b]133;D;0\a"},
		{"other sequences", "\x1b[31m\x1b]0;title\a\x1b]13;x\a\x1b", "\x1b[31m\x1b]0;title\a\x1b]13;x\a\x1b"},
		{"mark within a mark", "\x1b]133;\x1b]133;A;aid=n\a", "\x1b]133;<A 255 true>"},
		{"wide characters", "日本語 🐳 é", "日本語 🐳 é"},
		{"not UTF-8", "\xff\xc3(\xe6\x97", "\xff\xc3(\xe6\x97"},
		{"a bad exit", "\x1b]133;D;aid=n;x\a", "\x1b]133;D;aid=n;x\a"},
	}
	for _, test := range tests {
		for size := 1; size <= len(test.in); size++ {
			f := filter{nonce: "n"}
			var events []Event
			for i := 0; i < len(test.in); i += size {
				part := f.feed([]byte(test.in[i:min(i+size, len(test.in))]))
				for _, e := range part {
					if p, ok := e.(Printed); ok && unfinished(p.Data) > 0 {
						t.Errorf("%s in pieces of %d: %q ends within a character", test.name, size, p.Data)
					}
				}
				events = append(events, part...)
			}
			events = append(events, f.flush()...)
			if got := trace(events); got != test.want {
				t.Errorf("%s in pieces of %d: %q, want %q", test.name, size, got, test.want)
			}
		}
	}
}
