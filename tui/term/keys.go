package term

import (
	"fmt"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Key is what a key press sends to the program in the terminal, in the
// encoding of xterm, which is what TERM=xterm-256color promises it.
func (t *Terminal) Key(k tea.Key) []byte {
	return []byte(encode(k, t.mode(ansi.ModeCursorKeys)))
}

// Paste is what a paste sends to the program in the terminal: marked as a
// paste where the program asked for that, so that a shell does not run it.
func (t *Terminal) Paste(text string) []byte {
	// An end mark inside the text would let the rest of it be run.
	text = strings.ReplaceAll(text, ansi.BracketedPasteEnd, "")
	text = strings.NewReplacer("\r\n", "\r", "\n", "\r").Replace(text)
	if t.mode(ansi.ModeBracketedPaste) {
		return []byte(ansi.BracketedPasteStart + text + ansi.BracketedPasteEnd)
	}
	return []byte(text)
}

// Wheel is what turning the mouse wheel sends to a full-screen program: cursor
// keys, as xterm does. It is empty for other programs.
func (t *Terminal) Wheel(lines int) []byte {
	if !t.FullScreen() {
		return nil
	}
	code := tea.KeyUp
	if lines < 0 {
		code, lines = tea.KeyDown, -lines
	}
	return []byte(strings.Repeat(string(t.Key(tea.Key{Code: code})), lines))
}

// final is the last byte of a cursor key's sequence.
var final = map[rune]byte{
	tea.KeyUp: 'A', tea.KeyDown: 'B', tea.KeyRight: 'C', tea.KeyLeft: 'D', tea.KeyEnd: 'F', tea.KeyHome: 'H',
	tea.KeyF1: 'P', tea.KeyF2: 'Q', tea.KeyF3: 'R', tea.KeyF4: 'S',
}

// number is the first number of an editing or function key's sequence.
var number = map[rune]int{
	tea.KeyInsert: 2, tea.KeyDelete: 3, tea.KeyPgUp: 5, tea.KeyPgDown: 6,
	tea.KeyF5: 15, tea.KeyF6: 17, tea.KeyF7: 18, tea.KeyF8: 19,
	tea.KeyF9: 20, tea.KeyF10: 21, tea.KeyF11: 23, tea.KeyF12: 24,
}

// plain are the keys that send one control character.
var plain = map[rune]string{
	tea.KeyEnter: "\r", tea.KeyTab: "\t", tea.KeyBackspace: "\x7f", tea.KeyEscape: "\x1b", tea.KeyKpEnter: "\r",
}

func encode(k tea.Key, application bool) string {
	meta := ""
	if k.Mod.Contains(tea.ModAlt) {
		meta = "\x1b"
	}
	if k.Text != "" {
		return meta + k.Text
	}
	if b, ok := final[k.Code]; ok {
		return cursor(k, b, application)
	}
	if n, ok := number[k.Code]; ok {
		if m := modifier(k.Mod); m > 1 {
			return fmt.Sprintf("\x1b[%d;%d~", n, m)
		}
		return fmt.Sprintf("\x1b[%d~", n)
	}
	if k.Code == tea.KeyTab && k.Mod.Contains(tea.ModShift) {
		return "\x1b[Z"
	}
	if s, ok := plain[k.Code]; ok {
		if k.Code == tea.KeyBackspace && k.Mod.Contains(tea.ModCtrl) {
			s = "\b"
		}
		return meta + s
	}
	return meta + character(k)
}

// cursor encodes a cursor key, or one of F1 to F4.
func cursor(k tea.Key, b byte, application bool) string {
	m := modifier(k.Mod)
	switch {
	case m > 1:
		return fmt.Sprintf("\x1b[1;%d%c", m, b)
	case application || b >= 'P':
		return "\x1bO" + string(b)
	}
	return "\x1b[" + string(b)
}

// modifier is xterm's number for the modifiers, 1 for none.
func modifier(m tea.KeyMod) int {
	n := 1
	for i, mod := range []tea.KeyMod{tea.ModShift, tea.ModAlt, tea.ModCtrl} {
		if m.Contains(mod) {
			n += 1 << i
		}
	}
	return n
}

// character encodes a key that has no text of its own: a letter with control
// or alt. What has no encoding sends nothing.
func character(k tea.Key) string {
	if k.Code > unicode.MaxRune || k.Code < ' ' {
		return ""
	}
	if !k.Mod.Contains(tea.ModCtrl) {
		if k.Mod.Contains(tea.ModShift) {
			return strings.ToUpper(string(k.Code))
		}
		return string(k.Code)
	}
	switch c := unicode.ToLower(k.Code); {
	case c >= 'a' && c <= 'z':
		return string(c & 0x1f)
	case c == ' ' || c == '@' || c == '2':
		return "\x00"
	case c >= '[' && c <= '_':
		return string(c & 0x1f)
	case c >= '3' && c <= '7':
		return string(c - '3' + 0x1b)
	case c == '/' || c == '-':
		return "\x1f"
	case c == '?' || c == '8':
		return "\x7f"
	default:
		return string(c)
	}
}
