package engine

import (
	"context"
	"fmt"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/engine/probe"
	"github.com/podlab/podlab/lessons"
)

// containers runs probes in the place of an API server. Each run waits for what
// it is to print.
type containers struct {
	asked  chan probe.Command
	prints chan string
}

func (k containers) run(ctx context.Context, _ *rest.Config, _ kubernetes.Interface, c probe.Command) (probe.Result, error) {
	select {
	case k.asked <- c:
	case <-ctx.Done():
		return probe.Result{}, ctx.Err()
	}
	select {
	case out := <-k.prints:
		return probe.Result{Output: out}, nil
	case <-ctx.Done():
		return probe.Result{}, ctx.Err()
	}
}

// probing is a session with an outcome of a probe and of a Pod's colour, and the
// containers in which the probe runs.
func probing(t *testing.T) (*bench, containers) {
	t.Helper()
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{
		ID: "out", Kind: lessons.Output, Probe: &lessons.Probe{Pod: "web", Container: "main", Command: []string{"cat", "/colour"}},
		Expr:     `exit == 0 && web.metadata.labels.colour == output.trim()`,
		Evidence: `output`, Actual: `output == "" ? "cat: -" : "cat: " + output`,
	})))
	k := containers{make(chan probe.Command), make(chan string)}
	b.Session.mu.Lock()
	b.probe = k.run
	b.Session.mu.Unlock()
	return b, k
}

func painted(colour string) map[string]any {
	p := pod("web", "Running", `{"running":{}}`)
	p["metadata"].(map[string]any)["labels"] = map[string]any{"colour": colour}
	return p
}

func (b *bench) untilActual(want string) {
	b.t.Helper()
	b.until(fmt.Sprintf("actual %q", want), func() bool {
		m := b.checks[0].status.Mismatch
		return m != nil && m.Actual == want
	})
}

func TestProbe(t *testing.T) {
	b, k := probing(t)
	b.goTo("now")
	b.untilActual("cat: -")
	b.api.Apply(painted("red"))
	if c := <-k.asked; c.Namespace != "demo" || c.Pod != "web" || c.Container != "main" || fmt.Sprint(c.Argv) != "[cat /colour]" {
		t.Errorf("the probe is %+v", c)
	}
	k.prints <- "blue"
	b.untilActual("cat: blue")
	<-k.asked
	k.prints <- "red"
	if st := b.untilState("out", Met); st.Evidence.Text != "red" || st.Evidence.Source != "Pod demo/web: cat /colour" {
		t.Errorf("evidence %+v", *st.Evidence)
	}
}

// What a probe found in a Pod says nothing about the Pod that takes its place,
// nor about the step begun anew.
func TestProbeOfWhatIsGone(t *testing.T) {
	replace := func(_ *testing.T, b *bench) {
		b.api.Delete("v1", "Pod", "demo", "web")
		b.seen("web", b.api.Apply(painted("blue")))
	}
	reset := func(t *testing.T, b *bench) {
		if err := b.ResetStep(context.Background(), "now"); err != nil {
			t.Fatal(err)
		}
		b.seen("web", b.api.Apply(painted("blue")))
	}
	for name, change := range map[string]func(*testing.T, *bench){"another Pod": replace, "reset": reset} {
		t.Run(name+", after the probe", func(t *testing.T) {
			b, k := probing(t)
			b.goTo("now")
			b.api.Apply(painted("red"))
			<-k.asked
			k.prints <- "blue"
			b.untilActual("cat: blue")
			change(t, b)
			b.untilActual("cat: -")
			<-k.asked
			k.prints <- "blue"
			b.untilState("out", Met)
		})
		t.Run(name+", during the probe", func(t *testing.T) {
			b, k := probing(t)
			b.goTo("now")
			b.api.Apply(painted("red"))
			<-k.asked
			change(t, b)
			k.prints <- "blue"
			<-k.asked // the next run: the one before has been judged
			if st := b.status("out"); st.State != Pending || st.Mismatch.Actual != "cat: -" {
				t.Errorf("it is %+v %+v", st, st.Mismatch)
			}
			k.prints <- "blue"
			b.untilState("out", Met)
		})
	}
}
