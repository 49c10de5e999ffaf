package tui

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
)

// still makes a model without a program: its commands are not run.
func still(t testing.TB, change func(*Config)) *Model {
	t.Helper()
	cfg := Config{Lessons: fixtureLessons(), Content: prose(t), Cluster: &fakeCluster{}}
	if change != nil {
		change(&cfg)
	}
	w := newWork(context.Background())
	t.Cleanup(w.end)
	return newModel(&cfg, w)
}

// Every screen can be drawn at every size, and fits it.
func TestEverySize(t *testing.T) {
	for _, lang := range []content.Lang{content.English, content.Japanese} {
		m := still(t, func(c *Config) { c.Lang, c.Notices = lang, []string{"another podlab uses this cluster"} })
		m.cluster.stages = stages
		screens := map[string]func(){
			"list":    func() { m.page, m.overlay = pageList, nil },
			"lesson":  func() { m.showLesson(m.cfg.Lessons[0]); m.lesson.show(1) },
			"help":    func() { m.overlay = helpBox() },
			"picker":  func() { m.overlay = languagePicker(m) },
			"summary": func() { m.overlay = summaryBox() },
			"confirm": func() { m.overlay = &confirm{title: "key.quit", question: "quit.question"} },
			"zoom":    func() { m.overlay, m.lesson.zoom = nil, true },
		}
		for _, name := range []string{"list", "lesson", "help", "picker", "summary", "confirm", "zoom"} {
			screens[name]()
			for _, size := range [][2]int{{0, 0}, {1, 1}, {2, 3}, {20, 5}, {59, 16}, {60, 15}, {60, 16}, {61, 17}, {79, 23}, {80, 24}, {99, 29}, {99, 60}, {100, 30}, {101, 31}, {132, 43}, {200, 60}, {400, 120}, {300, 16}, {60, 200}} {
				m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				lines := strings.Split(m.View().Content, "\n")
				if len(lines) > max(size[1], 1) {
					t.Errorf("%s in %s at %v has %d lines", name, lang, size, len(lines))
				}
				for i, l := range lines {
					if w := ansi.StringWidth(l); w > size[0] {
						t.Errorf("%s in %s at %v: line %d is %d wide", name, lang, size, i+1, w)
					}
				}
			}
		}
	}
}

// A learner who types anything at any time, on a screen that changes its size,
// neither breaks the program nor gets stuck in it, and nothing of it goes on when
// it has ended. The seeds are the same at each run; with PODLAB_FUZZ, a time such
// as 1m, others are tried for that long, and the one that fails is told.
func TestRandomKeys(t *testing.T) {
	const rounds, presses = 4, 400
	for seed := range uint64(rounds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { random(t, seed, presses) })
	}
	if limit := os.Getenv("PODLAB_FUZZ"); limit != "" {
		d, err := time.ParseDuration(limit)
		if err != nil {
			t.Fatalf("PODLAB_FUZZ: %v", err)
		}
		for end := time.Now().Add(d); time.Now().Before(end) && !t.Failed(); {
			seed := rand.Uint64()
			t.Run(fmt.Sprint(seed), func(t *testing.T) { random(t, seed, presses) })
		}
	}
	noneLeft(t)
}

// random types at random.
func random(t *testing.T, seed uint64, presses int) {
	names := make([]string, 0, len(named))
	for n := range named {
		if n != "ctrl+c" { // it would end most rounds early
			names = append(names, n)
		}
	}
	slices.Sort(names) // the seed alone decides what is typed
	typed := strings.Split("ehsrRnpgluSdow:/?qzcyjk1239 Gbüメ", "")
	rnd := rand.New(rand.NewPCG(seed, 1))
	for left := presses; left > 0; {
		s := start(t, 80, 24, nil)
		s.shows("embedded")
		for ; left > 0 && !s.over(); left-- {
			switch n := rnd.IntN(20); {
			case n == 0:
				s.resize(1+rnd.IntN(220), 1+rnd.IntN(70))
			case n == 1: // anywhere on the screen
				s.press(fmt.Sprintf("\x1b[<0;%d;%dM", 1+rnd.IntN(120), 1+rnd.IntN(40)))
			case n < 7:
				s.press(names[rnd.IntN(len(names))])
			default:
				s.press(typed[rnd.IntN(len(typed))])
			}
			select {
			case f := <-s.session:
				f.emit(engine.ShellOutput{Data: []byte("\x1b[?1049h\x1b[31mメモリー\x1b[2J\x1b[1;60r\x1b[9T")}, engine.ShellExited{At: day})
			default:
			}
		}
		s.resize(100, 30)
		leave(s)
		_ = s.keys.Close()
		if p, ok := s.emu.InputPipe().(io.Closer); ok {
			_ = p.Close()
		}
	}
}

// over says whether the program has ended, as a random learner may have it do.
func (s *terminal) over() bool {
	select {
	case err := <-s.ended:
		s.ended <- err
		return true
	default:
		return false
	}
}

// leave quits from wherever the learner is, by the keys that the screen names.
// Each of them must change something.
func leave(s *terminal) {
	s.t.Helper()
	for range 30 {
		if s.caughtUp(); s.over() {
			break
		}
		s.mu.Lock()
		before := s.screen()
		s.mu.Unlock()
		switch {
		case asks(s.t, before):
			s.press("y")
			s.otherThan(before)
		case inTerminal(before):
			s.press("f6") // once more would lead back
			s.until("the terminal to be left", func(now string) bool { return !inTerminal(now) })
		default:
			s.press("ctrl+c")
			s.otherThan(before)
		}
	}
	if !s.over() {
		s.t.Fatal("there is no way out")
	}
	if err := s.end(); err != nil {
		s.t.Fatalf("the program ended with %v", err)
	}
}

// inTerminal says whether the lowest line shows how to leave the terminal.
func inTerminal(screen string) bool {
	return strings.Contains(screen[strings.LastIndex(screen, "\n")+1:], "ctrl+]/F6 ")
}

// asks says whether the screen asks for a yes, in any language.
func asks(t testing.TB, screen string) bool {
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(lib.Langs(), func(l content.Lang) bool {
		return strings.Contains(screen, "│ y "+lib.Printer(l).T("key.yes")+"  n ")
	})
}

// otherThan waits until the screen has changed or the program has ended.
func (s *terminal) otherThan(before string) {
	s.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !s.over() {
		screen, changed := s.look()
		if screen != before {
			return
		}
		if !s.changes(changed, limit) {
			s.t.Fatalf("nothing happens; the screen is\n%s", screen)
		}
	}
}
