// Package term is the terminal pane: an emulator that holds what a shell
// printed, drawn into a frame, and the bytes that keys and pastes stand for.
package term

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"github.com/podlab/podlab/tui/paint"
)

// Scrollback is the number of lines kept above the screen.
const Scrollback = 2000

// chunk bounds how much is parsed while the lock is held, and before other
// goroutines get their turn, so that a frame never waits long for a program
// that prints a lot. It takes about 1 ms.
const chunk = 1 << 10

// Terminal is a screen with its scrollback. Its methods may be called from
// several goroutines. Close must be called to free it.
type Terminal struct {
	mu      sync.Mutex
	emu     *vt.Emulator
	modes   map[ansi.Mode]bool
	visible bool // the cursor
	shape   vt.CursorStyle
	up      int // lines scrolled back
	drained chan struct{}
}

// New makes an empty terminal. reply gets what the emulator answers to a
// program's questions; it is called from one goroutine and must not block for
// long, since a program that asks waits for it.
func New(w, h int, reply func([]byte)) *Terminal {
	t := &Terminal{
		emu:     vt.NewEmulator(max(w, 1), max(h, 1)),
		modes:   map[ansi.Mode]bool{},
		visible: true,
		drained: make(chan struct{}),
	}
	t.emu.SetScrollbackSize(Scrollback)
	t.emu.SetCallbacks(vt.Callbacks{
		EnableMode:       func(m ansi.Mode) { t.modes[m] = true },
		DisableMode:      func(m ansi.Mode) { delete(t.modes, m) },
		CursorVisibility: func(v bool) { t.visible = v },
		CursorStyle:      func(s vt.CursorStyle, _ bool) { t.shape = s },
	})
	go t.drain(reply)
	return t
}

// drain passes the emulator's answers on: it blocks on them otherwise.
func (t *Terminal) drain(reply func([]byte)) {
	defer close(t.drained)
	buf := make([]byte, 1024)
	for {
		n, err := t.emu.Read(buf)
		if n > 0 {
			reply(append([]byte(nil), buf[:n]...))
		}
		if err != nil {
			return
		}
	}
}

// Close ends the terminal's goroutine.
func (t *Terminal) Close() {
	// The emulator's own Close writes a flag that its Read reads unlocked.
	if pipe, ok := t.emu.InputPipe().(io.Closer); ok {
		_ = pipe.Close() // a pipe's Close returns no error
	}
	<-t.drained
}

// Write puts output on the screen. It never fails.
func (t *Terminal) Write(p []byte) (int, error) {
	for n := 0; n < len(p); n += chunk {
		t.write(p[n:min(n+chunk, len(p))])
		runtime.Gosched()
	}
	return len(p), nil
}

func (t *Terminal) write(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.emu.ScrollbackLen()
	t.parse(p)
	switch {
	case t.emu.IsAltScreen():
		t.up = 0
	case t.up > 0: // keep showing the same lines
		t.up = min(t.up+max(t.emu.ScrollbackLen()-before, 0), t.emu.ScrollbackLen())
	}
}

// parse lets the emulator read output. It fails on margins beyond its screen, which
// a program sets that draws for a size that is no longer true: then the margins
// are taken away, and what is left of the output is not shown.
func (t *Terminal) parse(p []byte) {
	defer func() {
		if recover() != nil {
			_, _ = t.emu.WriteString("\x18\x1b[?69l\x1b[r")
		}
	}()
	_, _ = t.emu.Write(p) // returns an error only after the emulator's Close
}

// Resize gives the screen a new size. Lines that no longer fit above the
// cursor go to the scrollback.
func (t *Terminal) Resize(w, h int) {
	w, h = max(w, 1), max(h, 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if w == t.emu.Width() && h == t.emu.Height() {
		return
	}
	if pos := t.emu.CursorPosition(); !t.emu.IsAltScreen() && pos.Y >= h {
		// The emulator drops the lowest lines: scroll them up first.
		t.parse(fmt.Appendf(nil, "\x1b[%d;1H%s\x1b[%d;%dH", t.emu.Height(), strings.Repeat("\n", pos.Y-h+1), h, pos.X+1))
	}
	t.emu.Resize(w, h)
	t.up = min(t.up, t.emu.ScrollbackLen())
}

// Scroll moves the view by n lines, up when n is positive. A full-screen
// program has no scrollback.
func (t *Terminal) Scroll(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.emu.IsAltScreen() {
		t.up = 0
		return
	}
	t.up = min(max(t.up+n, 0), t.emu.ScrollbackLen())
}

// Scrolled is the number of lines between the view and the screen.
func (t *Terminal) Scrolled() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.up
}

// FullScreen says whether a full-screen program, such as vi, has the screen.
func (t *Terminal) FullScreen() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.IsAltScreen()
}

// Cursor is the cursor's place in the pane; ok is false while it is hidden or
// scrolled away.
func (t *Terminal) Cursor() (x, y int, shape vt.CursorStyle, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pos := t.emu.CursorPosition()
	return pos.X, pos.Y, t.shape, t.visible && t.up == 0
}

// Draw draws the view into an area of a frame.
func (t *Terminal) Draw(c *paint.Canvas, area paint.Rect) {
	t.mu.Lock()
	defer t.mu.Unlock()
	back := t.emu.Scrollback().Lines()
	for y := 0; y < min(area.Dy(), t.emu.Height()); y++ {
		line := len(back) - t.up + y
		if t.up > 0 && line < len(back) {
			t.drawLine(c, area, y, back[line])
			continue
		}
		w := t.emu.Width()
		t.drawCells(c, area, y, w, func(x int) *uv.Cell { return t.emu.CellAt(x, y-t.up) })
	}
}

func (t *Terminal) drawLine(c *paint.Canvas, area paint.Rect, y int, l uv.Line) {
	t.drawCells(c, area, y, len(l), l.At)
}

func (t *Terminal) drawCells(c *paint.Canvas, area paint.Rect, y, w int, at func(int) *uv.Cell) {
	for x := 0; x < min(area.Dx(), w); {
		cell := at(x)
		if cell == nil || cell.Width < 1 || x+cell.Width > area.Dx() {
			x++
			continue
		}
		if !cell.Equal(&uv.EmptyCell) {
			c.Cell(area.Min.X+x, area.Min.Y+y, cell)
		}
		x += cell.Width
	}
}

// Text is the screen's text without styles, for tests and logs.
func (t *Terminal) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.String()
}

func (t *Terminal) mode(m ansi.Mode) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.modes[m]
}
