package tui

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
)

// A learner plays a lesson to its end with nothing but Enter, and looks around
// on the way.
func TestLearnerPlaysALesson(t *testing.T) {
	s := start(t, 120, 40, nil)
	s.shows("embedded v1.36.3", "1/3")
	s.press("down", "up", "enter")
	s.shows("Outcomes 0/1", "not yet", "$ kubectl create namespace mem-example", "│$")

	s.press("h")
	s.shows("Hint 1 of 2")
	s.press("h")
	s.shows("Hint 2 of 2", "Run kubectl create namespace")

	s.press("enter")
	s.shows("✓ the namespace is Active", "reached", "1.2 s after the command", "✓ step done", "next: Exceed the limit")
	s.press("enter")
	s.shows("▶ 2 Exceed the limit", "Outcomes 0/2")

	// The language changes on the spot, at the same step.
	s.press("l", "down")
	s.shows("メモリー要求とメモリー制限", "制限を超える", "結果 0/2")
	s.press("up", "enter")
	s.shows("Outcomes 0/2", "▶ 2 Exceed the limit")

	s.press("?")
	s.shows("All keys", "shift+tab")
	s.press("esc")
	s.gone("All keys")

	s.press("enter")
	s.shows("Outcomes 1/2", "✓ the container was OOMKilled", "$ kubectl get pods")
	s.press("enter")
	s.shows("Outcomes 2/2", "restartCount 2", "next: Clean up")
	s.press("enter", "enter")
	s.shows("Lesson done", "4 outcomes were reached", "docs/tasks/configure-pod-container/")
	s.press("enter")
	s.shows("About this lesson")

	s.press("q")
	s.shows("Your progress is kept")
	s.press("n")
	s.gone("Your progress is kept")
	s.press("q", "y")
	if err := s.end(); err != nil {
		t.Errorf("quitting returned %v", err)
	}
	if f := s.opened(); !f.closed {
		t.Error("the session was not closed")
	}
}

// Outcomes turn by what was typed, however it was typed, and not by Enter alone.
func TestTerminalTakesEveryKey(t *testing.T) {
	s, f := begin(t, 80, 24)
	s.press("ctrl+]")
	s.shows("ctrl+]/F6 leave the terminal", "F6 ⏎ run")
	s.gone("e edit")
	s.press("kubectl sing", "enter")
	s.shows("command not found")
	s.press("q", "?", "/", "l", "ctrl+c")
	s.shows("$ q?/l^C")
	s.press("kubectl  create namespace mem-example", "backspace", "e", "enter")
	s.shows("not found", "Outcomes 0/1")
	s.press("kubectl create namespace mem-example", "enter")
	s.shows("Outcomes 1/1", "namespace/mem-example created", "✓ step done", "F6 ⏎ next: Exceed the limit")
	s.press("f6")
	s.shows("? help", " ⏎ next: Exceed the limit")
	s.press("ctrl+]")
	s.click("F6 ⏎ next")
	s.shows("2/3  Exceed the limit", "? help")
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.objects["namespace"] {
		t.Error("what was typed did not reach the shell")
	}
}

func TestScrollback(t *testing.T) {
	s, f := begin(t, 80, 24)
	for range 30 {
		f.emit(engine.ShellOutput{Data: []byte("\r\nline")})
	}
	f.emit(engine.ShellOutput{Data: []byte("\r\nlast line\r\n$ ")})
	s.shows("last line")
	s.press("f6", "shift+pgup")
	s.gone("last line")
	s.shows("7 up")
	s.press("x")
	s.shows("last line", "$ x")
	s.press("wheel-up", "wheel-up", "wheel-up")
	s.gone("last line")
	s.press("wheel-down", "wheel-down", "wheel-down")
	s.shows("last line")
	s.press("backspace", "shift+pgup", "f6")
	s.shows("7 up")
	s.press("enter") // what it runs is seen
	s.shows("namespace/mem-example created")
	s.press("f6", "shift+pgup", "f6")
	s.shows("7 up")
	s.press("s") // as what the solution types
	s.until("the end of the terminal", func(screen string) bool { return !strings.Contains(screen, " up ") })
}

func TestEditFirst(t *testing.T) {
	s, _ := begin(t, 80, 24)
	s.press("e")
	s.shows("│$ kubectl create namespace mem-example", "leave the terminal")
	s.press("f6", "e") // once more, in its place
	s.shows("│$ kubectl create namespace mem-example", "leave the terminal")
	s.press("enter")
	s.shows("Outcomes 1/1")
}

// What a program reads from the terminal is not the command to edit.
func TestEditTypesIntoNoProgram(t *testing.T) {
	s, f := begin(t, 80, 24)
	s.press("f6", "kubectl attach", "enter", "w", "enter")
	s.shows("inner: w")
	f.emit(engine.OtherCluster{At: day}) // what is told before it is known when it shows
	s.shows("New cluster")
	s.press("f6", "e")
	s.shows("A command still runs")
	s.press("f6", "x", "enter")
	s.shows("inner: x")
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.inner {
		t.Error("the program was ended")
	}
}

// Lines for a program that a command starts are typed one by one.
func TestProgramInTheTerminal(t *testing.T) {
	s := start(t, 80, 24, func(c *Config) { c.Lesson = "share" })
	s.shows("│$", "$ kubectl attach")
	s.press("enter")
	s.shows("$ ps ax    ")
	s.press("enter")
	s.shows("inner: ps ax", "$ exit")
	s.press("enter")
	s.shows("inner: exit", "once more: $ kubectl attach")
}

// Where the step is done before its program has ended, Enter leads out of the program
// first: at the next step's command it would be in the way.
func TestOutOfTheProgramFirst(t *testing.T) {
	s := start(t, 80, 24, func(c *Config) { c.Lesson = "share" })
	s.shows("│$", "$ kubectl attach")
	s.press("enter")
	s.shows("$ ps ax    ")
	s.opened().emit(engine.StepDone{Step: "attach", At: day})
	s.shows("Steps 1/1", " $ ps ax    ")
	s.press("enter")
	s.shows("inner: ps ax", " $ exit")
	s.press("enter")
	s.shows("inner: exit", "step done")
}

// Of why progress cannot be saved the reason is what must be read.
func TestUnsaved(t *testing.T) {
	s, f := begin(t, 80, 24)
	full := &fs.PathError{Op: "write", Path: "/root/.local/state/podlab/progress/memory.journal", Err: syscall.ENOSPC}
	f.emit(engine.JournalFailed{Err: say.Errorf("cannot write the journal: %w", errors.Join(full, nil)), At: day})
	s.shows("Progress cannot be saved: no space left on device")
}

func TestSolveAndReset(t *testing.T) {
	s, _ := begin(t, 120, 40)
	s.press("s")
	s.shows("✓ step done", "The solution was run")
	s.press("r")
	s.shows("Outcomes 0/1", "Taken back", "⏎ run")
	s.press("s")
	s.shows("✓ step done")
	s.press("n")
	s.shows("▶ 2")
	s.press("R")
	s.shows("Take back everything")
	s.press("n")
	s.gone("Take back everything")
	s.press("R", "y")
	s.shows("Outcomes 0/1", "▶ 1", "0/3", "Taken back")
	// What cannot be solved says why, and nothing turns.
	s.press("g", "down", "down", "enter")
	s.shows("▶ 3", "$ kubectl delete namespace")
	s.press("s")
	s.shows("step clean is not done", "Outcomes 0/1")
}

func TestReadWhileTheClusterStarts(t *testing.T) {
	backend := &fakeCluster{progress: stages, hold: make(chan struct{})}
	s := start(t, 80, 24, func(c *Config) { c.Cluster = backend })
	s.shows("812/812", "2/6")
	s.press("enter")
	s.shows("still starting", "mem-example, so")
	s.press("enter")
	s.shows("You can read on") // Enter does not run what cannot run
	s.press("n")
	s.shows("2/3  Exceed the limit")
	close(backend.hold)
	s.shows("│$", "● embedded")
}

func TestClusterFailsAndStartsAgain(t *testing.T) {
	backend := &fakeCluster{progress: stages, fails: []error{errPort}}
	s := start(t, 80, 24, func(c *Config) { c.Cluster = backend })
	s.shows("port 6443 is taken", "Press c to try again")
	s.press("enter")
	if screen := s.shows("The cluster did not start", "Steps 0/"); strings.Contains(screen, "still starting") {
		t.Errorf("a cluster that failed still starts:\n%s", screen)
	}
	s.press("c")
	s.shows("● embedded v1.36.3")
	if backend.count != 2 {
		t.Errorf("started %d times, want 2", backend.count)
	}
}

func TestClusterLostKeepsProgress(t *testing.T) {
	backend := &fakeCluster{}
	s := start(t, 120, 40, func(c *Config) { c.Cluster, c.Lesson = backend, "memory" })
	s.shows("│$")
	f := s.opened()
	s.press("enter")
	s.shows("✓ step done")
	f.emit(engine.ClusterLost{Err: errors.New("connection refused"), At: day})
	s.shows("The cluster no longer answers", "c start it again", "✓ the namespace is Active")
	backend.mu.Lock()
	backend.hold = make(chan struct{})
	backend.mu.Unlock()
	s.press("c")
	s.shows(" The cluster is starting")
	s.gone("start it again")
	close(backend.hold)
	f.emit(engine.ClusterBack{At: day})
	s.shows("● embedded v1.36.3", "✓ step done", "✓ the namespace is Active")
}

// A cluster answers before its nodes are ready.
func TestNodesComeLater(t *testing.T) {
	backend := &fakeCluster{}
	s := start(t, 120, 40, func(c *Config) { c.Cluster, c.Lesson = backend, "memory" })
	s.shows("│$", "2/2 nodes")
	f := s.opened()
	f.emit(engine.ClusterLost{Err: errors.New("connection refused"), At: day})
	s.shows("The cluster no longer answers")
	backend.mu.Lock()
	backend.later = 2
	backend.mu.Unlock()
	f.emit(engine.ClusterBack{At: day})
	s.shows("1/2 nodes")
	s.shows("2/2 nodes")
}

// On a new cluster the steps before can be done again at a key.
func TestCatchUp(t *testing.T) {
	s, f := begin(t, 120, 40)
	s.press("n")
	s.shows("250")
	f.emit(engine.OtherCluster{At: day})
	s.shows("New cluster")
	s.press("u")
	s.shows("$ kubectl create namespace mem-example", "namespace/mem-example created", "The cluster is now where this step begins.")
	if step := f.Snapshot().Step; step != "exceed" {
		t.Errorf("the current step is %s", step)
	}
}

func TestSearchFindsALesson(t *testing.T) {
	s := start(t, 80, 24, nil)
	s.shows("Memory requests", "Share a process")
	s.press("/", "PROCESS share")
	s.gone("Memory requests")
	s.press("enter")
	s.shows("$ kubectl attach")
	s.press("/")
	s.shows("Lessons  /", "Memory requests", "Share a process")
	s.press("nothing like it")
	s.shows("No lesson matches")
	s.press("esc")
	s.shows("Memory requests")
}

// While one searches, the lowest line has the keys that are not typed into the search,
// and a click is never typed.
func TestSearchIsNotTypedByClicks(t *testing.T) {
	s := start(t, 80, 24, nil)
	s.shows("embedded", "/ search", "q back")
	s.press("/")
	s.shows("Lessons  /", "⏎ open", "esc cancel")
	s.gone("/ search")
	s.gone("q back")
	s.click("? help")
	s.shows("Here: Lessons")
	s.press("esc")
	s.gone("Here: Lessons")
	s.press("/")
	s.shows("Lessons  /", "Share a process")
	s.click("esc cancel")
	s.shows("q back")
	s.press("/", "process")
	s.gone("Memory requests")
	s.click("⏎ open")
	s.shows("$ kubectl attach")
}

// Another lesson takes the place of the one that is open.
func TestOneSessionAtATime(t *testing.T) {
	s := start(t, 80, 24, nil)
	s.shows("embedded v1.36.3")
	s.press("enter")
	first := s.opened()
	s.shows("│$")
	s.press("q", "down", "enter")
	second := s.opened()
	s.shows("$ kubectl attach", "│$")
	first.mu.Lock()
	second.mu.Lock()
	defer first.mu.Unlock()
	defer second.mu.Unlock()
	if !first.closed || second.closed {
		t.Errorf("closed: first %v, second %v; want the first alone", first.closed, second.closed)
	}
}

func TestStaysTime(t *testing.T) {
	s := start(t, 80, 24, func(c *Config) {
		c.Lesson = "memory"
		c.Lessons[0].Steps[0].Outcomes[0].For.Duration = time.Minute
	})
	s.shows("│$")
	f := s.opened()
	f.emit(engine.OutcomeChanged{Status: engine.OutcomeStatus{
		Step: "namespace", Outcome: "created", State: engine.Pending,
		HoldSince: time.Now().Add(-5 * time.Second),
	}, At: day})
	s.press("tab")
	s.shows("has held for 5 s of 60 s")
	s.shows("has held for 6 s of 60 s") // by itself
	f.emit(engine.OutcomeChanged{Status: engine.OutcomeStatus{
		Step: "namespace", Outcome: "created", State: engine.Unmet,
		Mismatch: &engine.Mismatch{Expected: "phase", Actual: "memory-demo-3 Running"},
	}, At: day})
	s.shows("✗", "not reached", "now: memory-demo-3 Running")
	f.emit(engine.OutcomeChanged{Status: engine.OutcomeStatus{Step: "namespace", Outcome: "created", State: engine.Unavailable, Reason: say.Plain("no metrics API")}, At: day})
	s.shows("–", "not available here", "no metrics API", "1/1")
}

func TestResizeReachesTheShell(t *testing.T) {
	s, f := begin(t, 80, 24)
	for _, size := range []struct{ w, h int }{{160, 48}, {40, 10}, {80, 24}, {60, 16}} {
		s.resize(size.w, size.h)
	}
	s.shows("$ kubectl create", "│$")
	s.press("z")
	f.mu.Lock()
	got := strings.Join(f.sizes, " ")
	f.mu.Unlock()
	if !strings.HasPrefix(got, "78x8 158x") || !strings.HasSuffix(got, "58x5") || strings.Contains(got, "38x") {
		t.Errorf("the shell was given the sizes %s", got)
	}
}

// Everything ends with the program, also in the middle of work.
func TestNothingIsLeft(t *testing.T) {
	for _, hold := range []bool{false, true} {
		backend := &fakeCluster{progress: stages}
		if hold {
			backend.hold = make(chan struct{})
		}
		s := start(t, 80, 24, func(c *Config) { c.Cluster, c.Lesson = backend, "memory" })
		s.shows("$ kubectl create")
		if !hold {
			s.shows("│$")
		}
		s.cancel()
		if err := s.end(); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled Run returned %v", err)
		}
		_ = s.keys.Close()
		if p, ok := s.emu.InputPipe().(interface{ Close() error }); ok {
			_ = p.Close()
		}
	}
	noneLeft(t)
}

// noneLeft waits until nothing of the program goes on.
func noneLeft(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for left := ours(); len(left) > 0; left = ours() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
		}
		runtime.Gosched()
	}
}

// ours are the goroutines of this program, but for those of tests. Bubble Tea
// leaves its input reader when input comes in at the moment it is killed.
func ours() []string {
	buf := make([]byte, 1<<20)
	var out []string
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "podlab/podlab/") && !strings.Contains(g, "testing.") {
			out = append(out, g)
		}
	}
	return out
}

func TestProgressOfEveryStageIsShown(t *testing.T) {
	all := []cluster.Stage{cluster.StageNodeBinary, cluster.StageImages, cluster.StageCertificates, cluster.StageControlPlane, cluster.StageNodes, cluster.StageLoad, cluster.StageAddons}
	var reports []cluster.Progress
	for i := range all {
		reports = append(reports, cluster.Progress{Stage: all[i], Done: int64(i), Total: 7, Unit: "packages"})
	}
	s := start(t, 80, 24, func(c *Config) { c.Cluster = &fakeCluster{progress: reports, hold: make(chan struct{})} })
	screen := s.shows("6/7 packages")
	for i := range all {
		name := s.words(string(all[i]))
		if !slices.ContainsFunc(strings.Split(screen, "\n"), func(l string) bool { return strings.Contains(l, name) }) {
			t.Errorf("stage %s (%s) is not on the screen:\n%s", all[i], name, screen)
		}
	}
}

// words is a stage's English name, shortened as the screen may.
func (s *terminal) words(stage string) string {
	name := []rune(prose(s.t).Printer("en").T("stage." + stage))
	return string(name[:min(len(name), 12)])
}
