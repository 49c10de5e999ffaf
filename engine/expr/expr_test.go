package expr

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// values is a Source of fixed values.
type values struct {
	objects         map[string]any
	events, history map[string][]any
	line, output    string
	exit            int
}

func (v values) Object(name string) any         { return v.objects[name] }
func (v values) Events(name string) []any       { return v.events[name] }
func (v values) History(name string) []any      { return v.history[name] }
func (v values) Nodes() []any                   { return []any{map[string]any{"metadata": map[string]any{"name": "n1"}}} }
func (v values) Facts() map[string]any          { return map[string]any{"cgroup": "v2"} }
func (v values) Command() (string, string, int) { return v.line, v.output, v.exit }

var sample = values{
	objects: map[string]any{
		"web": map[string]any{
			"spec":   map[string]any{"memory": "100Mi", "n": int64(3)},
			"status": map[string]any{"phase": "Running", "nothing": nil},
		},
		"absent": nil,
		"pods":   []any{map[string]any{"name": "a"}, map[string]any{"name": "b"}},
	},
	events:  map[string][]any{"web": {map[string]any{"reason": "BackOff", "count": int64(2)}}},
	history: map[string][]any{"web": {map[string]any{"phase": "Pending"}, map[string]any{"phase": "Running"}}},
	line:    "kubectl top pod", output: "web 150Mi\n", exit: 0,
}

func env(t *testing.T) *Env {
	t.Helper()
	e, err := New([]string{"web", "absent", "pods"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestBool(t *testing.T) {
	tests := []struct {
		expr string
		want any // a bool, or a string that is in the error
	}{
		{`web.status.phase == "Running"`, true},
		{`web.spec.n >= 2.5`, true},
		{`web.status.missing == "x"`, "no such key"},
		{`absent == null`, true},
		{`absent.status.phase == "Running"`, "no such"},
		{`has(absent.status)`, false},
		{`absent.?status.?phase.orValue("-") == "-"`, true},
		{`web.?status.?missing.orValue(0) == 0`, true},
		{`pods.size() == 2 && pods.exists(p, p.name == "b")`, true},
		{`events.web.exists(e, e.reason == "BackOff" && e.count > 1)`, true},
		{`events["web"].size() == 1 && events.absent.size() == 0`, true},
		{`history.web.map(p, p.phase) == ["Pending", "Running"]`, true},
		{`history.exists(name, name == "pods")`, true},
		{`nodes[0].metadata.name == "n1" && facts.cgroup == "v2"`, true},
		{`command.matches("top") && output.find("[0-9]+Mi") == "150Mi" && exit == 0`, true},
		{`quantity(web.spec.memory).isLessThan(quantity("1Gi"))`, true},
		{`[3, 1, 2].sort() == [1, 2, 3] && math.greatest(1, 2) == 2`, true},
		{`cel.bind(x, web.spec.n, x * x == 9)`, true},
		{`"a,b".split(",").join("-").upperAscii() == "A-B"`, true},
		{`web.status.phase`, "must be bool"},
		{`lists.range(10000).all(i, lists.range(10000).all(j, i + j >= 0))`, "interrupted"},
	}
	for _, test := range tests {
		t.Run(test.expr, func(t *testing.T) {
			p, err := env(t).Bool(test.expr)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Bool(sample)
			if text, ok := test.want.(string); ok {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("%v, %v; want an error with %q", got, err, text)
				}
			} else if err != nil || got != test.want {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	for expr, want := range map[string]string{
		`"phase " + web.status.phase`: "phase Running",
		`web.spec.memory`:             "100Mi",
		`web.spec.n`:                  "3",
	} {
		p, err := env(t).Text(expr)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Text(sample); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", expr, got, err, want)
		}
	}
}

// A map is walked through in the order of its keys, wherever it stands.
func TestMapsAreOrdered(t *testing.T) {
	many := func() map[string]any {
		m := map[string]any{}
		for _, c := range "hgfedcba" {
			m[string(c)] = string(c)
		}
		return m
	}
	s := values{objects: map[string]any{
		"web":  map[string]any{"data": many()},
		"pods": []any{map[string]any{"labels": many()}},
	}, events: map[string][]any{"web": {map[string]any{"data": many()}}}}
	for _, src := range []string{
		`web.data.map(k, k).join("")`,
		`pods[0].labels.map(k, k).join("")`,
		`pods.map(p, p.labels.map(k, p.labels[k]).join("")).join("")`,
		`events.web.map(e, e.data.map(k, k).join("")).join("")`,
		`web.?data.orValue({}).transformList(k, v, v).join("")`,
		`{"h": 1, "g": 1, "f": 1, "e": 1, "d": 1, "c": 1, "b": 1, "a": 1}.map(k, k).join("")`,
		`{8: "h", 7: "g", 6: "f", 5: "e", 4: "d", 3: "c", 2: "b", 1: "a"}.transformList(k, v, v).join("")`,
	} {
		p, err := env(t).Text(src)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if got, err := p.Text(s); err != nil || got != "abcdefgh" {
				t.Errorf("%s: %q, %v", src, got, err)
				break
			}
		}
	}
	p, err := env(t).Bool(`web.data == {"a": "a", "b": "b", "c": "c", "d": "d", "e": "e", "f": "f", "g": "g", "h": "h"} && pods[0].labels == web.data`)
	if err != nil {
		t.Fatal(err)
	}
	if equal, err := p.Bool(s); err != nil || !equal {
		t.Errorf("equal maps: %v, %v", equal, err)
	}
}

func TestDeps(t *testing.T) {
	set := func(names ...string) map[string]bool {
		m := map[string]bool{}
		for _, n := range names {
			m[n] = true
		}
		return m
	}
	all := set("absent", "pods", "web")
	tests := []struct {
		expr string
		want Deps
	}{
		{`web == null`, Deps{Objects: set("web")}},
		{`events.web.size() > 0`, Deps{Events: set("web")}},
		{`history["web"].size() > 0`, Deps{History: set("web")}},
		{`history.?web.orValue([]).size() > 0`, Deps{History: set("web")}},
		{`has(events.web)`, Deps{Events: set("web")}},
		{`history.exists(n, n == "web")`, Deps{History: all}},
		{`nodes.size() > 0 && facts.cgroup == "v1"`, Deps{Nodes: true, Facts: true}},
		{`exit == 0`, Deps{Output: true}},
		{`pods.all(p, p.name == web.status.phase)`, Deps{Objects: set("pods", "web")}},
	}
	for _, test := range tests {
		p, err := env(t).Bool(test.expr)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []*map[string]bool{&test.want.Objects, &test.want.Events, &test.want.History} {
			if *m == nil {
				*m = set()
			}
		}
		if diff := cmp.Diff(test.want, p.Deps()); diff != "" {
			t.Errorf("%s: %s", test.expr, diff)
		}
	}
}

func TestCanServe(t *testing.T) {
	tests := []struct {
		expr, line string
		want       bool
	}{
		{`command.contains("top") && output.contains("x")`, "kubectl top pod", true},
		{`command.contains("top") && output.contains("x")`, "kubectl get pod", false},
		{`output.contains("x") && command.contains("top")`, "kubectl get pod", false},
		{`output.contains("x")`, "anything", true},
		{`exit == 0 || command == "a"`, "b", true},
		{`command == "a" && web.status.phase == "Pending" && exit == 0`, "a", false},
		{`web != null`, "a", false},
	}
	for _, test := range tests {
		p, err := env(t).Bool(test.expr)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := p.CanServe(test.line, sample); got != test.want {
				t.Errorf("%s by %q: %v", test.expr, test.line, got)
			}
		}
	}
}

func TestConcerns(t *testing.T) {
	tests := []struct {
		expr, line string
		want       bool
	}{
		{`command.contains("top") && output.contains("x")`, "kubectl top pod", true},
		{`command.contains("top") && output.contains("x")`, "kubectl get pod", false},
		{`command.contains("top") && web.status.phase == "Pending" && exit == 0`, "kubectl top pod", true},
		{`web.status.phase == "Pending" && command.contains("top")`, "kubectl get pod", false},
		{`command.contains("top") && pods.exists(p, p.name == "c") && events.web.size() > 5`, "kubectl top pod", true},
		{`command.contains("top") && nodes.size() > 9 && facts.cgroup == "v1" && history.web.size() > 9`, "kubectl top pod", true},
		{`web != null`, "a", false},
	}
	for _, test := range tests {
		p, err := env(t).Bool(test.expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Concerns(test.line, sample); got != test.want {
			t.Errorf("%s by %q: %v", test.expr, test.line, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"memory-demo", "", "1st", "in", "events", "exit"} {
		if _, err := New([]string{name}); err == nil {
			t.Errorf("an object called %q is accepted", name)
		}
	}
	if _, err := New([]string{"_a1", "Pod"}); err != nil {
		t.Error(err)
	}
}
