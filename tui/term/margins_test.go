package term

import (
	"math/rand/v2"
	"testing"
)

// A program that draws for a size that the terminal no longer has, as one does
// that has not yet learnt of a resize, cannot end podlab.
func TestDrawnForAnotherSize(t *testing.T) {
	term := New(80, 24, func([]byte) {})
	defer term.Close()
	rnd := rand.New(rand.NewPCG(1, 1))
	parts := []string{
		"\x1b[1;60r", "\x1b[5;20r", "\x1b[r", "\x1b[9T", "\x1b[9S", "\x1b[5L", "\x1b[5M", "\x1b[60;200H", "\x1b[H", "text", "\n\n\n",
		"\x1b[?1049h", "\x1b[?1049l", "\x1b[9P", "\x1b[9@", "\x1bM", "\x1b[J", "\x1b[40X", "\x1b[?69h", "\x1b[3;90s",
	}
	for range 3000 {
		if rnd.IntN(6) == 0 {
			term.Resize(1+rnd.IntN(120), 1+rnd.IntN(40))
		}
		_, _ = term.Write([]byte(parts[rnd.IntN(len(parts))]))
	}
	_, _ = term.Write([]byte("\x1bc\x1b[Hstill there"))
	term.Resize(40, 5)
	if text := term.Text(); len(text) < 11 || text[:11] != "still there" {
		t.Errorf("the terminal shows %q", text)
	}
}
