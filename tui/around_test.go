package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
)

// The steps that are skipped are solved on the way, those that are done are not.
func TestSkip(t *testing.T) {
	s, f := begin(t, 120, 40)
	s.press("S")
	s.shows("▶ 2 Exceed the limit", "namespace/mem-example created", "Skipped", "1/3")
	s.press("g", "down", "s")
	s.shows("▶ 3", "pod/memory-demo-2 created", "2/3")
	f.mu.Lock()
	done := len(f.done)
	f.mu.Unlock()
	if done != 2 {
		t.Errorf("%d steps are done, want those before the third", done)
	}
	s.press("S") // nothing comes after it: it is solved
	s.shows("3/3", "4 outcomes were reached")
}

// The evidence is that of the outcome chosen, though the session has gone on to a step
// that has none such.
func TestWhyKeepsItsStep(t *testing.T) {
	s, f := begin(t, 80, 24)
	s.secondStep()
	s.press("enter")
	s.shows("$ kubectl get pods")
	s.press("enter")
	s.shows("step done")
	s.press("w", "down")
	s.shows("▶ ✓ it was restarted")
	f.emit(engine.StepStarted{Step: "clean", At: day})
	s.shows("$ kubectl delete namespace")
	s.press("enter")
	s.shows("it was restarted", "restartCount 2")
}

// Ctrl-C is a yes to quitting, which it asks for, and to nothing else.
func TestCtrlCIsNoYes(t *testing.T) {
	m := still(t, func(c *Config) { c.Lesson = "memory" })
	m.update(tea.WindowSizeMsg{Width: 80, Height: 24})
	m.lesson.feed = &feed{}
	m.key(press(m.keys.ResetLesson))
	if _, ok := m.overlay.(*confirm); !ok {
		t.Fatal("resetting the lesson is not asked for")
	}
	if cmd := m.key(press(m.keys.Quit)); cmd != nil || m.overlay != nil || m.lesson.busy != nil {
		t.Error("Ctrl-C does not just close the question")
	}
	m.key(press(m.keys.Quit))
	cmd := m.key(press(m.keys.Quit))
	if cmd == nil {
		t.Fatal("Ctrl-C twice does not quit")
	}
	if _, ok := cmd().(tea.QuitMsg); !ok {
		t.Error("Ctrl-C twice does not quit")
	}
}

// The last step does not end a lesson that has open ones: Enter goes back to them, where
// what the last one took away is missing.
func TestOpenSteps(t *testing.T) {
	s, _ := begin(t, 80, 24)
	s.press("enter")
	s.shows("next: Exceed the limit")
	s.press("n", "n", "enter")
	s.shows("2/3", "step done", "next: Exceed the limit")
	s.press("enter")
	s.shows("2/3  Exceed the limit", "u makes it again")
}

// What builds on a command that failed is not offered yet.
func TestFailedCommandComesAgain(t *testing.T) {
	s, _ := begin(t, 80, 24)
	s.press("n", "enter")
	s.shows("NotFound", "once more: $ kubectl apply")
	s.press("u")
	s.shows("where this step begins")
	s.press("enter")
	s.shows("pod/memory-demo-2 created", " $ kubectl get pods")
}

// The list has all lessons again after one that was searched for, and that one is
// selected.
func TestBackToTheList(t *testing.T) {
	s := start(t, 80, 24, nil)
	s.shows("embedded")
	s.press("/", "process", "enter")
	s.shows("Steps 0/")
	s.press("esc")
	s.shows("Memory requests", "▶ ○  2  Share a process")
	s.press("/", "share", "esc")
	s.shows("Memory requests", "▶ ○  2  Share a process")
}

// Everything that can be done is found by a few letters of its name.
func TestPalette(t *testing.T) {
	s := start(t, 120, 40, nil)
	s.shows("embedded")
	s.press("\x10", "mem req") // ctrl+p
	s.shows("What do you want to do?", "Lesson: Memory requests")
	s.gone("Lesson: Share a process")
	s.press("enter")
	s.shows("$ kubectl create namespace", "│$")
	s.press(":")
	s.shows("What do you want to do?", "solve", "catch up")
	s.press("hnt")
	s.gone("catch up")
	s.press("enter")
	s.shows("Hint 1 of 2")
	s.press(":", "日本", "enter")
	s.shows("メモリー要求")
	s.press(":", "zzzz")
	s.shows("該当するものがありません")
	s.press("enter")
	s.gone("該当するものがありません")
	s.press(":")
	s.shows("何をしますか")
	s.press("Clean up", "backspace", "\x15", "exceed") // found by the step's id in any language
	s.shows("ステップ2")
	s.press("enter")
	s.shows("▶ 2")
	s.press(":", "esc")
	s.gone("何をしますか")
}

// It is reached from the terminal, too, and the shell keeps its keys then.
func TestPaletteFromTheTerminal(t *testing.T) {
	s, _ := begin(t, 80, 24)
	s.press("f6", "kubectl")
	s.shows("│$ kubectl", "F7 find a command", "ctrl+]/F6 leave the terminal")
	s.press("f7", "hnt", "enter")
	s.shows("Hint 1 of 2", "F7 find a command")
	s.press(" x")
	s.shows("│$ kubectl x")
	s.press("f7")
	s.shows("What do you want to do?")
	s.press("esc")
	s.gone("What do you want to do?")
	s.press("y")
	s.shows("│$ kubectl xy")
	s.press("f7", "focus", "enter") // this moves them
	s.shows("? help")
	s.press("f7")
	s.shows("What do you want to do?")
}

// What is selected has a mark in every list: nobody needs to see reverse video.
func TestSelectionHasAMark(t *testing.T) {
	s := start(t, 80, 24, func(c *Config) { c.ASCII, c.NoColor = true, true })
	plainASCII(t, s.shows("> .  1  Memory", "? help"))
	s.press("down")
	s.shows("> o  2  Share")
	s.press("up", "enter")
	s.shows("|$")
	s.press("g")
	s.shows("> o A namespace")
	s.press("down")
	s.shows("> o Exceed the limit")
	s.press("esc")
	s.gone("> o Exceed")
	s.press("l")
	s.shows("> English")
	s.press("enter", ":")
	s.shows("> run ", "  edit ")
	s.press("down")
	s.shows("  run ", "> edit ")
}

// What the keys do the mouse does, too.
func TestMouse(t *testing.T) {
	s := start(t, 80, 24, nil)
	s.shows("embedded", "▶")
	s.click("Share a process")
	s.shows("▶ ○  2  Share")
	s.click("Memory requests")
	s.shows("▶ ◌  1  Memory")
	s.click("Memory requests") // the selected one opens
	s.shows("│$", "$ kubectl create namespace")
	s.press("S")
	s.shows("1/3", "Skipped", "$ kubectl apply")
	s.press("p")
	s.shows("step done")
	s.click("Steps 1/3")
	s.shows("2 Exceed the limit", "3 Clean up")
	s.click("2 Exceed")
	s.shows("$ kubectl apply")
	s.press("S") // the steps before it, and it
	s.shows("$ kubectl delete")
	s.press("p")
	s.shows("2/3  ")
	s.click("Outcomes 2/2")
	s.click("the container was OOMKilled")
	s.shows("memory-demo-2-ctr, exit 137", "esc cancel")
	s.press("q")
	s.gone("esc cancel")
	s.press("wheel-down", "wheel-up")
	s.click("h hint")
	s.shows("There is no further hint")
	s.click("Lesson ")
	s.click("p") // a letter of the prose: the pane gets the keys, nothing else
	s.shows("$ kubectl apply")
	s.click("English")
	s.shows("日本語", "esc cancel")
	s.click("日本語")
	s.shows("制限を超える")
	s.click("? ")
	s.shows("ここでのキー")
	s.press("?")
	s.gone("ここでのキー")
	s.press("g")
	s.shows("どのステップ")
	s.click("$ kubectl") // behind the dialog: nothing happens
	s.click("esc")
	s.gone("どのステップ")
	s.press("l")
	s.click("English")
	s.shows("Exceed the limit")
	s.click("e edit")
	s.shows("│$ kubectl apply", "leave the terminal", "F6 ⏎ next")
	s.click("ctrl+]/F6")
	s.shows("? help")
	s.click("q back")
	s.shows("Memory requests", "25 min left")
	s.click("q back")
	s.shows("Your progress is kept")
	s.click("y yes")
	if err := s.end(); err != nil {
		t.Errorf("quitting returned %v", err)
	}
}

// The help begins with the keys of the place.
func TestHelpFitsThePlace(t *testing.T) {
	s := start(t, 80, 50, nil)
	s.shows("embedded")
	s.press("?")
	before, _, _ := strings.Cut(s.shows("Here: Lessons"), "next step")
	if !strings.Contains(before, "search") {
		t.Errorf("the list's keys do not come first:\n%s", before)
	}
	s.press("?")
	s.gone("Here: Lessons")
	s.press("enter")
	s.shows("│$")
	s.press("?")
	s.shows("Here: Lesson ", "catch up", "leave the terminal")
	s.press("esc")
	s.gone("Here: Lesson")
}

func TestListShowsProgress(t *testing.T) {
	for lang, want := range map[content.Lang][]string{
		content.English:  {"1 of 2 lessons done", "15 min left", "✓  2  Share"},
		content.Japanese: {"2レッスン中1完了", "残り15分"},
	} {
		s := start(t, 120, 40, func(c *Config) {
			c.Lang = lang
			c.Progress = func(id string) LessonProgress {
				return map[string]LessonProgress{"memory": {Done: 2, Total: 3}, "share": {Done: 1, Total: 1}}[id]
			}
		})
		s.shows(want...)
		s.shows("2/3")
		s.press("down")
		s.shows("1/1 ")
	}
}
