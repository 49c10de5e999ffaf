package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

func node(name string, spec, status map[string]any) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": name}, "spec": spec, "status": status}
}

func TestDetectFacts(t *testing.T) {
	taint := func(key string) map[string]any {
		return map[string]any{"taints": []any{map[string]any{"key": key, "effect": "NoSchedule"}}}
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Skip("no /proc: the nodes' kernel is never this one's")
	}
	ours := map[string]any{"nodeInfo": map[string]any{"kernelVersion": strings.TrimSpace(string(release)), "operatingSystem": "linux"}}
	tests := []struct {
		name  string
		nodes []map[string]any
		ok    map[lessons.Need]bool
		why   map[lessons.Need]string
	}{
		{
			"two plain nodes",
			[]map[string]any{node("a", nil, ours), node("b", taint("node.kubernetes.io/not-ready"), ours)},
			map[lessons.Need]bool{lessons.NeedTwoWorkers: true, lessons.NeedSeccomp: true},
			map[lessons.Need]string{lessons.NeedMetrics: "no metrics API", lessons.NeedWindows: "Windows"},
		},
		{
			"a control plane and a worker",
			[]map[string]any{node("a", taint("node-role.kubernetes.io/control-plane"), ours), node("b", nil, ours)},
			nil,
			map[lessons.Need]string{lessons.NeedTwoWorkers: "1 of 2"},
		},
		{
			"another kernel",
			[]map[string]any{node("a", nil, map[string]any{
				"nodeInfo":        map[string]any{"kernelVersion": "0.1", "operatingSystem": "windows"},
				"runtimeHandlers": []any{map[string]any{"name": "", "features": map[string]any{"userNamespaces": true}}},
			})},
			map[lessons.Need]bool{lessons.NeedWindows: true, lessons.NeedUserNS: true},
			map[lessons.Need]string{lessons.NeedAppArmor: "cannot be seen", lessons.NeedSeccomp: "cannot be seen"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := apitest.New(t)
			for _, n := range test.nodes {
				api.Apply(n)
			}
			f, err := DetectFacts(context.Background(), api.Kubeconfig())
			if err != nil {
				t.Fatal(err)
			}
			if f.Kubernetes != "v1.36.0-test" || f.CgroupVersion != 0 {
				t.Errorf("Kubernetes %s, cgroup %d", f.Kubernetes, f.CgroupVersion)
			}
			for need, ok := range test.ok {
				if f.Needs[need].OK != ok {
					t.Errorf("%s: %+v", need, f.Needs[need])
				}
			}
			for need, why := range test.why {
				if a := f.Needs[need]; a.OK || !strings.Contains(a.Reason.String(), why) {
					t.Errorf("%s: %+v, want a reason with %q", need, a, why)
				}
			}
		})
	}
}

// What the cluster is given after its API answers opens a step again that was
// done without it, also in a session that is opened later.
func TestNeedsThatAreMetLater(t *testing.T) {
	api := apitest.New(t)
	cfg := config(t, api, lesson(lessons.Outcome{
		ID: "metrics", Kind: lessons.Eventually, Expr: `web != null`, Needs: []lessons.Need{lessons.NeedMetrics},
	}))
	cfg.Lesson.Steps = cfg.Lesson.Steps[1:]
	cfg.Journal = filepath.Join(t.TempDir(), "demo.jsonl")
	var there atomic.Bool
	cfg.Facts = func(context.Context) (Facts, error) {
		return Facts{Needs: map[lessons.Need]Ability{lessons.NeedMetrics: {OK: there.Load(), Reason: say.Plain("none")}}}, nil
	}
	b := play(t, api, cfg)
	check := func(what string, state OutcomeState, done bool) {
		t.Helper()
		b.until(what, func() bool {
			return b.checks[0].status.State == state && b.done == done && (b.askAgain != nil) == (state == Unavailable)
		})
		if snap := b.Snapshot(); snap.LessonDone != done || snap.Done["now"] != done {
			t.Errorf("%s: %+v", what, snap)
		}
	}
	again := func(done int) {
		t.Helper()
		b.close()
		if progress, err := ReadProgress(cfg.Journal, cfg.Lesson); err != nil || progress.Done() != done {
			t.Errorf("read %+v, %v; want %d done", progress, err, done)
		}
		b = play(t, api, cfg)
	}
	check("first without", Unavailable, true)
	there.Store(true)
	again(1)
	check("later with", Pending, false)
	there.Store(false)
	again(0)
	check("later without", Unavailable, true)
	there.Store(true)
	check("in the same session", Pending, false)
	b.told("StepReopened", func(e Event) bool { r, ok := e.(StepReopened); return ok && r.Step == "now" })
	api.Apply(pod("web", "Running", ""))
	check("at last", Met, true)
	again(1)
}
