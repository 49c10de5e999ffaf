package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/engine/probe"
	"github.com/podlab/podlab/lessons"
)

// course is a lesson that can really be solved with the tests' kubectl.
func course(t *testing.T) *lessons.Lesson {
	t.Helper()
	web, err := json.Marshal(pod("web", "Running", ""))
	if err != nil {
		t.Fatal(err)
	}
	within := forTime(3 * time.Second)
	l := lesson()
	l.FS = fstest.MapFS{"manifests/web.json": {Data: web}}
	l.Cleanup = []string{"kubectl delete web.json"}
	l.Steps = []lessons.Step{
		{
			ID: "create", Commands: []lessons.Command{{Run: "kubectl apply web.json"}},
			Outcomes: []lessons.Outcome{{ID: "up", Kind: lessons.Eventually, Within: within, Expr: `web.status.phase == "Running"`, Evidence: `"web " + web.status.phase`}},
		},
		{
			ID: "inside",
			Commands: []lessons.Command{{
				Run: "PS1='in''side# ' sh", Prompt: "inside# $", Send: []string{"n=6", "echo $((n * 7))", "exit"},
			}},
			Outcomes: []lessons.Outcome{{ID: "answer", Kind: lessons.Output, Within: within, Expr: `exit == 0 && output.contains("\n42\n")`, Evidence: `"42"`}},
		},
		{
			ID: "again",
			Commands: []lessons.Command{
				{Run: "rm -f tries"},
				{Run: "echo x >> tries; test $(wc -l < tries) -ge 2", Retry: forTime(5 * time.Second)},
				{Run: "echo y >> tries; cat tries", Retry: forTime(5 * time.Second)},
			},
			Outcomes: []lessons.Outcome{{ID: "twice", Kind: lessons.Output, Within: within, Expr: `command.contains("cat") && output.contains("x\nx\ny\ny")`, Evidence: `"twice"`}},
		},
		{
			ID: "armour", Commands: []lessons.Command{{Run: "true"}},
			Outcomes: []lessons.Outcome{{ID: "armour", Kind: lessons.Eventually, Expr: `true`, Evidence: `""`, Needs: []lessons.Need{lessons.NeedAppArmor}}},
		},
		{
			ID: "delete", Commands: []lessons.Command{{Run: "kubectl delete web.json"}},
			Outcomes: []lessons.Outcome{{ID: "gone", Kind: lessons.Eventually, Within: within, Expr: `history.web.size() > 0 && web == null`, Evidence: `"gone"`}},
		},
	}
	return l
}

func outcome(r LessonResult, id string) OutcomeResult {
	for _, st := range r.Steps {
		for _, o := range st.Outcomes {
			if o.ID == id {
				return o
			}
		}
	}
	return OutcomeResult{}
}

func TestPlay(t *testing.T) {
	api := apitest.New(t)
	cfg := config(t, api, course(t))
	for round := range 2 { // the second finds what the first left behind
		result, err := Play(context.Background(), cfg, PlayOptions{Lang: "ja"})
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		if result.State != Passed || result.Lang != "ja" || result.ID != "demo" || len(result.Steps) != 5 {
			t.Fatalf("round %d: %s", round, data)
		}
		if o := outcome(result, "up"); o.Evidence.Text != "web Running" || o.Seconds <= 0 {
			t.Errorf("up is %+v", o)
		}
		if o := outcome(result, "armour"); o.State != Unavailable || o.Reason.IsZero() || o.Evidence != nil {
			t.Errorf("armour is %+v", o)
		}
		for _, field := range []string{`"id":"demo"`, `"lang":"ja"`, `"state":"passed"`, `"seconds":`, `"steps":[{"id":"create","outcomes":[{"id":"up","kind":"eventually","state":"met"`, `"reason":"","evidence":{"text":"web Running","at":"`, `"reason":"the kernel has no AppArmor","evidence":null`} {
			if !strings.Contains(string(data), field) {
				t.Errorf("no %s in %s", field, data)
			}
		}
	}
}

func TestPlayClaimsForAStepAndGivesBack(t *testing.T) {
	l := course(t)
	l.Steps[1].Claims = []string{"kubelet"}
	var log []string
	result, err := Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{
		Claim: func(_ context.Context, claims []string) (func(), error) {
			log = append(log, "takes "+strings.Join(claims, " "))
			return func() { log = append(log, "gives back") }, nil
		},
	})
	if err != nil || result.State != Passed {
		t.Fatalf("%s, %v", result.State, err)
	}
	if got := strings.Join(log, ", "); got != "takes kubelet, gives back" {
		t.Errorf("claims: %s", got)
	}

	none := errors.New("none free")
	result, err = Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{
		Claim: func(context.Context, []string) (func(), error) { return nil, none },
	})
	first, second := result.Steps[0].Outcomes[0], result.Steps[1].Outcomes[0]
	if !errors.Is(err, none) || first.State != Met || second.State != Unmet {
		t.Errorf("without the claim: %v, first step %s, its own %s; want the error, met and unmet", err, first.State, second.State)
	}
}

func TestPlayFailsWhatIsNotShown(t *testing.T) {
	api := apitest.New(t)
	l := course(t)
	l.Steps[0].Commands[0].Run = "kubectl apply no-such-file"
	l.Steps[0].Outcomes[0].Within = forTime(300 * time.Millisecond)
	l.Steps[1].Outcomes[0].Expr = `command == "kubectl apply no-such-file"` // met by the step before
	result, err := Play(context.Background(), config(t, api, l), PlayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if o := outcome(result, "up"); o.State != Unmet || o.Reason.String() != "Pod web: -; kubectl apply no-such-file: exit status 1" {
		t.Errorf("up is %+v", o)
	}
	if o := outcome(result, "answer"); o.State != Unmet || !strings.Contains(o.Reason.String(), "before the commands") {
		t.Errorf("an outcome that was met too early is %+v", o)
	}
	if o := outcome(result, "gone"); o.State != Unmet {
		t.Errorf("the end of what never was is %+v", o)
	}
	if o := outcome(result, "twice"); o.State != Met || result.State != Failed {
		t.Errorf("the steps after a failed one: %+v, lesson %s", o, result.State)
	}
}

// What a probe finds before the step's commands, and what holds already of what
// is to stay so, proves nothing of them.
func TestPlayRefusesWhatHoldsBeforeTheCommands(t *testing.T) {
	data, err := json.Marshal(pod("web", "Running", `{"running":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	within := forTime(3 * time.Second)
	probed := func(id, want string) lessons.Outcome {
		return lessons.Outcome{
			ID: id, Kind: lessons.Output, Within: within, Expr: `output == "` + want + `"`, Evidence: `output`, Actual: `"is " + output`,
			Probe: &lessons.Probe{Pod: "web", Command: []string{"cat", "/colour"}},
		}
	}
	stays := func(id, expr string) lessons.Outcome {
		return lessons.Outcome{ID: id, Kind: lessons.Stays, Within: within, For: forTime(200 * time.Millisecond), Expr: expr, Evidence: `"stays"`}
	}
	l := lesson()
	l.FS, l.Cleanup = fstest.MapFS{"manifests/web.json": {Data: data}}, []string{"kubectl delete web.json; rm -f colour"}
	l.Steps = []lessons.Step{
		{
			ID: "create", Commands: runs("kubectl apply web.json"),
			Outcomes: []lessons.Outcome{stays("runs", `web.status.phase == "Running"`)},
		},
		{
			ID: "paint", Commands: runs("echo blue > colour"), Reset: []string{"rm -f colour"},
			Outcomes: []lessons.Outcome{probed("painted", "blue"), probed("plain", "none"), stays("runs-on", `web.status.phase == "Running"`)},
			Wrong:    []lessons.Wrong{{ID: "red", Commands: runs("echo red > colour"), Unmet: map[string]string{"painted": "^is red$"}}},
		},
	}
	cfg := config(t, apitest.New(t), l)
	cfg.probe = func(context.Context, *rest.Config, kubernetes.Interface, probe.Command) (probe.Result, error) {
		time.Sleep(50 * time.Millisecond) // a container takes its time
		colour, err := os.ReadFile(filepath.Join(cfg.Workspace, "colour"))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return probe.Result{Output: "none"}, nil
		case err != nil:
			return probe.Result{}, err
		}
		return probe.Result{Output: strings.TrimSpace(string(colour))}, nil
	}
	result, err := Play(context.Background(), cfg, PlayOptions{Wrong: true})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"runs": "", "painted": "",
		"plain":   "it was met before the commands of its step had run",
		"runs-on": "its condition held before the commands of its step had run",
	} {
		if o := outcome(result, id); (o.State == Met) != (want == "") || o.Reason.String() != want {
			t.Errorf("%s is %+v, want %q", id, o, want)
		}
	}
	if result.Steps[1].Wrong[0].State != Passed || result.State != Failed {
		t.Errorf("wrong %+v, lesson %s", result.Steps[1].Wrong, result.State)
	}
	// What the reset leaves is found by the probe, too.
	l.Steps[1].Wrong[0].ID = "late"
	l.Steps[1].Outcomes = l.Steps[1].Outcomes[:1]
	l.Steps[1].Reset = []string{"echo blue > colour"}
	result, err = Play(context.Background(), cfg, PlayOptions{Wrong: true})
	if err != nil {
		t.Fatal(err)
	}
	if o := outcome(result, "painted"); o.State != Unmet || o.Reason.String() != "it was met when the step's reset had undone the wrong solution late" {
		t.Errorf("after the reset: %+v", o)
	}
}

// A program that is sent lines is run again if it ends before it has been sent
// them all; its status, which is that of the last one, does not matter.
func TestPlayRetriesAProgramThatIsCutOff(t *testing.T) {
	l := course(t)
	l.Steps = []lessons.Step{{
		ID: "inside",
		Commands: []lessons.Command{
			{
				Run:    "echo try >> tries; test $(wc -l < tries) -ge 2 && PS1='in''side# ' sh",
				Prompt: "inside# $", Send: []string{"false", "exit"}, Retry: forTime(5 * time.Second),
			},
			{Run: "cat tries"},
		},
		Outcomes: []lessons.Outcome{{
			ID: "twice", Kind: lessons.Output, Within: forTime(3 * time.Second),
			Expr: `command == "cat tries" && output.findAll("try").size() == 2`, Evidence: `output`, Actual: `command + ": " + output`,
		}},
	}}
	result, err := Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{})
	if o := outcome(result, "twice"); err != nil || o.State != Met {
		t.Errorf("%+v, %v", o, err)
	}
}

// What a later step or the clean-up does says nothing about an outcome on which
// time was given up.
func TestPlayKeepsWhatStoodWhenTimeWasGivenUp(t *testing.T) {
	within := forTime(300 * time.Millisecond)
	const actual = `web == null ? "no Pod" : "phase " + web.status.phase`
	running, err := json.Marshal(pod("web", "Running", ""))
	if err != nil {
		t.Fatal(err)
	}
	pending, err := json.Marshal(pod("web", "Pending", ""))
	if err != nil {
		t.Fatal(err)
	}
	up := lessons.Outcome{ID: "up", Kind: lessons.Eventually, Within: within, Expr: `web.status.phase == "Running"`, Evidence: `"up"`, Actual: actual}
	calm := lessons.Outcome{ID: "calm", Kind: lessons.Stays, Within: within, For: within, Expr: `web.status.phase == "Pending" && facts.cgroup == "v1"`, Evidence: `"calm"`}
	later := lessons.Outcome{ID: "later", Kind: lessons.Eventually, Within: forTime(3 * time.Second), Evidence: `"later"`}
	for name, test := range map[string]struct{ command, expr string }{
		"it would be met later":        {"kubectl apply running.json", `web.status.phase == "Running"`},
		"what it speaks of goes later": {"kubectl delete running.json", `web == null && history.web.size() > 0`},
	} {
		t.Run(name, func(t *testing.T) {
			later.Expr = test.expr
			l := lesson()
			l.FS = fstest.MapFS{"manifests/running.json": {Data: running}, "manifests/pending.json": {Data: pending}}
			l.Cleanup = []string{"kubectl delete running.json"}
			l.Steps = []lessons.Step{
				{ID: "first", Commands: []lessons.Command{{Run: "kubectl apply pending.json"}}, Outcomes: []lessons.Outcome{up, calm}},
				{ID: "second", Commands: []lessons.Command{{Run: test.command}}, Outcomes: []lessons.Outcome{later}},
			}
			told := map[string]OutcomeState{}
			result, err := Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{Tell: func(e Event) {
				if c, ok := e.(OutcomeChanged); ok {
					told[c.Status.Outcome] = c.Status.State
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			if o := outcome(result, "up"); o.State != Unmet || o.Reason.String() != "phase Pending" || o.Evidence != nil {
				t.Errorf("up is %+v", o)
			}
			if o := outcome(result, "calm"); o.State != Unmet || o.Reason.String() != "Pod web: Pending" {
				t.Errorf("calm is %+v", o)
			}
			if o := outcome(result, "later"); o.State != Met {
				t.Errorf("later is %+v", o)
			}
			if told["up"] != Unmet || told["later"] != Met || result.State != Failed {
				t.Errorf("told at last: %v, lesson %s", told, result.State)
			}
		})
	}
}

// A learner may take more time than a correct solution needs.
func TestSolveGoesOnJudging(t *testing.T) {
	api := apitest.New(t)
	l := course(t)
	l.Steps[0].Commands[0].Run = "true"
	l.Steps[0].Outcomes[0].Within = forTime(100 * time.Millisecond)
	b := play(t, api, config(t, api, l))
	var unmet *UnmetError
	if err := b.Solve(context.Background(), "create"); !errors.As(err, &unmet) {
		t.Fatalf("error %v", err)
	}
	api.Apply(pod("web", "Running", ""))
	b.untilState("up", Met)
}

func TestPlayCleansUpWhenInterrupted(t *testing.T) {
	api := apitest.New(t)
	l := course(t)
	l.Steps[1].Commands = []lessons.Command{{Run: "sleep 1000"}}
	l.Steps[1].Claims, l.Steps[1].Reset = []string{"kubelet"}, []string{"touch undone"}
	l.Cleanup = append(l.Cleanup, "touch cleaned")
	cfg := config(t, api, l)
	ctx, cancel := context.WithCancel(context.Background())
	claim := func(context.Context, []string) (func(), error) {
		return func() {
			if _, err := os.Stat(filepath.Join(cfg.Workspace, "undone")); err != nil {
				t.Errorf("given back before it was undone: %v", err)
			}
		}, nil
	}
	result, err := Play(ctx, cfg, PlayOptions{Claim: claim, Tell: func(e Event) {
		if c, ok := e.(CommandStarted); ok && c.Line == "sleep 1000" {
			if err := os.Remove(filepath.Join(cfg.Workspace, "cleaned")); err != nil {
				t.Error(err) // of the reset
			}
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || result.State != Failed {
		t.Errorf("error %v, state %s", err, result.State)
	}
	if o := outcome(result, "up"); o.State != Met {
		t.Errorf("what was done before is %+v", o)
	}
	if o := outcome(result, "twice"); o.State != Unmet || o.Reason.String() != "its step was not reached" {
		t.Errorf("what was not reached is %+v", o)
	}
	if _, err := os.Stat(filepath.Join(cfg.Workspace, "cleaned")); err != nil {
		t.Errorf("not cleaned up: %v", err)
	}
}

func TestSolveFreesTheTerminal(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, course(t)))
	if err := b.Type("sh -c 'trap \"\" INT; echo stubborn; while :; do sleep 1; done'"); err != nil {
		t.Fatal(err)
	}
	b.until("program", func() bool { return b.running != nil && strings.Contains(b.running.printed.text(), "stubborn") })
	if err := b.Solve(context.Background(), "create"); err != nil {
		t.Fatal(err)
	}
	if b.state("up") != Met {
		t.Error("the step is not done")
	}
}

// A shell whose marks the learner has taken away is put right, or renewed.
func TestSolveInAShellWithoutMarks(t *testing.T) {
	for _, line := range []string{"PROMPT_COMMAND=", "PS0=", "PS1=mine", "PS0=; PROMPT_COMMAND=", "PS1=mine; PROMPT_COMMAND="} {
		t.Run(line, func(t *testing.T) {
			api := apitest.New(t)
			b := play(t, api, config(t, api, course(t)))
			if err := b.Type(line + "; echo do''ne"); err != nil {
				t.Fatal(err)
			}
			b.until("line", func() bool { return len(b.commands) > 0 && strings.Contains(b.commands[0].printed.text(), "done") })
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			if err := b.Solve(ctx, "create"); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A shell that ends instead of running the line that is typed is started again.
func TestSolveInAShellThatEnds(t *testing.T) {
	api := apitest.New(t)
	b := play(t, api, config(t, api, course(t)))
	if err := b.Run("trap 'sleep 1' EXIT"); err != nil { // it takes its time
		t.Fatal(err)
	}
	b.until("prompt", func() bool { return b.prompt && len(b.commands) == 1 })
	if _, err := b.Write([]byte{4}); err != nil { // Ctrl-D
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := b.Solve(ctx, "create"); err != nil {
		t.Fatal(err)
	}
}

func TestSolveTellsWhatIsUnmet(t *testing.T) {
	api := apitest.New(t)
	l := course(t)
	l.Steps[0].Commands[0].Run = "(exit 9)"
	l.Steps[0].Outcomes[0].Within = forTime(200 * time.Millisecond)
	b := play(t, api, config(t, api, l))
	err := b.Solve(context.Background(), "create")
	var unmet *UnmetError
	if !errors.As(err, &unmet) || len(unmet.Outcomes) != 1 || err.Error() != "step create is not done; up (Pod web: -); (exit 9): exit status 9" {
		t.Errorf("error %v", err)
	}
	if err := b.Solve(context.Background(), "nowhere"); err == nil {
		t.Error("an unknown step was solved")
	}
}

func TestResume(t *testing.T) {
	b := playKept(t)
	api, cfg := b.api, b.cfg
	if err := b.Solve(context.Background(), "inside"); err != nil {
		t.Fatal(err)
	}
	b.goTo("delete")
	before := b.Snapshot()

	_, err := Open(context.Background(), cfg)
	var busy ErrBusy
	if !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("a second session on the lesson: %v", err)
	}
	b.told("the last step", func(e Event) bool { s, ok := e.(StepStarted); return ok && s.Step == "delete" })
	b.close()

	// The object goes while nobody looks; the journal knows that it was.
	api.Delete("v1", "Pod", "demo", "web")
	b = play(t, api, cfg)
	after := b.Snapshot()
	if !after.Resumed || after.OtherCluster || after.Step != "delete" || !after.Done["create"] || !after.Done["inside"] || after.Done["again"] {
		t.Errorf("resumed as %+v", after)
	}
	for i := range 2 {
		if got, want := after.Outcomes[i], before.Outcomes[i]; got.State != Met || got.Evidence.Text != want.Evidence.Text || !got.Evidence.At.Equal(want.Evidence.At) {
			t.Errorf("%s was %+v, is %+v", want.Outcome, want.Evidence, got.Evidence)
		}
	}
	b.untilState("gone", Met)
	b.close()

	// Another cluster; and a lesson edited since.
	api.Recreate()
	edited := *cfg.Lesson
	edited.Steps = slices.Delete(slices.Clone(edited.Steps), 1, 2)
	edited.Steps[0].Outcomes = append(slices.Clone(edited.Steps[0].Outcomes), lessons.Outcome{ID: "new", Kind: lessons.Eventually, Expr: "web != null", Evidence: `"new"`})
	cfg.Lesson = &edited
	b = play(t, api, cfg)
	snap := b.Snapshot()
	if !snap.OtherCluster || b.state("up") != Met || b.state("new") != Pending || snap.Done["create"] {
		t.Errorf("on another cluster: %+v", snap)
	}
	if err := b.ResetLesson(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.close()
	b = play(t, api, cfg)
	if snap := b.Snapshot(); snap.OtherCluster || snap.Step != "create" || b.state("up") != Pending || b.state("gone") != Pending || len(snap.Done) > 0 {
		t.Errorf("after the reset: %+v", snap)
	}
}

// A step is done also if nothing is left to be met when the lesson is opened
// again, after a kill or an edit.
func TestResumeFinishesWhatIsMet(t *testing.T) {
	api := apitest.New(t)
	cfg := config(t, api, lesson(
		lessons.Outcome{ID: "up", Kind: lessons.Eventually, Expr: "web != null"},
		lessons.Outcome{ID: "never", Kind: lessons.Eventually, Expr: "false"},
	))
	cfg.Lesson.Steps = cfg.Lesson.Steps[1:]
	cfg.Journal = filepath.Join(t.TempDir(), "demo.jsonl")
	b := play(t, api, cfg)
	api.Apply(pod("web", "Running", ""))
	b.untilState("up", Met)
	b.close()
	cfg.Lesson.Steps[0].Outcomes = cfg.Lesson.Steps[0].Outcomes[:1]
	b = play(t, api, cfg)
	b.told("StepDone", func(e Event) bool { d, ok := e.(StepDone); return ok && d.Step == "now" })
	b.told("LessonDone", func(e Event) bool { _, ok := e.(LessonDone); return ok })
	b.close()
	if progress, err := ReadProgress(cfg.Journal, cfg.Lesson); err != nil || progress.Done() != 1 {
		t.Errorf("read %+v, %v", progress, err)
	}
}

func TestJournalOfAnotherLesson(t *testing.T) {
	api := apitest.New(t)
	cfg := config(t, api, course(t))
	cfg.Journal = filepath.Join(t.TempDir(), "j")
	for line, want := range map[string]string{
		`{"type":"podlab","version":99,"lesson":"demo"}`: "newer podlab",
		`{"type":"podlab","version":1,"lesson":"other"}`: "of lesson other",
	} {
		if err := os.WriteFile(cfg.Journal, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}
