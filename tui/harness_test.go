package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// patience is how long a test waits for the screen to show something.
const patience = 20 * time.Second

// terminal is a user at a virtual terminal on which the real program runs.
type terminal struct {
	t       testing.TB
	program *tea.Program
	keys    *io.PipeWriter
	ended   chan error
	cancel  context.CancelFunc
	session chan *fakeSession // the sessions as they are opened
	handled chan string       // what is to be on the screen when the mouse has moved

	mu      sync.Mutex
	emu     *vt.Emulator
	changed chan struct{} // closed and renewed at every write
	frames  int
	// clipboard is what the program has copied last.
	clipboard string
	awaited   string    // for written
	written   time.Time // when the program wrote what is awaited
}

// Write is the program's output.
func (s *terminal) Write(p []byte) (int, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.awaited != "" && s.written.IsZero() && bytes.Contains(p, []byte(s.awaited)) {
		s.written = now
	}
	if text, ok := clipped(p); ok {
		s.clipboard = text
	}
	n, err := s.draw(p)
	s.frames++
	close(s.changed)
	s.changed = make(chan struct{})
	return n, err
}

// draw draws output. The emulator fails on margins beyond its screen, which the
// program sets while it does not know yet of a resize; it then draws anew.
func (s *terminal) draw(p []byte) (n int, err error) {
	defer func() {
		if recover() != nil {
			_, err = s.emu.WriteString("\x18\x1b[r")
			n = len(p)
		}
	}()
	return s.emu.Write(p)
}

// fakeConfig is the program's configuration on a fake cluster; sessions are told
// as they are opened.
func fakeConfig(t testing.TB, opened chan<- *fakeSession) Config {
	all := fixtureLessons()
	return Config{
		Lessons: all, Content: prose(t), Cluster: &fakeCluster{},
		Environ: []string{"TERM=xterm-256color", "COLORTERM=truecolor"},
		Open: func(_ context.Context, id string) (Session, error) {
			for _, l := range all {
				if l.ID == id {
					f := newFakeSession(l)
					if opened != nil {
						opened <- f
					}
					return f, nil
				}
			}
			return nil, fmt.Errorf("unknown lesson %s", id)
		},
		Progress: func(id string) LessonProgress {
			if id == "memory" {
				return LessonProgress{Done: 1, Total: 3}
			}
			return LessonProgress{Total: 1}
		},
	}
}

// start runs the program on a terminal of a size.
func start(t testing.TB, w, h int, change func(*Config)) *terminal {
	t.Helper()
	s := &terminal{t: t, emu: vt.NewEmulator(w, h), changed: make(chan struct{}), ended: make(chan error, 1), session: make(chan *fakeSession, 16), handled: make(chan string, 1)}
	if _, err := s.emu.WriteString("\x1b[20h"); err != nil { // as a tty does: a newline returns the carriage
		t.Fatal(err)
	}
	cfg := fakeConfig(t, s.session)
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	var in *io.PipeReader
	in, s.keys = io.Pipe()
	var run func() error
	s.program, run = program(ctx, cfg, in, s, tea.WithWindowSize(w, h), tea.WithoutSignalHandler(), tea.WithFilter(s.filter))
	go s.answer()
	go func() {
		err := run()
		_ = in.Close() // who types now must not wait
		s.ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-s.ended: //nolint:errcheck // the caller asks for the error
		case <-time.After(patience):
			t.Error("the program did not end")
		}
		_ = s.keys.Close()
		if p, ok := s.emu.InputPipe().(io.Closer); ok {
			_ = p.Close()
		}
	})
	return s
}

// begin runs the program in the memory lesson, with its shell at the prompt.
func begin(t testing.TB, w, h int) (*terminal, *fakeSession) {
	t.Helper()
	s := start(t, w, h, func(c *Config) { c.Lesson = "memory" })
	s.shows("│$", "$ kubectl create namespace")
	return s, s.opened()
}

// secondStep does the lesson's first step and goes on to the second.
func (s *terminal) secondStep() {
	s.t.Helper()
	s.press("enter")
	s.shows("step done")
	s.press("enter")
	s.shows("$ kubectl apply")
}

// answer types what a terminal answers to questions: its background, say. The
// program need not read it: one that ends at once does not.
func (s *terminal) answer() {
	answers := make(chan []byte, 1024)
	defer close(answers)
	go func() {
		for a := range answers {
			if _, err := s.keys.Write(a); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 256)
	for {
		n, err := s.emu.Read(buf)
		if err != nil {
			return
		}
		answers <- append([]byte(nil), buf[:n]...)
	}
}

// named are the keys that do not stand for themselves.
var named = map[string]string{
	"enter": "\r", "tab": "\t", "esc": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "pgdn": "\x1b[6~", "pgup": "\x1b[5~",
	"shift+tab": "\x1b[Z", "shift+pgup": "\x1b[5;2~", "ctrl+c": "\x03", "ctrl+d": "\x04", "ctrl+]": "\x1d", "f6": "\x1b[17~", "f7": "\x1b[18~", "space": " ",
	"home": "\x1b[H", "end": "\x1b[F", "backspace": "\x7f", "wheel-up": "\x1b[<64;10;20M", "wheel-down": "\x1b[<65;10;20M", "click": "\x1b[<0;10;20M",
}

// press types keys.
func (s *terminal) press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		if seq, ok := named[k]; ok {
			k = seq
		}
		if _, err := io.WriteString(s.keys, k); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			s.t.Fatalf("typing %q: %v", k, err)
		}
	}
}

// filter sees every message before the model does.
func (s *terminal) filter(m tea.Model, msg tea.Msg) tea.Msg {
	if _, ok := msg.(tea.MouseMotionMsg); ok {
		s.handled <- letters(ansi.Strip(m.View().Content))
	}
	return msg
}

// letters are a screen's ASCII characters but for spaces.
func letters(screen string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, screen)
}

// caughtUp waits until the program has handled all keys and the screen shows what came
// of them, or until it has ended. The mouse, whose moves mean nothing to the program,
// tells when.
func (s *terminal) caughtUp() {
	s.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !s.over() {
		s.press("\x1b[<35;1;1M")
		var want string
		select {
		case want = <-s.handled:
		case err := <-s.ended:
			s.ended <- err
			return
		case <-limit.C:
			s.t.Fatal("the program handles no more keys")
		}
		screen, changed := s.look()
		if want == letters(screen) {
			return
		}
		if !s.changes(changed, limit) {
			s.t.Fatalf("%s\ndoes not come to be the screen, which is\n%s", want, screen)
		}
	}
}

// click presses the mouse on a text of the screen.
func (s *terminal) click(text string) {
	s.t.Helper()
	screen := s.shows(text)
	for y, line := range strings.Split(screen, "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			s.press(fmt.Sprintf("\x1b[<0;%d;%dM", ansi.StringWidth(before)+2, y+1))
			return
		}
	}
}

// resize changes the terminal's size.
func (s *terminal) resize(w, h int) {
	s.mu.Lock()
	s.emu.Resize(w, h)
	s.mu.Unlock()
	s.program.Send(tea.WindowSizeMsg{Width: w, Height: h})
}

// screen is what the user sees, without spaces at the lines' ends.
func (s *terminal) screen() string {
	lines := make([]string, s.emu.Height())
	for y := range lines {
		var b strings.Builder
		for x := 0; x < s.emu.Width(); {
			c := s.emu.CellAt(x, y)
			if c == nil || c.Width == 0 {
				x++
				continue
			}
			b.WriteString(c.Content)
			x += c.Width
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return strings.Join(lines, "\n")
}

// look is the screen, and what is closed when it changes.
func (s *terminal) look() (screen string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen(), s.changed
}

// changes waits until the screen has changed or the program has ended; it is false if
// neither comes before limit.
func (s *terminal) changes(changed <-chan struct{}, limit *time.Timer) bool {
	select {
	case <-changed:
	case err := <-s.ended:
		s.ended <- err
	case <-limit.C:
		return false
	}
	return true
}

// until waits for ok to hold of the screen and returns the screen.
func (s *terminal) until(what string, ok func(screen string) bool) string {
	s.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		screen, changed := s.look()
		if ok(screen) {
			return screen
		}
		select {
		case <-changed:
		case err := <-s.ended:
			s.ended <- err
			s.t.Fatalf("the program ended (%v) while waiting for %s; the screen is\n%s", err, what, screen)
		case <-limit.C:
			s.t.Fatalf("waited in vain for %s; the screen is\n%s", what, screen)
		}
	}
}

// pressUntil presses a key and returns how long it took until the program wrote
// a text in one piece, whatever time the terminal then needs to draw it.
func (s *terminal) pressUntil(key, text string) time.Duration {
	s.t.Helper()
	s.mu.Lock()
	s.awaited, s.written = text, time.Time{}
	s.mu.Unlock()
	begin := time.Now()
	s.press(key)
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		s.mu.Lock()
		written, changed := s.written, s.changed
		s.mu.Unlock()
		if !written.IsZero() {
			return written.Sub(begin)
		}
		select {
		case <-changed:
		case <-limit.C:
			s.t.Fatalf("%s does not make the program write %q", key, text)
		}
	}
}

// shows waits until all texts stand on the screen.
func (s *terminal) shows(texts ...string) string {
	s.t.Helper()
	return s.until(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// gone waits until a text is no longer on the screen.
func (s *terminal) gone(text string) string {
	s.t.Helper()
	return s.until(fmt.Sprintf("%q to go", text), func(screen string) bool { return !strings.Contains(screen, text) })
}

// opened is the session that was opened last.
func (s *terminal) opened() *fakeSession {
	s.t.Helper()
	select {
	case f := <-s.session:
		return f
	case <-time.After(patience):
		s.t.Fatal("no session was opened")
		return nil
	}
}

// end waits for the program to end.
func (s *terminal) end() error {
	s.t.Helper()
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(patience):
		s.t.Fatal("the program did not end")
		return errors.New("not reached")
	}
}

// plainASCII checks that nothing else stands on a screen.
func plainASCII(t testing.TB, screen string) {
	t.Helper()
	for _, r := range screen {
		if r > 0x7e {
			t.Errorf("%q is no ASCII", r)
		}
	}
}

// whole checks that no line is wider than the screen and that no wide character
// was cut: each takes the cells that it needs.
func whole(t testing.TB, screen string, w int) {
	t.Helper()
	for i, l := range strings.Split(screen, "\n") {
		if got := ansi.StringWidth(l); got > w {
			t.Errorf("line %d is %d cells wide, more than %d: %q", i+1, got, w, l)
		}
		if strings.ContainsRune(l, '\ufffd') {
			t.Errorf("line %d has a broken character: %q", i+1, l)
		}
	}
}
