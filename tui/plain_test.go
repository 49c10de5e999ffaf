package tui

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
)

// plainly runs the line mode on a pipe.
func plainly(t *testing.T, commands string, change func(*Config)) (string, error) {
	t.Helper()
	cfg := fakeConfig(t, nil)
	cfg.Lesson = "memory"
	if change != nil {
		change(&cfg)
	}
	var out bytes.Buffer
	err := Plain(context.Background(), cfg, strings.NewReader(commands), &out, false)
	return out.String(), err
}

// follow checks that texts come in their order.
func follow(t *testing.T, out string, texts ...string) {
	t.Helper()
	rest := out
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Fatalf("%q does not come in its place in\n%s", text, out)
		}
		rest = after
	}
}

// A pipe plays a lesson to its end; each command waits for the one before it.
func TestPlainPlaysALesson(t *testing.T) {
	out, err := plainly(t, "run\n\nhint\nsolve\n\n\nwait\nquit\n", nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	follow(t, out,
		"Memory requests and limits", "1/3  A namespace", "A limit is what", "◌ not yet: the namespace is Active",
		"Enter runs: kubectl create namespace mem-example", "starting", "embedded v1.36.3", "$ kubectl create namespace mem-example",
		"namespace/mem-example created", "✓ reached: the namespace is Active", "Namespace mem-example Active", "✓ step done",
		"Enter goes on to: Exceed the limit", "2/3  Exceed the limit", "memory-request-limit-2.yaml:", "kind: Pod",
		"no further hint", "The reference solution", "✓ reached: the container was OOMKilled", "✓ reached",
		"3/3  Clean up", "namespace \"mem-example\" deleted", "✓ reached", "4 outcomes were reached",
	)
	for _, r := range out {
		if r == '\x1b' || strings.ContainsRune("│┌┐└┘─", r) {
			t.Fatalf("%q stands in\n%s", r, out)
		}
	}
}

func TestPlainCommands(t *testing.T) {
	out, err := plainly(t, strings.Join([]string{
		"lang ja", "lang", "l en", "steps", "lessons", "help", "dance", "goto 9", "g 2", "back", "h", "h", "h", "answer 7", "1",
		"! kubectl sing", "skip", "catchup", "reset", "restart", "skip 3", "outcomes", "why", "why 9", "read", "open share", "run", "! ps ax", "run", "open 1",
	}, "\n"), func(c *Config) { c.Cluster = &fakeCluster{progress: stages} })
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	follow(t, out, "制限", "未確認", "ja 日本語", "1 A namespace", "2 Exceed", "(memory; 15 min, 1/3, begun)", "catch up", "no command dance",
		"no such one: 9", "2/3", "1/3", "Hint 1 of 2", "Hint 2 of 2", "no further hint", "no such one: 7",
		"✓ Build the node's programs", "command not found", "kubectl sing ended with exit code 127", "Skipped", "Taken back", "pod/memory-demo-2 created", "3/3",
		"1/1", "Enter runs: kubectl attach", "inner: ps ax", "inner: exit", "1/3")
}

func TestPlainReadsOnly(t *testing.T) {
	cluster := &fakeCluster{}
	out, err := plainly(t, "next\n", func(c *Config) { c.Cluster, c.Lang = cluster, content.Japanese })
	if err != nil || cluster.count != 0 {
		t.Errorf("%v; the cluster was started %d times, though nothing needs it", err, cluster.count)
	}
	follow(t, out, "メモリー要求とメモリー制限", "2/3")
	out, err = plainly(t, "run\n", func(c *Config) { c.Lesson = "" })
	if err != nil {
		t.Error(err)
	}
	follow(t, out, "Lessons", "Memory requests", "Open a lesson first")
}

// What cannot be waited for is read all the same, up to its end, as a pipe is.
func TestPlainReadsFiles(t *testing.T) {
	commands := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(commands, []byte("next\ngoto 9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{commands: "no such one: 9", os.DevNull: "1/3"} {
		in, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		cfg := fakeConfig(t, nil)
		cfg.Lesson = "memory"
		var out bytes.Buffer
		if err := errors.Join(Plain(t.Context(), cfg, in, &out, false), in.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		follow(t, out.String(), want)
	}
}

// A pipe's end tells whether what was asked for came about.
func TestPlainFails(t *testing.T) {
	out, err := plainly(t, "goto 3\nsolve\n", nil)
	if err == nil || !strings.Contains(err.Error(), "step clean is not done") {
		t.Errorf("an unsolved step ends with %v\n%s", err, out)
	}
	out, err = plainly(t, "solve\nnext\n", func(c *Config) { c.Cluster = &fakeCluster{fails: []error{errPort}} })
	if err == nil || strings.Contains(out, "2/3") {
		t.Errorf("without a cluster it ends with %v\n%s", err, out)
	}
	follow(t, out, "✗", "port 6443 is taken")
	// What cannot be read is no end of the commands.
	out, err = plainly(t, "goto 2\n"+strings.Repeat("x", bufio.MaxScanTokenSize)+"\n", nil)
	if !errors.Is(err, bufio.ErrTooLong) {
		t.Errorf("a line that is too long ends with %v\n%s", err, out)
	}
}

// talker is somebody who types lines.
type talker struct {
	*waiter
	session *fakeSession
	typed   func(lines ...string)
	end     func() // quits
}

// talk runs the line mode for somebody who types, with a lesson's session open.
func talk(t *testing.T, change func(*Config)) *talker {
	t.Helper()
	opened := make(chan *fakeSession, 1)
	cfg := fakeConfig(t, opened)
	change(&cfg)
	in, keys := io.Pipe()
	s := &talker{waiter: &waiter{changed: make(chan struct{})}}
	ended := make(chan error, 1)
	go func() { ended <- Plain(context.Background(), cfg, in, s, true) }()
	s.typed = func(lines ...string) {
		for _, line := range lines {
			if _, err := io.WriteString(keys, line+"\n"); err != nil {
				t.Error(err)
			}
		}
	}
	s.end = func() {
		s.typed("quit")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = keys.Close()
	}
	s.wait(t, "podlab> ", "The terminal is ready")
	s.session = <-opened
	return s
}

// Somebody who types sees a prompt, may type while something runs, and is told
// what happens meanwhile.
func TestPlainPrompt(t *testing.T) {
	s := talk(t, func(c *Config) { c.Lesson = "share" })
	s.typed("run")
	s.wait(t, "$ kubectl attach")
	s.session.emit(engine.ShellOutput{Data: []byte("\x1b[1m/ # \x1b[0m")})
	s.wait(t, "/ #")
	s.typed("stop")
	s.wait(t, "^C")
	s.session.emit(engine.ClusterLost{Err: errPort, At: day})
	s.wait(t, "no longer answers")
	s.end()
}

// A command's output may end within a line.
func TestPlainLastLine(t *testing.T) {
	s := talk(t, func(c *Config) { c.Lesson = "share" })
	s.typed("run")
	s.wait(t, "$ kubectl attach")
	s.session.emit(engine.ShellOutput{Data: []byte("no newline here")}, engine.CommandFinished{Line: "kubectl attach", At: day}, engine.ShellOutput{Data: []byte("$ ")})
	s.wait(t, "no newline here\n")
	s.end()
}

// What a mistyped line was probably meant to be is told.
func TestPlainMistyped(t *testing.T) {
	s := talk(t, func(c *Config) { c.Lesson = "share" })
	s.typed("run")
	s.wait(t, "$ kubectl attach")
	s.session.emit(engine.CommandFinished{Line: "kubctl get pods", Exit: 127, At: day})
	s.wait(t, "There is no program kubctl. Did you mean kubectl?")
	s.end()
}

// A step that is opened again is told.
func TestPlainReopenedStep(t *testing.T) {
	s := talk(t, func(c *Config) { c.Lesson = "share" })
	step := s.session.lesson.Steps[0].ID
	s.session.emit(engine.StepDone{Step: step, At: day})
	s.wait(t, "step done: ")
	s.session.emit(engine.StepReopened{Step: step, At: day})
	s.wait(t, "step open again")
	s.end()
}

// A lesson that opens, or fails to, after it was left takes nothing from the one that
// took its place.
func TestPlainLeavesALesson(t *testing.T) {
	for _, failed := range []error{nil, errPort} {
		opening, hold := make(chan struct{}), make(chan struct{})
		s := talk(t, func(c *Config) {
			open := c.Open
			c.Lesson, c.Open = "share", func(ctx context.Context, id string) (Session, error) {
				if id != "memory" {
					return open(ctx, id)
				}
				close(opening)
				if <-hold; failed != nil {
					return nil, failed
				}
				return newFakeSession(c.Lessons[0]), nil
			}
		})
		s.typed("open 1")
		<-opening
		s.typed("open 2", "run", "hint")
		s.wait(t, "no further hint")
		close(hold)
		s.wait(t, "$ kubectl attach")
		s.end()
	}
}

// The first answer counts, and only one that comes before the cluster has shown it.
func TestPlainAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, commands string
		want           []string
		never          string
	}{
		{"the first counts", "run\n\nanswer 1\nanswer 2\nrun\nread\n", []string{"▶ 1 It never", "✗ 1 "}, "▶ 2"},
		{"too late", "run\n\nrun\nanswer 2\n", []string{"✓ 2 The kernel"}, "your answer"},
	} {
		out, err := plainly(t, tt.commands, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.name, err, out)
		}
		if follow(t, out, tt.want...); strings.Contains(out, tt.never) {
			t.Errorf("%s: %q stands in\n%s", tt.name, tt.never, out)
		}
	}
}

// waiter is an output that one can wait on.
type waiter struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func (w *waiter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
	return w.buf.Write(p)
}

// wait waits until all texts are there and returns all that is.
func (w *waiter) wait(t *testing.T, texts ...string) (out string) {
	t.Helper()
	for _, text := range texts {
		for {
			w.mu.Lock()
			changed := w.changed
			out = w.buf.String()
			w.mu.Unlock()
			if strings.Contains(out, text) {
				break
			}
			select {
			case <-changed:
			case <-time.After(patience):
				t.Fatalf("%q is not in\n%s", text, out)
			}
		}
	}
	return out
}

func TestLiner(t *testing.T) {
	var l liner
	var got []string
	for _, part := range []string{"\x1b[31mre", "d\x1b[0m\r\nab\bc\r", "\n10%\r100%\r\n\x1b]0;title\a$ x"} {
		got = append(got, l.feed([]byte(part))...)
	}
	got = append(got, l.flush(), l.flush())
	if want := "red|ac|100%|$ x|"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
