package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/podlab/podlab/engine/internal/leaktest"
)

// recorder collects a terminal's events and lets tests wait for what they show.
type recorder struct {
	mu     sync.Mutex
	events []Event
	news   chan struct{}
}

func newRecorder() *recorder { return &recorder{news: make(chan struct{}, 1)} }

func (r *recorder) tell(e Event) {
	r.mu.Lock()
	r.events = append(r.events, e)
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *recorder) all() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Event(nil), r.events...)
}

func (r *recorder) printed() string {
	var b bytes.Buffer
	for _, e := range r.all() {
		if p, ok := e.(Printed); ok {
			b.Write(p.Data)
		}
	}
	return b.String()
}

// until waits for a condition on everything told so far.
func (r *recorder) until(t *testing.T, what string, ok func([]Event) bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !ok(r.all()) {
		select {
		case <-r.news:
		case <-deadline:
			t.Fatalf("no %s within 10 s; printed %q; events %v", what, r.printed(), marks(r.all()))
		}
	}
}

func (r *recorder) untilPrinted(t *testing.T, text string) {
	t.Helper()
	r.until(t, fmt.Sprintf("output %q", text), func([]Event) bool { return strings.Contains(r.printed(), text) })
}

// marks are the events that are not output, as text.
func marks(events []Event) []string {
	var list []string
	for _, e := range events {
		switch e := e.(type) {
		case Started:
			list = append(list, "start "+e.Line)
		case Finished:
			list = append(list, fmt.Sprintf("exit %d", e.Exit))
		case Exited:
			list = append(list, "gone")
		}
	}
	return list
}

func open(t *testing.T, env ...string) (*Shell, *recorder) {
	t.Helper()
	r := newRecorder()
	s, err := New(Config{Dir: t.TempDir(), Kubeconfig: "/lab/kubeconfig", Podlab: program(t), Env: env, Cols: 100, Rows: 30, Tell: r.tell})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return s, r
}

// program stands for podlab's own executable.
func program(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, s *Shell, text string) {
	t.Helper()
	if _, err := s.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func untilMark(t *testing.T, r *recorder, mark string) {
	t.Helper()
	r.until(t, mark, func(events []Event) bool {
		for _, m := range marks(events) {
			if m == mark {
				return true
			}
		}
		return false
	})
}

func TestCommandLines(t *testing.T) {
	tests := []struct{ typed, line, exit string }{
		{"true\r", "true", "exit 0"},
		{"(exit 7)\r", "(exit 7)", "exit 7"},
		{"echo a; false\r", "echo a; false", "exit 1"},
		{"printf '100%%;%s\\n' 'こんにちは'\r", "printf '100%%;%s\\n' 'こんにちは'", "exit 0"},
		{" echo leading space\r", " echo leading space", "exit 0"},
		{"for i in 1 2; do\recho $i\rdone\r", "for i in 1 2; do\necho $i\ndone", "exit 0"},
		{"echo one \\\rtwo\r", "echo one two", "exit 0"},
		{"no-such-program\r", "no-such-program", "exit 127"},
		{"sh -c 'kill -9 $$'\r", "sh -c 'kill -9 $$'", "exit 137"},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			s, r := open(t)
			write(t, s, test.typed)
			untilMark(t, r, test.exit)
			got := marks(r.all())
			if want := []string{"start " + test.line, test.exit}; strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("marks %q, want %q", got, want)
			}
		})
	}
}

func TestSameLineTwiceAndEmptyLines(t *testing.T) {
	s, r := open(t)
	write(t, s, "false\r\r\rfalse\r\rtrue\r")
	untilMark(t, r, "exit 0")
	want := "start false|exit 1|start false|exit 1|start true|exit 0"
	if got := strings.Join(marks(r.all()), "|"); got != want {
		t.Errorf("marks %s, want %s", got, want)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("KUBECONFIG", "/home/user/.kube/config")
	t.Setenv("PROMPT_COMMAND", "echo stolen")
	s, r := open(t, "LESSON=one")
	write(t, s, "echo \"<$KUBECONFIG|$KUBERC|$LESSON|$TERM|$(type -p kubectl)>\"; alias k\r")
	untilMark(t, r, "exit 0")
	kubectl := filepath.Join(s.cfg.Dir, ".podlab/bin/kubectl")
	want := "</lab/kubeconfig|off|one|xterm-256color|" + kubectl + ">"
	if out := strings.ReplaceAll(r.printed(), "\r\n", ""); !strings.Contains(out, want) || !strings.Contains(out, "alias k='kubectl'") || strings.Contains(out, "stolen") {
		t.Errorf("printed %q, want %q in it", out, want)
	}
	if target, err := os.Readlink(kubectl); err != nil || target != program(t) {
		t.Errorf("kubectl is %q, %v", target, err)
	}
}

func TestOutputStreamsAndMarksDoNotShow(t *testing.T) {
	s, r := open(t)
	write(t, s, "echo begin; read line; echo \"got $line\"\r")
	untilMark(t, r, "start echo begin; read line; echo \"got $line\"")
	r.untilPrinted(t, "begin\r\n")
	write(t, s, "日本\r")
	r.untilPrinted(t, "got 日本")
	untilMark(t, r, "exit 0")
	if out := r.printed(); strings.Contains(out, "133") || strings.Contains(out, "aid=") {
		t.Errorf("marks in the output: %q", out)
	}
}

func TestForeignMarksAreOutput(t *testing.T) {
	s, r := open(t)
	write(t, s, `printf '\e]133;D;aid=guess;0\a\e]133;A\a'; (exit 3)`+"\r")
	untilMark(t, r, "exit 3")
	if got := marks(r.all()); len(got) != 2 {
		t.Errorf("marks %q: a program spoke for the shell", got)
	}
	if !strings.Contains(r.printed(), "\x1b]133;A\a") {
		t.Errorf("a program's own sequence was lost: %q", r.printed())
	}
}

func prompts(events []Event) (n int) {
	for _, e := range events {
		if _, ok := e.(Ready); ok {
			n++
		}
	}
	return n
}

// Lines are told with their ends also where the learner has changed what tells them.
func TestOwnPrompts(t *testing.T) {
	for _, line := range []string{
		"PROMPT_COMMAND=", "PROMPT_COMMAND='echo mine'", "unset -f __podlab_prompt", "exec >/dev/null",
		"PS0= PS1='mine> ' PS2=", "unset PS0 PS1 PS2", "set -u", "set -eu; set +e", "shopt -u promptvars",
	} {
		t.Run(line, func(t *testing.T) {
			s, r := open(t)
			write(t, s, line+"\r")
			r.until(t, "prompt", func(events []Event) bool { return prompts(events) == 2 })
			write(t, s, "(exit 3)\r")
			r.until(t, "next prompt", func(events []Event) bool { return prompts(events) == 3 })
			if got, want := strings.Join(marks(r.all()), "|"), "start "+line+"|exit 0|start (exit 3)|exit 3"; got != want {
				t.Errorf("marks %s, want %s", got, want)
			}
			if out := r.printed(); strings.Contains(out, "unbound") || strings.Contains(line, "mine>") && !strings.Contains(out, "mine> (exit 3)") {
				t.Errorf("printed %q", out)
			}
		})
	}
}

// A shell that would not tell what runs is not ready for it.
func TestPromptThatWouldNotTell(t *testing.T) {
	s, r := open(t)
	write(t, s, "PS0=; PROMPT_COMMAND=\r")
	untilMark(t, r, "exit 0")
	write(t, s, "echo a''gain\r")
	r.untilPrinted(t, "again\r\n$ ")
	if n := prompts(r.all()); n != 1 {
		t.Errorf("%d prompts, want the first alone", n)
	}
}

func TestCtrlC(t *testing.T) {
	s, r := open(t)
	write(t, s, "sh -c 'echo o\\n; exec sleep 1000'\r")
	r.untilPrinted(t, "on\r\n")
	write(t, s, "\x03")
	untilMark(t, r, "exit 130")
}

// Ctrl-S does not hold the output back, from which nobody would know a way out.
func TestCtrlS(t *testing.T) {
	s, r := open(t)
	write(t, s, "sh -c 'echo o\\n; exec sleep 1000'\r")
	r.untilPrinted(t, "on\r\n")
	write(t, s, "\x13\x03")
	untilMark(t, r, "exit 130")
	write(t, s, "\x13\x05\x15true\r")
	untilMark(t, r, "exit 0")
}

func TestInteractiveProgram(t *testing.T) {
	s, r := open(t)
	write(t, s, "PS1='inner''# ' sh\r")
	r.untilPrinted(t, "inner# ")
	write(t, s, "echo $((6*7))\r")
	r.untilPrinted(t, "42\r\n")
	write(t, s, "exit 5\r")
	untilMark(t, r, "exit 5")
}

func TestResize(t *testing.T) {
	s, r := open(t)
	write(t, s, "stty size\r")
	r.untilPrinted(t, "30 100")
	s.Resize(120, 40)
	write(t, s, "stty size\r")
	r.untilPrinted(t, "40 120")
}

func TestExitAndStartAgain(t *testing.T) {
	s, r := open(t)
	s.Resize(90, 33)
	write(t, s, "sleep 1000 & exit 4\r")
	untilMark(t, r, "gone")
	if got := strings.Join(marks(r.all()), "|"); !strings.HasSuffix(got, "exit 4|gone") {
		t.Errorf("marks %s, want the last command's end before the shell's", got)
	}
	write(t, s, "stty size\r")
	r.untilPrinted(t, "33 90")
}

func TestHistoryIsKept(t *testing.T) {
	s, r := open(t)
	write(t, s, "echo remember-me\r")
	untilMark(t, r, "exit 0")
	s.Stop()
	write(t, s, "history\r")
	r.until(t, "history", func([]Event) bool { return strings.Count(r.printed(), "remember-me") >= 3 })
}

// What a lesson's commands put into variables is there for the commands that come
// after podlab was left and opened again, whatever is in it.
func TestVariablesAreKept(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Kubeconfig: "/lab/kubeconfig", Keep: []string{"NODE", "PS1", "URL"}, Cols: 100, Rows: 30}
	shell := func(line, prints string) {
		t.Helper()
		r := newRecorder()
		cfg.Tell = r.tell
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		write(t, s, line+"\r")
		r.untilPrinted(t, prints)
		r.until(t, "end of the line", func([]Event) bool { return len(marks(r.all())) == 2 })
		write(t, s, "true\r")
		r.until(t, "prompt", func([]Event) bool { return len(marks(r.all())) == 4 })
	}
	shell(`NODE="worker'1 \$(echo ran)"; OTHER=x; echo "<$NODE>"`, "<worker'1 $(echo ran)>")
	shell(`echo "<$NODE|$OTHER|$URL>"`, "<worker'1 $(echo ran)||>")
	if info, err := os.Stat(filepath.Join(cfg.Dir, ".podlab", "kept")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	shell(`unset NODE; echo "<$NODE>"`, "<>")
	shell(`echo "<$NODE>"`, "<>")
}

func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	s, r := open(t)
	// A job that ignores being hung up on, in the background and in front.
	write(t, s, "(trap '' HUP TERM; sleep 1000) & nohup sleep 1001 & trap '' HUP; echo al''ive; sh -c 'trap \"\" HUP INT; while :; do sleep 1; done'\r")
	r.untilPrinted(t, "alive")
	s.mu.Lock()
	session := s.run.cmd.Process.Pid
	s.mu.Unlock()
	if len(members(session)) < 2 {
		t.Fatalf("only %v in the terminal's session", members(session))
	}
	s.Close()
	if left := members(session); len(left) > 0 {
		t.Errorf("processes left: %v", left)
	}
	if _, err := s.Write([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	leaktest.Goroutines(t, before)
}

func TestRunLine(t *testing.T) {
	s, _ := open(t, "WORD=blue")
	ctx := context.Background()
	if err := s.RunLine(ctx, `test "$WORD$PWD" = "blue`+s.cfg.Dir+`"`); err != nil {
		t.Error(err)
	}
	var failed *LineError
	err := s.RunLine(ctx, "echo sorry >&2; exit 3")
	if !errors.As(err, &failed) || failed.Output != "sorry\n" || err.Error() != "echo sorry >&2; exit 3: exit status 3: sorry" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := s.RunLine(ctx, "sleep 1000 & sleep 1000"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled line: %v", err)
	}
}

// A program that has left the shell's session but not its terminal keeps nobody
// waiting for the shell's end, and nothing that was printed before it is lost.
func TestTheEndDoesNotWaitForThoseWhoLeft(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid, as on macOS, where the kernel takes the terminal away")
	}
	for name, loop := range map[string]string{
		"silent": "exec sleep 1000", "now and then": "while echo tick; do sleep 0.05; done", "without a pause": "exec yes",
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			s, r := open(t)
			pidFile := filepath.Join(t.TempDir(), "pid")
			t.Cleanup(func() {
				pid, _ := os.ReadFile(pidFile)
				if n, err := strconv.Atoi(strings.TrimSpace(string(pid))); err == nil {
					_ = syscall.Kill(n, syscall.SIGKILL)
				}
			})
			write(t, s, "setsid sh -c 'echo $$ >"+pidFile+"; "+loop+"' & until test -s "+pidFile+"; do :; done; seq 20000; echo la''st; exit 4\r")
			untilMark(t, r, "gone")
			if got := strings.Join(marks(r.all()), "|"); !strings.HasSuffix(got, "exit 4|gone") {
				t.Errorf("marks %s", got)
			}
			if !strings.Contains(r.printed(), "20000\r\n") || !strings.Contains(r.printed(), "last\r\n") {
				t.Error("output was lost")
			}
			write(t, s, "echo a''new\r")
			r.untilPrinted(t, "anew")
			s.Close()
			leaktest.Goroutines(t, before)
		})
	}
}

// A shell that starts while the end of the one before is still told waits with
// what it has to tell.
func TestToldOneAtATime(t *testing.T) {
	r := newRecorder()
	var s *Shell
	var inside, most atomic.Int32
	tell := func(e Event) {
		most.Store(max(most.Load(), inside.Add(1)))
		defer inside.Add(-1)
		if _, ok := e.(Exited); ok && len(marks(r.all())) == 2 {
			write(t, s, "echo a''new\r")
			for end := time.Now().Add(300 * time.Millisecond); inside.Load() == 1 && time.Now().Before(end); {
				runtime.Gosched()
			}
		}
		r.tell(e)
	}
	s, err := New(Config{Dir: t.TempDir(), Kubeconfig: "/lab/kubeconfig", Tell: tell})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	write(t, s, "exit\r")
	r.untilPrinted(t, "anew")
	if most.Load() > 1 {
		t.Error("the new shell's events come before the end of the old one")
	}
}
