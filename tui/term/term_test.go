package term

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/podlab/podlab/tui/paint"
)

func newTerminal(t *testing.T, w, h int) *Terminal {
	t.Helper()
	term := New(w, h, func([]byte) {})
	t.Cleanup(term.Close)
	return term
}

func write(t *testing.T, term *Terminal, s string) {
	t.Helper()
	if _, err := term.Write([]byte(s)); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

func drawn(term *Terminal, w, h int) []string {
	c := paint.New(w, h, paint.NewTheme(true, false))
	term.Draw(c, c.Bounds())
	lines := strings.Split(ansi.Strip(c.String()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func TestScrollback(t *testing.T) {
	term := newTerminal(t, 20, 3)
	for i := range 10 {
		write(t, term, fmt.Sprintf("\r\nline %d", i))
	}
	check := func(what string, want ...string) {
		t.Helper()
		if got := drawn(term, 20, 3); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: drew %q, want %q", what, got, want)
		}
	}
	check("at the end", "line 7", "line 8", "line 9")
	term.Scroll(2)
	check("two up", "line 5", "line 6", "line 7")
	write(t, term, "\r\nline 10")
	check("output leaves the view in place", "line 5", "line 6", "line 7")
	if _, _, _, ok := term.Cursor(); ok {
		t.Error("the cursor shows while scrolled away")
	}
	term.Scroll(100)
	check("at the top", "", "line 0", "line 1")
	term.Scroll(-1000)
	check("back at the end", "line 8", "line 9", "line 10")
	term.Scroll(2)
	write(t, term, "\x1b[?1049h\x1b[H\x1b[2Jfull")
	check("a full-screen program is not scrolled back", "full", "", "")
}

func TestShrinkKeepsThePrompt(t *testing.T) {
	term := newTerminal(t, 20, 6)
	write(t, term, "one\r\ntwo\r\nthree\r\nfour\r\n$ ")
	term.Resize(10, 2)
	if got := drawn(term, 10, 2); got[0] != "four" || got[1] != "$" {
		t.Errorf("after shrinking drew %q, want the last lines", got)
	}
	if x, y, _, ok := term.Cursor(); x != 2 || y != 1 || !ok {
		t.Errorf("cursor at %d,%d (shown %v), want 2,1", x, y, ok)
	}
	term.Scroll(3)
	if got := drawn(term, 10, 2); got[0] != "one" || got[1] != "two" {
		t.Errorf("scrollback after shrinking drew %q, want the first lines", got)
	}
}

func TestQuestionsAreAnswered(t *testing.T) {
	got := make(chan string, 8)
	term := New(10, 3, func(p []byte) { got <- string(p) })
	defer term.Close()
	write(t, term, "ab\x1b[6n")
	select {
	case reply := <-got:
		if reply != "\x1b[1;3R" {
			t.Errorf("the reply is %q, want the cursor's place", reply)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("no reply to a request for the cursor's place")
	}
}

func TestWideCharactersStayWhole(t *testing.T) {
	term := newTerminal(t, 10, 1)
	write(t, term, "制限制限制")
	if got := drawn(term, 5, 1)[0]; got != "制限" {
		t.Errorf("drew %q in 5 cells, want the two whole characters", got)
	}
}

func TestKeys(t *testing.T) {
	tests := []struct {
		name string
		key  tea.Key
		app  bool
		want string
	}{
		{"letter", tea.Key{Code: 'a', Text: "a"}, false, "a"},
		{"capital", tea.Key{Code: 'a', Text: "A", Mod: tea.ModShift}, false, "A"},
		{"japanese", tea.Key{Code: tea.KeyExtended, Text: "制限"}, false, "制限"},
		{"space", tea.Key{Code: tea.KeySpace, Text: " "}, false, " "},
		{"enter", tea.Key{Code: tea.KeyEnter}, false, "\r"},
		{"tab", tea.Key{Code: tea.KeyTab}, false, "\t"},
		{"back tab", tea.Key{Code: tea.KeyTab, Mod: tea.ModShift}, false, "\x1b[Z"},
		{"escape", tea.Key{Code: tea.KeyEscape}, false, "\x1b"},
		{"backspace", tea.Key{Code: tea.KeyBackspace}, false, "\x7f"},
		{"ctrl-c", tea.Key{Code: 'c', Mod: tea.ModCtrl}, false, "\x03"},
		{"ctrl-d", tea.Key{Code: 'd', Mod: tea.ModCtrl}, false, "\x04"},
		{"ctrl-space", tea.Key{Code: ' ', Mod: tea.ModCtrl}, false, "\x00"},
		{"ctrl-\\", tea.Key{Code: '\\', Mod: tea.ModCtrl}, false, "\x1c"},
		{"ctrl-_", tea.Key{Code: '_', Mod: tea.ModCtrl}, false, "\x1f"},
		{"alt-b", tea.Key{Code: 'b', Mod: tea.ModAlt}, false, "\x1bb"},
		{"alt-enter", tea.Key{Code: tea.KeyEnter, Mod: tea.ModAlt}, false, "\x1b\r"},
		{"up", tea.Key{Code: tea.KeyUp}, false, "\x1b[A"},
		{"up for vi", tea.Key{Code: tea.KeyUp}, true, "\x1bOA"},
		{"ctrl-left", tea.Key{Code: tea.KeyLeft, Mod: tea.ModCtrl}, true, "\x1b[1;5D"},
		{"home", tea.Key{Code: tea.KeyHome}, false, "\x1b[H"},
		{"page up", tea.Key{Code: tea.KeyPgUp}, false, "\x1b[5~"},
		{"ctrl-delete", tea.Key{Code: tea.KeyDelete, Mod: tea.ModCtrl}, false, "\x1b[3;5~"},
		{"f1", tea.Key{Code: tea.KeyF1}, false, "\x1bOP"},
		{"f5", tea.Key{Code: tea.KeyF5}, false, "\x1b[15~"},
		{"a lone modifier sends nothing", tea.Key{Code: tea.KeyLeftShift, Mod: tea.ModShift}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			term := newTerminal(t, 10, 2)
			if tt.app {
				write(t, term, "\x1b[?1h")
			}
			if got := string(term.Key(tt.key)); got != tt.want {
				t.Errorf("Key(%+v) = %q, want %q", tt.key, got, tt.want)
			}
		})
	}
}

func TestPaste(t *testing.T) {
	term := newTerminal(t, 10, 2)
	if got := string(term.Paste("a\nb")); got != "a\rb" {
		t.Errorf("plain paste is %q", got)
	}
	write(t, term, "\x1b[?2004h")
	if got := string(term.Paste("a\n\x1b[201~rm")); got != "\x1b[200~a\rrm\x1b[201~" {
		t.Errorf("bracketed paste is %q: an end mark inside it must not stay", got)
	}
}

func TestFullScreenProgram(t *testing.T) {
	term := newTerminal(t, 10, 2)
	write(t, term, "$ vi\r\n1\r\n2")
	if p := term.Wheel(3); len(p) != 0 {
		t.Errorf("the wheel sends %q to a shell", p)
	}
	write(t, term, "\x1b[?1049h\x1b[?1h\x1b[?25l")
	if !term.FullScreen() {
		t.Fatal("not seen as a full-screen program")
	}
	if got := string(term.Wheel(-2)); got != "\x1bOB\x1bOB" {
		t.Errorf("the wheel sends %q, want two cursor keys", got)
	}
	if _, _, _, ok := term.Cursor(); ok {
		t.Error("a hidden cursor shows")
	}
	write(t, term, "\x1b[?25h\x1b[?1049l")
	if got := drawn(term, 10, 2); got[1] != "2" {
		t.Errorf("after vi drew %q, want the shell's screen", got)
	}
}
