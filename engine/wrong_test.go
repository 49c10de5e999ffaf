package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// trap is a lesson whose first step has wrong solutions. Its second would be
// done at once by what they do and print, if that counted.
func trap(t *testing.T, wrong ...lessons.Wrong) *lessons.Lesson {
	t.Helper()
	files := fstest.MapFS{}
	for _, phase := range []string{"Running", "Pending"} {
		data, err := json.Marshal(pod("web", phase, ""))
		if err != nil {
			t.Fatal(err)
		}
		files["manifests/"+phase] = &fstest.MapFile{Data: data}
	}
	within := forTime(5 * time.Second)
	l := lesson()
	l.FS, l.Cleanup = files, []string{"kubectl delete Running"}
	l.Steps = []lessons.Step{
		{
			ID: "first", Commands: []lessons.Command{{Run: "kubectl apply Running"}, {Run: "echo right"}},
			Outcomes: []lessons.Outcome{
				{ID: "up", Kind: lessons.Eventually, Within: within, Expr: `web.status.phase == "Running"`, Evidence: `"up"`, Actual: `web == null ? "none" : "phase " + web.status.phase`},
				{ID: "there", Kind: lessons.Eventually, Within: within, Expr: `web != null`, Evidence: `"there"`, Actual: `"none"`},
				{ID: "said", Kind: lessons.Output, Within: within, Expr: `output == "right\n"`, Evidence: `output`, Actual: `"said " + output.trim()`},
				{ID: "armour", Kind: lessons.Eventually, Within: within, Expr: `true`, Evidence: `""`, Needs: []lessons.Need{lessons.NeedAppArmor}},
			},
			Reset: []string{"kubectl delete Running"}, Wrong: wrong,
		},
		{
			ID: "second", Commands: []lessons.Command{{Run: "kubectl apply Pending"}, {Run: "echo wrong"}},
			Outcomes: []lessons.Outcome{
				{ID: "once", Kind: lessons.Once, Within: within, Expr: `web.status.phase == "Pending"`, Evidence: `"once"`},
				{ID: "history", Kind: lessons.Eventually, Within: within, Expr: `history.web.exists(p, p.status.phase == "Pending")`, Evidence: `"history"`},
				{ID: "echo", Kind: lessons.Output, Within: within, Expr: `output == "wrong\n"`, Evidence: `output`},
			},
		},
	}
	return l
}

func runs(lines ...string) []lessons.Command {
	var all []lessons.Command
	for _, line := range lines {
		all = append(all, lessons.Command{Run: line})
	}
	return all
}

func TestPlayTriesWrongSolutions(t *testing.T) {
	pending := lessons.Wrong{
		ID: "pending", Commands: runs("kubectl apply Pending", "(exit 7)", "echo wrong"),
		Met: []string{"there", "armour"}, Unmet: map[string]string{"up": "^phase Pending$", "said": "said wrong"},
	}
	nothing := lessons.Wrong{ID: "nothing", Commands: runs("true"), Unmet: map[string]string{"up": "none", "there": "none"}}
	stuck := lessons.Wrong{ID: "stuck", Commands: []lessons.Command{{Run: "PS1='in''side# ' sh", Prompt: "inside# $", Send: []string{"echo stuck; exit"}}}, Unmet: map[string]string{"said": "stuck"}}
	unable := lessons.Wrong{ID: "unable", Commands: runs("touch ../unable"), Unmet: map[string]string{"armour": "."}}
	needy := lessons.Wrong{ID: "needy", Commands: runs("touch ../needy"), Unmet: map[string]string{"up": "."}, Needs: []lessons.Need{lessons.NeedAppArmor}}
	l := trap(t, pending, nothing, stuck, unable, needy)
	var told []string
	result, err := Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{Wrong: true, Tell: func(e Event) {
		switch e := e.(type) {
		case WrongStarted:
			told = append(told, e.Step+": "+e.Wrong)
		case WrongDone:
			told = append(told, e.Step+": "+e.Result.ID+" "+e.Result.State)
		case CommandStarted:
			told = append(told, e.Line)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if result.State != Passed || len(result.Steps[0].Wrong) != 5 || result.Steps[1].Wrong != nil {
		t.Fatalf("%+v", result)
	}
	for i, want := range []WrongResult{
		{ID: "pending", State: Passed},
		{ID: "nothing", State: Passed},
		{ID: "stuck", State: Passed},
		{ID: "unable", State: "unavailable", Reason: say.Plain("the kernel has no AppArmor")},
		{ID: "needy", State: "unavailable", Reason: say.Plain("the kernel has no AppArmor")},
	} {
		got := result.Steps[0].Wrong[i]
		if (got.Seconds > 0) != (want.State == Passed) {
			t.Errorf("%s took %v s", got.ID, got.Seconds)
		}
		if got.Seconds = 0; !cmp.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	want := []string{
		"first: pending", "kubectl apply Pending", "(exit 7)", "echo wrong", "first: pending passed",
		"first: nothing", "true", "first: nothing passed",
		"first: stuck", "PS1='in''side# ' sh", "first: stuck passed",
		"kubectl apply Running", "echo right", "kubectl apply Pending", "echo wrong",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	data, err := json.Marshal(result.Steps)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); !strings.Contains(text, `"wrong":[{"id":"pending","state":"passed","reason":"","seconds":`) || strings.Count(text, `"wrong":`) != 1 {
		t.Errorf("as JSON: %s", text)
	}
}

func TestPlayWithoutWrongSolutions(t *testing.T) {
	l := trap(t, lessons.Wrong{ID: "right", Commands: runs("kubectl apply Running"), Unmet: map[string]string{"up": "none"}})
	result, err := Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{})
	if err != nil || result.State != Passed || result.Steps[0].Wrong != nil {
		t.Errorf("error %v, result %+v", err, result)
	}
}

func TestWrongSolutionsThatProveNothing(t *testing.T) {
	within := forTime(500 * time.Millisecond)
	tests := []struct {
		name  string
		wrong lessons.Wrong
		want  string
	}{
		{
			"right in fact, where nothing stood for it before",
			lessons.Wrong{Commands: runs("kubectl apply Running"), Unmet: map[string]string{"up": "none"}},
			"up was met though it must not be: up",
		},
		{
			"right in fact, later",
			lessons.Wrong{Commands: runs("kubectl apply Pending", "(sleep 0.3; kubectl apply Running) & disown"), Unmet: map[string]string{"up": "no such text"}, Within: forTime(10 * time.Second)},
			"up was met though it must not be: up",
		},
		{
			"told something else",
			lessons.Wrong{Commands: runs("kubectl apply Pending"), Unmet: map[string]string{"up": `phase \w+ing, 2 restarts`}},
			`up: expected actual /phase \w+ing, 2 restarts/, got: phase Pending`,
		},
		{
			"told something else of one of two",
			lessons.Wrong{Commands: runs("true"), Unmet: map[string]string{"up": "none", "there": "nowhere"}},
			`there: expected actual /nowhere/, got: none`,
		},
		{
			"wrong in more than it says",
			lessons.Wrong{Commands: runs("true"), Met: []string{"there"}, Unmet: map[string]string{"up": "none"}},
			"there is not met though it must be: none",
		},
		{
			"its own command fails",
			lessons.Wrong{Commands: runs("(exit 9)"), Unmet: map[string]string{"up": "phase"}},
			"up: expected actual /phase/, got: none; (exit 9): exit status 9",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.wrong.ID = "w"
			if test.wrong.Within.Duration == 0 {
				test.wrong.Within = within
			}
			result, err := Play(context.Background(), config(t, apitest.New(t), trap(t, test.wrong)), PlayOptions{Wrong: true})
			if err != nil {
				t.Fatal(err)
			}
			if w := result.Steps[0].Wrong; len(w) != 1 || w[0].State != Failed || w[0].Reason.String() != test.want {
				t.Errorf("got %+v, want %q", w, test.want)
			}
			if result.State != Failed {
				t.Error("the lesson passed")
			}
			// The reference solution is judged all the same.
			for _, id := range []string{"up", "there", "said", "once", "echo"} {
				if o := outcome(result, id); o.State != Met {
					t.Errorf("%s is %+v", id, o)
				}
			}
		})
	}
}

// The reset must undo what a wrong solution did, or the outcomes that come after
// it prove nothing.
func TestWrongSolutionThatTheResetLeaves(t *testing.T) {
	l := trap(t, lessons.Wrong{ID: "pending", Commands: runs("kubectl apply Pending"), Unmet: map[string]string{"up": "Pending"}})
	l.Steps[0].Reset = nil
	result, err := Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{Wrong: true})
	if err != nil {
		t.Fatal(err)
	}
	if o := outcome(result, "there"); o.State != Unmet || o.Reason.String() != "it was met when the step's reset had undone the wrong solution pending" {
		t.Errorf("there is %+v", o)
	}
	if o := outcome(result, "up"); o.State != Met || result.State != Failed {
		t.Errorf("up is %+v, lesson %s", o, result.State)
	}
	l.Steps[0].Reset = []string{"(exit 5)"}
	result, err = Play(context.Background(), config(t, apitest.New(t), l), PlayOptions{Wrong: true, NoProof: true})
	if err != nil {
		t.Fatal(err)
	}
	if w := result.Steps[0].Wrong[0]; w.State != Failed || w.Reason.String() != "resetting the step: (exit 5): exit status 5" {
		t.Errorf("the reset that fails: %+v", w)
	}
	if o := outcome(result, "there"); o.State != Met {
		t.Errorf("without proof there is %+v", o)
	}
}

func TestPlayInterruptedInAWrongSolution(t *testing.T) {
	l := trap(t,
		lessons.Wrong{ID: "pending", Commands: runs("kubectl apply Pending"), Unmet: map[string]string{"up": "Pending"}},
		lessons.Wrong{ID: "slow", Commands: runs("sleep 1000"), Unmet: map[string]string{"up": "none"}},
	)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	result, err := Play(ctx, config(t, apitest.New(t), l), PlayOptions{Wrong: true, Tell: func(e Event) {
		if c, ok := e.(CommandStarted); ok && c.Line == "sleep 1000" {
			cancel()
		}
	}})
	if err == nil || !strings.Contains(err.Error(), "step first: wrong solution slow: context canceled") {
		t.Errorf("error %v", err)
	}
	if w := result.Steps[0].Wrong; len(w) != 1 || w[0].State != Passed || result.State != Failed {
		t.Errorf("got %+v, lesson %s", w, result.State)
	}
}

func TestCompileWrongSolutions(t *testing.T) {
	tests := []struct {
		wrong lessons.Wrong
		want  string // "" is no error
	}{
		{lessons.Wrong{Met: []string{"there"}, Unmet: map[string]string{"up": "none"}}, ""},
		{lessons.Wrong{Unmet: map[string]string{"up": "[none"}}, "lesson demo, step first, wrong solution w, unmet up: error parsing regexp"},
		{lessons.Wrong{Unmet: map[string]string{"down": "none"}}, "wrong solution w, unmet down: the step has no such outcome"},
		{lessons.Wrong{Met: []string{"once"}}, "wrong solution w, met once: the step has no such outcome"},
		{lessons.Wrong{Commands: []lessons.Command{{Run: "sh", Prompt: "[$"}}}, `wrong solution w, prompt of "sh": error parsing regexp`},
	}
	for _, test := range tests {
		test.wrong.ID = "w"
		errs := Compile(trap(t, test.wrong))
		if text := fmt.Sprint(errs); test.want == "" && len(errs) > 0 || !strings.Contains(text, test.want) {
			t.Errorf("errors %v, want %q", errs, test.want)
		}
	}
}
