package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/engine/internal/leaktest"
	"github.com/podlab/podlab/engine/shell"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

func TestMain(m *testing.M) {
	apitest.Kubectl()
	os.Exit(m.Run())
}

const limit = 15 * time.Second

// bench is a session on an API server of its own, with all its events.
type bench struct {
	*Session
	t   *testing.T
	api *apitest.Server
	cfg Config

	mu     sync.Mutex
	events []Event
	news   chan struct{}
	ended  chan struct{}
}

func config(t *testing.T, api *apitest.Server, l *lessons.Lesson) Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Lesson: l, Kubeconfig: api.Kubeconfig(), Workspace: filepath.Join(t.TempDir(), "work"), Podlab: self,
		Facts: func(context.Context) (Facts, error) {
			return Facts{CgroupVersion: 2, Kubernetes: "v1.36.0", Needs: map[lessons.Need]Ability{
				lessons.NeedMetrics: {OK: true}, lessons.NeedAppArmor: {Reason: say.Plain("the kernel has no AppArmor")},
			}}, nil
		},
	}
}

// play opens a session and waits until it has seen the whole cluster.
func play(t *testing.T, api *apitest.Server, cfg Config) *bench {
	t.Helper()
	s, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Session: s, t: t, api: api, cfg: cfg, news: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() {
		defer close(b.ended)
		for e := range s.Events() {
			b.mu.Lock()
			b.events = append(b.events, e)
			b.mu.Unlock()
			select {
			case b.news <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(b.close)
	b.until("a look at the whole cluster", func() bool { return s.synced && s.facts.Needs != nil })
	return b
}

// playKept opens a session whose journal is kept, on a cluster of its own, and
// solves the first step of its course.
func playKept(t *testing.T) *bench {
	t.Helper()
	api := apitest.New(t)
	cfg := config(t, api, course(t))
	cfg.Journal = filepath.Join(t.TempDir(), "progress", "demo.jsonl")
	b := play(t, api, cfg)
	if err := b.Solve(context.Background(), "create"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) close() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Errorf("close: %v", err)
	}
	<-b.ended
}

func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := b.waitFor(ctx, ok); err != nil {
		data, _ := json.MarshalIndent(b.Snapshot().Outcomes, "", " ")
		b.t.Fatalf("no %s: %v; outcomes:\n%s", what, err, data)
	}
}

// told waits for an event.
func (b *bench) told(what string, ok func(Event) bool) Event {
	b.t.Helper()
	deadline := time.After(limit)
	for {
		b.mu.Lock()
		i := slices.IndexFunc(b.events, ok)
		var found Event
		if i >= 0 {
			found = b.events[i]
		}
		b.mu.Unlock()
		if found != nil {
			return found
		}
		select {
		case <-b.news:
		case <-deadline:
			b.t.Fatalf("not told: %s", what)
		}
	}
}

func (b *bench) status(outcome string) OutcomeStatus {
	b.t.Helper()
	for _, o := range b.Snapshot().Outcomes {
		if o.Outcome == outcome {
			return o
		}
	}
	b.t.Fatalf("no outcome %s", outcome)
	return OutcomeStatus{}
}

func (b *bench) state(outcome string) OutcomeState { b.t.Helper(); return b.status(outcome).State }

func (b *bench) untilState(outcome string, want OutcomeState) OutcomeStatus {
	b.t.Helper()
	b.until(fmt.Sprintf("%s %s", want, outcome), func() bool {
		return slices.ContainsFunc(b.checks, func(c *check) bool { return c.def.ID == outcome && c.status.State == want })
	})
	return b.status(outcome)
}

// seen waits until the session has recorded a revision of an object.
func (b *bench) seen(name string, revision uint64) {
	b.t.Helper()
	b.until("revision", func() bool {
		return slices.ContainsFunc(b.records.History(name, b.cut), func(o any) bool {
			return o.(map[string]any)["metadata"].(map[string]any)["resourceVersion"] == fmt.Sprint(revision)
		})
	})
}

func (b *bench) goTo(step string) {
	b.t.Helper()
	if err := b.Goto(step); err != nil {
		b.t.Fatal(err)
	}
}

// pod is a Pod in a phase, with a container's state as JSON.
func pod(name, phase, state string) map[string]any {
	p := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": name, "namespace": "demo"},
		"status": map[string]any{"phase": phase},
	}
	if state != "" {
		var st map[string]any
		if err := json.Unmarshal([]byte(state), &st); err != nil {
			panic(err)
		}
		p["status"].(map[string]any)["containerStatuses"] = []any{map[string]any{"name": "main", "restartCount": 1, "state": st}}
	}
	return p
}

func warning(name, reason, message string) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Event", "metadata": map[string]any{"name": name + "." + strings.ToLower(reason), "namespace": "demo"},
		"involvedObject": map[string]any{"kind": "Pod", "namespace": "demo", "name": name}, "reason": reason, "message": message,
	}
}

// lesson makes a lesson of two steps, the outcomes in the second.
func lesson(outcomes ...lessons.Outcome) *lessons.Lesson {
	for i := range outcomes {
		if outcomes[i].Evidence == "" {
			outcomes[i].Evidence = `"seen"`
		}
	}
	return &lessons.Lesson{
		ID: "demo", Namespace: "demo",
		Objects: map[string]lessons.Object{
			"web": {Kind: "Pod", Name: "web"}, "pods": {Kind: "Pod"}, "red": {Kind: "Pod", Selector: "colour=red"}, "ns": {Kind: "Namespace", Name: "demo"},
		},
		Steps: []lessons.Step{{ID: "before", Commands: []lessons.Command{{Run: "true"}}}, {ID: "now", Outcomes: outcomes}},
	}
}

func forTime(d time.Duration) lessons.Duration { return lessons.Duration{Duration: d} }

const oomKilled = `web.status.containerStatuses.exists(c, c.state.terminated.reason == "OOMKilled")`

func TestOutcomesTurnWithTheCluster(t *testing.T) {
	oom := pod("web", "Running", `{"terminated":{"reason":"OOMKilled","exitCode":137}}`)
	running := pod("web", "Running", `{"running":{}}`)
	tests := []struct {
		name    string
		outcome lessons.Outcome
		script  []map[string]any // revisions, the last of which brings the outcome about
		want    Evidence
	}{
		{
			"eventually",
			lessons.Outcome{Kind: lessons.Eventually, Expr: `web.status.phase == "Running"`, Evidence: `"web is " + web.status.phase`},
			[]map[string]any{pod("web", "Pending", ""), running},
			Evidence{Text: "web is Running", Source: "Pod demo/web @"},
		},
		{
			"once",
			lessons.Outcome{Kind: lessons.Once, Expr: oomKilled, Evidence: `"exit " + string(web.status.containerStatuses[0].state.terminated.exitCode)`},
			[]map[string]any{running, oom},
			Evidence{Text: "exit 137", Source: "Pod demo/web @"},
		},
		{
			"events",
			lessons.Outcome{Kind: lessons.Once, Expr: `events.web.exists(e, e.reason == "FailedScheduling")`, Evidence: `events.web[0].message`},
			[]map[string]any{warning("other", "FailedScheduling", "no"), warning("web", "Scheduled", "no"), warning("web", "FailedScheduling", "Insufficient memory")},
			Evidence{Text: "no", Source: "Event demo/web.failedscheduling @"},
		},
		{
			"history",
			lessons.Outcome{Kind: lessons.Eventually, Expr: `history.web.map(p, p.status.phase) == ["Pending", "Running"]`},
			[]map[string]any{pod("web", "Pending", ""), running},
			Evidence{Text: "seen", Source: "Pod demo/web @"},
		},
		{
			"list",
			lessons.Outcome{Kind: lessons.Eventually, Expr: `pods.size() == 2 && pods.all(p, p.status.phase == "Running")`},
			[]map[string]any{pod("a", "Running", ""), pod("b", "Pending", ""), pod("b", "Running", "")},
			Evidence{Text: "seen", Source: "Pod demo/b @"},
		},
		{
			"a field that comes later",
			lessons.Outcome{Kind: lessons.Eventually, Expr: `!has(web.status.reason) && web.spec.nodeName == "n1"`},
			[]map[string]any{running, {"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web", "namespace": "demo"}, "spec": map[string]any{"nodeName": "n1"}, "status": map[string]any{}}},
			Evidence{Text: "seen", Source: "Pod demo/web @"},
		},
		{
			"facts",
			lessons.Outcome{Kind: lessons.Eventually, Expr: `web != null && facts.cgroup == "v2"`, Evidence: `"cgroup " + facts.cgroup`},
			[]map[string]any{running},
			Evidence{Text: "cgroup v2", Source: "Pod demo/web @"},
		},
		{
			"evidence that fails",
			lessons.Outcome{Kind: lessons.Eventually, Expr: `web != null`, Evidence: `web.no.such.field`},
			[]map[string]any{oom},
			Evidence{Text: "Pod web: OOMKilled 0/1, restarts 1", Source: "Pod demo/web @"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := apitest.New(t)
			test.outcome.ID = "out"
			b := play(t, api, config(t, api, lesson(test.outcome)))
			b.goTo("now")
			for i, object := range test.script {
				if got := b.state("out"); got != Pending {
					t.Fatalf("before revision %d of %d it is %s", i+1, len(test.script), got)
				}
				revision := api.Apply(object)
				if i < len(test.script)-1 && object["kind"] == "Pod" && object["metadata"].(map[string]any)["name"] == "web" {
					b.seen("web", revision)
				}
			}
			st := b.untilState("out", Met)
			if st.Evidence.Text != test.want.Text || !strings.HasPrefix(st.Evidence.Source, test.want.Source) {
				t.Errorf("evidence %+v, want %+v", *st.Evidence, test.want)
			}
			b.told("StepDone", func(e Event) bool { d, ok := e.(StepDone); return ok && d.Step == "now" })
		})
	}
}

func TestAlreadyTrueIsMetWhenTheStepBegins(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{ID: "up", Kind: lessons.Eventually, Expr: `web.status.phase == "Running"`})))
	b.seen("web", api.Apply(pod("web", "Running", "")))
	if got := b.state("up"); got != Pending {
		t.Fatalf("an outcome of a step to come is %s", got)
	}
	b.goTo("now")
	if got := b.state("up"); got != Met {
		t.Errorf("it is %s", got)
	}
}

func TestOnceLooksBack(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(
		lessons.Outcome{ID: "once", Kind: lessons.Once, Expr: oomKilled, Evidence: `"killed in " + web.metadata.name`},
		lessons.Outcome{ID: "eventually", Kind: lessons.Eventually, Expr: oomKilled},
	)))
	killed := api.Apply(pod("web", "Running", `{"terminated":{"reason":"OOMKilled"}}`))
	b.seen("web", api.Apply(pod("web", "Running", `{"running":{}}`)))
	b.goTo("now")
	st := b.status("once")
	if st.State != Met || st.Evidence.Text != "killed in web" || st.Evidence.Source != fmt.Sprintf("Pod demo/web @%d", killed) {
		t.Errorf("once is %+v %+v", st, st.Evidence)
	}
	st = b.status("eventually")
	if st.State != Pending || st.Mismatch == nil || st.Mismatch.Actual != "Pod web: Running 0/1, restarts 1" {
		t.Errorf("eventually is %+v, %+v", st, st.Mismatch)
	}
}

func TestMismatchFollowsTheCluster(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{
		ID: "out", Kind: lessons.Eventually, Expr: `web.status.phase == "Succeeded"`, Actual: `web == null ? "none" : "phase " + web.status.phase`,
	})))
	b.goTo("now")
	for phase, actual := range map[string]string{"Pending": "phase Pending", "Running": "phase Running"} {
		api.Apply(pod("web", phase, ""))
		b.told(actual, func(e Event) bool {
			c, ok := e.(OutcomeChanged)
			return ok && c.Status.Mismatch != nil && c.Status.Mismatch.Actual == actual && c.Status.Mismatch.Expected == `web.status.phase == "Succeeded"`
		})
	}
}

// What never was cannot be gone: that is said as long as it is so.
func TestMismatchTellsWhatNeverWas(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{
		ID: "out", Kind: lessons.Eventually, Expr: `history.web.size() > 0 && web == null`, Actual: `"web " + web.?status.?phase.orValue("-")`,
	})))
	b.goTo("now")
	told := func(want string) {
		t.Helper()
		b.until(want, func() bool { m := b.checks[0].status.Mismatch; return m != nil && m.Said().String() == want })
	}
	told("web -; has not been there yet: Pod web")
	api.Apply(pod("web", "Running", ""))
	told("web Running")
	api.Delete("v1", "Pod", "demo", "web")
	b.untilState("out", Met)
}

func TestStays(t *testing.T) {
	api := apitest.New(t)
	const hold = 300 * time.Millisecond
	b := play(t, api, config(t, api, lesson(lessons.Outcome{
		ID: "out", Kind: lessons.Stays, For: forTime(hold), Expr: `web.status.phase == "Pending"`, Actual: `web.status.phase`,
	})))
	b.goTo("now")
	api.Apply(pod("web", "Pending", ""))
	b.until("hold", func() bool { return !b.checks[0].status.HoldSince.IsZero() })
	api.Apply(pod("web", "Running", ""))
	if st := b.untilState("out", Unmet); st.Mismatch == nil || st.Mismatch.Actual != "Running" || st.Holding <= 0 {
		t.Errorf("violated: %+v %+v", st, st.Mismatch)
	}
	again := time.Now()
	api.Apply(pod("web", "Pending", ""))
	st := b.untilState("out", Met)
	if held := st.Evidence.At.Sub(again); held < hold || st.Holding < hold {
		t.Errorf("met after %v, holding %v", held, st.Holding)
	}
}

func TestStaysDoesNotCountWhileNobodySees(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{ID: "out", Kind: lessons.Stays, For: forTime(time.Hour), Expr: `web.status.phase == "Pending"`})))
	b.goTo("now")
	api.Apply(pod("web", "Pending", ""))
	held := func() bool { return !b.checks[0].status.HoldSince.IsZero() }
	b.until("hold", held)
	api.Stop()
	b.told("ClusterLost", func(e Event) bool { _, ok := e.(ClusterLost); return ok })
	if st := b.status("out"); st.State != Pending || !st.HoldSince.IsZero() {
		t.Errorf("while the cluster is lost: %+v", st)
	}
	api.Start()
	b.told("ClusterBack", func(e Event) bool { _, ok := e.(ClusterBack); return ok })
	b.until("hold again", held)
}

func TestAbsenceIsNotProvenByAHalfPicture(t *testing.T) {
	api := apitest.New(t)
	api.Apply(pod("web", "Running", ""))
	api.Refuse("/pods", 500, 3) // Pods are told last
	api.Apply(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "demo"}})
	l := lesson(lessons.Outcome{ID: "none", Kind: lessons.Eventually, Expr: `ns != null && pods.size() == 0`})
	l.Steps = l.Steps[1:]
	b := play(t, api, config(t, api, l))
	if st := b.status("none"); st.State != Pending {
		t.Errorf("it is %+v %+v", st, st.Evidence)
	}
	api.Delete("v1", "Pod", "demo", "web")
	b.untilState("none", Met)
}

func TestUnavailable(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(
		lessons.Outcome{ID: "armour", Kind: lessons.Eventually, Expr: `true`, Needs: []lessons.Need{lessons.NeedAppArmor}},
		lessons.Outcome{ID: "metrics", Kind: lessons.Eventually, Expr: `true`, Needs: []lessons.Need{lessons.NeedMetrics}},
	)))
	b.goTo("now")
	if st := b.status("armour"); st.State != Unavailable || st.Reason.String() != "the kernel has no AppArmor" {
		t.Errorf("armour is %+v", st)
	}
	b.untilState("metrics", Met)
	b.told("StepDone", func(e Event) bool { d, ok := e.(StepDone); return ok && d.Step == "now" })
}

func TestOutputOfTheTerminal(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(
		lessons.Outcome{ID: "ended", Kind: lessons.Output, Expr: `command.startsWith("echo") && exit == 0 && output == "one\ntwo\n"`, Evidence: `output`},
		lessons.Outcome{ID: "streamed", Kind: lessons.Output, Expr: `exit == -1 && output.contains("half")`, Evidence: `string(exit)`},
		lessons.Outcome{ID: "coloured", Kind: lessons.Output, Expr: `output == "red\n"`},
		lessons.Outcome{ID: "failed", Kind: lessons.Output, Expr: `command == "(exit 3)" && exit == 3`},
	)))
	b.goTo("now")
	run := func(line string) {
		t.Helper()
		if err := b.Type(line); err != nil {
			t.Fatal(err)
		}
	}
	run("echo one; echo two; false")
	b.told("exit 1", func(e Event) bool { f, ok := e.(CommandFinished); return ok && f.Exit == 1 })
	if got := b.state("ended"); got != Pending {
		t.Fatalf("with exit 1 it is %s", got)
	}
	run("echo one; echo two")
	if st := b.untilState("ended", Met); st.Evidence.Text != "one\ntwo" || st.Evidence.Source != "$ echo one; echo two" || st.Evidence.After <= 0 {
		t.Errorf("evidence %+v", *st.Evidence)
	}
	run(`printf '\e[31mred\e[0m\r\n'`)
	b.untilState("coloured", Met)
	run("(exit 3)")
	b.untilState("failed", Met)
	run("echo half; read x")
	b.untilState("streamed", Met)
	run("go on")
	b.told("the read's end", func(e Event) bool { f, ok := e.(CommandFinished); return ok && f.Line == "echo half; read x" })
}

// Run types at the shell's prompt alone: never into a program, and not before a
// prompt that is about to come.
func TestRunWaitsForThePrompt(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{ID: "none", Kind: lessons.Eventually, Expr: `web != null`})))
	ended := func(line string) {
		t.Helper()
		b.told(line, func(e Event) bool { f, ok := e.(CommandFinished); return ok && f.Line == line && f.Exit == 0 })
	}
	if err := b.Type("read x; test $x = mine"); err != nil {
		t.Fatal(err)
	}
	b.until("the read", func() bool { return b.running != nil })
	if err := b.Run("echo typed"); !errors.Is(err, ErrRunning) {
		t.Errorf("with a program in the terminal it returns %v", err)
	}
	if err := b.Type("mine"); err != nil {
		t.Fatal(err)
	}
	ended("read x; test $x = mine")
	b.until("the prompt", func() bool { return b.prompt })
	if _, err := b.Write([]byte("false ")); err != nil { // stands at the prompt
		t.Fatal(err)
	}
	b.mu.Lock()
	b.prompt = false // as between a command's end and the prompt
	b.mu.Unlock()
	go b.onShell(shell.Ready{})
	if err := b.Run("true && true"); err != nil {
		t.Fatal(err)
	}
	ended("true && true")
}

// A line that the learner has left unfinished is given up by what is typed next.
func TestUnfinishedLineGivesWay(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, course(t)))
	for name, next := range map[string]func() error{
		"Run":   func() error { return b.Run("true && true") },
		"Type":  func() error { return b.Type("true || true") },
		"Solve": func() error { return b.Solve(context.Background(), "create") },
	} {
		if err := b.Type("echo 'it"); err != nil {
			t.Fatal(err)
		}
		b.until("second prompt", func() bool { return b.more })
		ran := len(b.commands)
		if err := next(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		b.until(name, func() bool { return b.prompt && len(b.commands) == ran+1 && b.commands[ran].exit == 0 })
	}
	if b.state("up") != Met {
		t.Error("the step is not done")
	}
}

// Of several commands the latest that could have met the outcome says what is
// amiss, however often it is looked at.
func TestMismatchIsOfTheLatestCommand(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{
		ID: "out", Kind: lessons.Output, Expr: `command.startsWith("echo") && output == "right\n"`, Actual: `command + ": " + output.trim()`,
	})))
	b.goTo("now")
	for _, line := range []string{"echo one", "echo two", "printf three"} {
		if err := b.Type(line); err != nil {
			t.Fatal(err)
		}
		b.told(line, func(e Event) bool { f, ok := e.(CommandFinished); return ok && f.Line == line })
	}
	b.Session.mu.Lock()
	b.judgeAll(time.Now())
	b.Session.mu.Unlock()
	if m := b.status("out").Mismatch; m == nil || m.Actual != "echo two: two" {
		t.Errorf("mismatch %+v", m)
	}
}

// What is amiss about a command's output is told anew when the cluster changes,
// also if the output is worth nothing there yet.
func TestMismatchOfAnOutputFollowsTheCluster(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson(lessons.Outcome{
		ID: "out", Kind: lessons.Output, Expr: `command.startsWith("echo") && web.status.phase == "Running" && output.contains("right")`,
		Actual: `(command == "" ? "-" : command) + "; phase " + web.?status.?phase.orValue("-")`,
	})))
	b.goTo("now")
	told := func(want string) {
		t.Helper()
		b.until(want, func() bool { m := b.checks[0].status.Mismatch; return m != nil && m.Actual == want })
	}
	told("-; phase -")
	api.Apply(pod("web", "Pending", ""))
	told("-; phase Pending")
	for _, line := range []string{"echo right", "printf wrong"} {
		if err := b.Type(line); err != nil {
			t.Fatal(err)
		}
		told("echo right; phase Pending")
	}
	api.Apply(pod("web", "Failed", ""))
	told("echo right; phase Failed")
	api.Delete("v1", "Pod", "demo", "web")
	told("echo right; phase -")
	api.Apply(pod("web", "Running", ""))
	b.untilState("out", Met)
}

func TestDoneByItsLastCommand(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, lesson()))
	if b.Snapshot().Done["before"] {
		t.Error("done before its command has run")
	}
	if err := b.Type("  true"); err != nil {
		t.Fatal(err)
	}
	b.told("StepDone", func(e Event) bool { d, ok := e.(StepDone); return ok && d.Step == "before" })
	if !b.Next() || b.Next() {
		t.Error("Next does not lead to the last step and end there")
	}
	b.told("LessonDone", func(e Event) bool { _, ok := e.(LessonDone); return ok })
}

// A kubelet that restarts answers a moment later.
func TestResetWaitsForAKubelet(t *testing.T) {
	api := apitest.New(t)
	l := lesson()
	away := "echo 'error dialing backend: dial tcp 10.77.0.2:10250: connect: connection refused' >&2; false"
	l.Steps[1].Reset = []string{"test -e tried || { touch tried; " + away + "; }", "touch after"}
	b := play(t, api, config(t, api, l))
	if err := b.ResetStep(context.Background(), "now"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(b.cfg.Workspace, "after")); err != nil {
		t.Error(err)
	}
	l.Steps[1].Reset = []string{"echo x >> failed; false"}
	if err := b.ResetStep(context.Background(), "now"); err == nil {
		t.Error("a line that fails is no error")
	}
	if data, err := os.ReadFile(filepath.Join(b.cfg.Workspace, "failed")); err != nil || string(data) != "x\n" {
		t.Errorf("a line that fails of itself ran for %q, %v", data, err)
	}
}

func TestResetCutsHistory(t *testing.T) {
	api := apitest.New(t)
	l := lesson(
		lessons.Outcome{ID: "once", Kind: lessons.Once, Expr: oomKilled},
		lessons.Outcome{ID: "event", Kind: lessons.Once, Expr: `events.web.exists(e, e.reason == "BackOff")`},
		lessons.Outcome{ID: "gone", Kind: lessons.Eventually, Expr: `history.web.size() > 0 && web == null`},
		lessons.Outcome{ID: "typed", Kind: lessons.Output, Expr: `command == "echo typed"`},
	)
	web, err := json.Marshal(pod("web", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	l.FS = fstest.MapFS{"manifests/web.json": {Data: web}}
	l.Steps[1].Reset = []string{"kubectl delete web.json", "test -n \"$KUBECONFIG\""}
	l.Cleanup = []string{"kubectl delete web.json"}
	for _, reset := range []string{"now", ""} {
		t.Run("reset "+reset, func(t *testing.T) {
			b := play(t, api, config(t, api, l))
			b.goTo("now")
			round := func() {
				t.Helper()
				for _, o := range []string{"once", "event", "gone", "typed"} {
					if st := b.status(o); st.State != Pending {
						t.Fatalf("%s is %s: %+v", o, st.State, st.Evidence)
					}
				}
				api.Apply(pod("web", "Running", `{"terminated":{"reason":"OOMKilled"}}`))
				api.Apply(warning("web", "BackOff", "restarting"))
				b.untilState("once", Met)
				b.untilState("event", Met)
				api.Delete("v1", "Pod", "demo", "web")
				b.untilState("gone", Met)
				if err := b.Type("echo typed"); err != nil {
					t.Fatal(err)
				}
				b.untilState("typed", Met)
			}
			round()
			api.Apply(pod("web", "Running", ""))
			if reset == "" {
				err = b.ResetLesson(context.Background())
			} else {
				err = b.ResetStep(context.Background(), reset)
			}
			if err != nil {
				t.Fatal(err)
			}
			b.told("StepReset", func(e Event) bool { r, ok := e.(StepReset); return ok && r.Step == reset })
			b.goTo("now")
			round()
		})
	}
}

// What happened before a step was reset is no solution of the steps after it.
func TestResetCutsLaterSteps(t *testing.T) {
	api := apitest.New(t)
	l := lesson(lessons.Outcome{ID: "gone", Kind: lessons.Once, Expr: `history.web.size() > 0 && web == null`})
	b := play(t, api, config(t, api, l))
	api.Apply(pod("web", "Running", ""))
	api.Delete("v1", "Pod", "demo", "web")
	b.until("early proof", func() bool { return b.checks[0].early != nil })
	if err := b.ResetStep(context.Background(), "before"); err != nil {
		t.Fatal(err)
	}
	b.goTo("now")
	if st := b.status("gone"); st.State != Pending {
		t.Errorf("it is %s: %+v", st.State, st.Evidence)
	}
	api.Apply(pod("web", "Running", ""))
	b.until("web", func() bool { return b.records.Object("web") != nil })
	api.Delete("v1", "Pod", "demo", "web")
	b.untilState("gone", Met)
}

// What a step's reset cut off stays so for the next session.
func TestResetCutsHistoryForGood(t *testing.T) {
	api := apitest.New(t)
	l := lesson(
		lessons.Outcome{ID: "event", Kind: lessons.Once, Expr: `events.web.exists(e, e.reason == "BackOff")`},
		lessons.Outcome{ID: "gone", Kind: lessons.Once, Expr: `history.web.size() > 0 && web == null`},
	)
	later := l.Steps[1]
	later.ID = "later"
	l.Steps = append(l.Steps, later)
	cfg := config(t, api, l)
	cfg.Journal = filepath.Join(t.TempDir(), "demo.jsonl")
	b := play(t, api, cfg)
	b.goTo("now")
	round := func(step string, before, after OutcomeState) {
		t.Helper()
		states := func(want OutcomeState) func() bool {
			return func() bool {
				return !slices.ContainsFunc(b.checks, func(c *check) bool { return c.status.Step == step && c.status.State != want })
			}
		}
		b.until("all of "+step+" "+string(before), states(before))
		created := api.Apply(pod("web", "Running", ""))
		b.until("web", func() bool { return b.records.Object("web") != nil })
		event := warning("web", "BackOff", "restarting")
		event["metadata"].(map[string]any)["name"] = fmt.Sprint("web.", created)
		event["involvedObject"].(map[string]any)["uid"] = fmt.Sprint("uid-1-", created)
		api.Apply(event)
		api.Delete("v1", "Pod", "demo", "web")
		b.until("all of "+step+" "+string(after), states(after))
	}
	again := func() {
		t.Helper()
		round("now", Pending, Met)
		if err := b.ResetStep(context.Background(), "now"); err != nil {
			t.Fatal(err)
		}
		b.close()
		api.Apply(pod("other", "Running", "")) // the cluster goes on
		b = play(t, api, cfg)
	}
	again()
	again()
	b.goTo("later")
	round("later", Pending, Met)
}

func TestResetReportsWhatFails(t *testing.T) {
	api := apitest.New(t)
	l := lesson(lessons.Outcome{ID: "up", Kind: lessons.Eventually, Expr: `web != null`})
	l.Steps[1].Reset = []string{"echo cannot >&2; exit 4", "touch went-on"}
	b := play(t, api, config(t, api, l))
	err := b.ResetStep(context.Background(), "now")
	if err == nil || !strings.Contains(err.Error(), "exit status 4: cannot") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(b.cfg.Workspace, "went-on")); err != nil {
		t.Error("the line after the failed one did not run")
	}
}

func TestWorkspace(t *testing.T) {
	api := apitest.New(t)
	l := lesson()
	l.FS = fstest.MapFS{"manifests/a.yaml": {Data: []byte("a: 1\n")}, "files/b.txt": {Data: []byte("b\n")}, "files/conf/c.txt": {Data: []byte("c\n")}, "lesson.yaml": {}}
	cfg := config(t, api, l)
	b := play(t, api, cfg)
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(cfg.Workspace, name))
		if err != nil {
			t.Error(err)
		}
		return string(data)
	}
	if read("a.yaml") != "a: 1\n" || read("b.txt") != "b\n" || read("conf/c.txt") != "c\n" {
		t.Error("the lesson's files are not there")
	}
	if err := os.WriteFile(filepath.Join(cfg.Workspace, "a.yaml"), []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.close()
	b = play(t, api, cfg)
	if read("a.yaml") != "mine\n" {
		t.Error("the learner's edit is lost")
	}
	if err := b.ResetLesson(context.Background()); err != nil {
		t.Fatal(err)
	}
	if read("a.yaml") != "a: 1\n" {
		t.Error("the file is not fresh after a reset")
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	api := apitest.New(t)
	before := runtime.NumGoroutine()
	cfg := config(t, api, lesson(lessons.Outcome{ID: "out", Kind: lessons.Stays, For: forTime(time.Hour), Expr: `web == null`}))
	s, err := Open(context.Background(), cfg) // nobody reads its events
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Goto("now"); err != nil {
		t.Fatal(err)
	}
	if err := s.Type("yes 0123456789012345678901234567890123456789"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := s.waitFor(ctx, func() bool { return s.running != nil && s.out.unread.Load() > maxUnread }); err != nil {
		t.Fatalf("the terminal's output does not wait for a reader: %v, %d bytes", err, s.out.unread.Load())
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Write([]byte("x")); err == nil {
		t.Error("Write after Close succeeds")
	}
	leaktest.Goroutines(t, before)
}

func TestCompile(t *testing.T) {
	tests := []struct {
		name string
		out  lessons.Outcome
		want string // "" is no error
	}{
		{"good", lessons.Outcome{Kind: lessons.Eventually, Expr: `web.?status.?phase.orValue("") == "Running"`}, ""},
		{"quantities", lessons.Outcome{Kind: lessons.Eventually, Expr: `quantity(web.spec.x).isLessThan(quantity("1Gi"))`}, ""},
		{"syntax", lessons.Outcome{Kind: lessons.Eventually, Expr: "web != null &&\n  )"}, "lesson demo, step now, outcome out, expr: 2:3: Syntax error"},
		{"unknown name", lessons.Outcome{Kind: lessons.Eventually, Expr: `wep != null`}, "undeclared reference to 'wep'"},
		{"unknown object", lessons.Outcome{Kind: lessons.Once, Expr: `events.wep.size() > 0`}, `1:7: events.wep: the lesson has no object "wep"`},
		{"not bool", lessons.Outcome{Kind: lessons.Once, Expr: `"yes"`}, "1:1: the expression is of type string: it must be bool"},
		{"evidence not text", lessons.Outcome{Kind: lessons.Once, Expr: `true`, Evidence: `1 + 1`}, "evidence: 1:1: the expression is of type int"},
		{"actual", lessons.Outcome{Kind: lessons.Once, Expr: `true`, Actual: `nope`}, "actual: 1:1: undeclared"},
		{"output elsewhere", lessons.Outcome{Kind: lessons.Once, Expr: `output == ""`}, "for kind output"},
		{"output without it", lessons.Outcome{Kind: lessons.Output, Expr: `web != null`}, "mentions none of"},
		{"stays without for", lessons.Outcome{Kind: lessons.Stays, Expr: `web != null`}, "needs for"},
		{"kind", lessons.Outcome{Kind: "never", Expr: `true`}, `unknown kind "never"`},
		{"nothing", lessons.Outcome{Kind: lessons.Once}, "there is none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.out.ID = "out"
			errs := Compile(lesson(test.out))
			text := fmt.Sprint(errs)
			if test.want == "" && len(errs) > 0 || !strings.Contains(text, test.want) {
				t.Errorf("errors %v, want %q", errs, test.want)
			}
		})
	}
	l := lesson()
	l.Objects = maps.Clone(l.Objects)
	l.Objects["events"] = lessons.Object{Kind: "Pod", Name: "x"}
	if errs := Compile(l); len(errs) != 1 || !strings.Contains(errs[0].Error(), "rename it") {
		t.Errorf("an object called events: %v", errs)
	}
}

func TestShippedLessonsCompile(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		for _, err := range Compile(l) {
			t.Error(err)
		}
	}
	if len(all) == 0 {
		t.Error("there is no lesson")
	}
}
