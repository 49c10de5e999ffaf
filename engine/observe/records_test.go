package observe_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/podlab/podlab/engine/observe"
)

var pods = observe.Target{APIVersion: "v1", Kind: "Pod", Namespace: "demo"}

// change is one revision of a Pod; its value tells revisions apart.
func change(verb observe.Verb, name string, revision uint64, colour string) observe.Change {
	return observe.Change{
		Target: pods, Verb: verb, Mark: observe.Mark{Epoch: 1, Revision: revision},
		Object: map[string]any{
			"kind": "Pod", "value": fmt.Sprint(name, revision),
			"metadata": map[string]any{"name": name, "namespace": "demo", "uid": name, "labels": map[string]any{"colour": colour}},
		},
	}
}

func event(about string, uid string, revision uint64) observe.Change {
	return observe.Change{
		Target: observe.EventTarget("demo"), Verb: observe.Added, Mark: observe.Mark{Epoch: 1, Revision: revision},
		Object: map[string]any{
			"kind": "Event", "value": fmt.Sprint(uid, revision), "metadata": map[string]any{"name": uid, "namespace": "demo", "uid": uid},
			"involvedObject": map[string]any{"kind": "Pod", "name": about, "namespace": "demo"},
		},
	}
}

func words(list []any) string {
	var all []string
	for _, o := range list {
		all = append(all, o.(map[string]any)["value"].(string))
	}
	return strings.Join(all, " ")
}

func records(t *testing.T) *observe.Records {
	t.Helper()
	red, err := labels.Parse("colour=red")
	if err != nil {
		t.Fatal(err)
	}
	return observe.NewRecords(map[string]observe.Selector{
		"a": {Target: pods, Name: "a"}, "all": {Target: pods}, "red": {Target: pods, Labels: red},
	})
}

func TestHistoryAfterACut(t *testing.T) {
	r := records(t)
	for _, c := range []observe.Change{
		change(observe.Added, "a", 1, "red"), change(observe.Modified, "a", 2, "red"), change(observe.Added, "b", 3, "blue"),
		change(observe.Deleted, "b", 4, "blue"), change(observe.Modified, "a", 5, "blue"), change(observe.Deleted, "a", 6, "blue"),
		change(observe.Added, "a", 7, "blue"),
	} {
		r.Apply(c)
	}
	tests := []struct {
		name string
		cut  uint64
		want string
	}{
		{"a", 0, "a1 a2 a5 a6 a7"},
		{"a", 1, "a1 a2 a5 a6 a7"}, // as it then was, and all since
		{"a", 2, "a2 a5 a6 a7"},
		{"a", 6, "a7"}, // it was gone
		{"a", 9, "a7"},
		{"all", 3, "a2 b3 b4 a5 a6 a7"},
		{"all", 4, "a2 a5 a6 a7"},
		{"red", 0, "a1 a2 a5"}, // it left by its label
		{"red", 5, ""},
		{"unknown", 0, ""},
	}
	for _, test := range tests {
		if got := words(r.History(test.name, observe.Mark{Epoch: 1, Revision: test.cut})); got != test.want {
			t.Errorf("history of %s after %d: %q, want %q", test.name, test.cut, got, test.want)
		}
	}
	if got := r.Object("red").([]any); len(got) != 0 {
		t.Errorf("red ones now: %q", words(got))
	}
	if got := words(r.Object("all").([]any)); got != "a7" {
		t.Errorf("all now: %q", got)
	}
	if r.Object("a") == nil {
		t.Error("a is not there")
	}
}

func TestEventsAfterACut(t *testing.T) {
	r := records(t)
	r.Apply(change(observe.Added, "a", 1, "red"))
	for _, c := range []observe.Change{event("a", "x", 2), event("b", "other", 3), event("a", "y", 4), event("a", "x", 5)} {
		r.Apply(c)
	}
	gone := event("a", "y", 6)
	gone.Verb = observe.Deleted
	r.Apply(gone)
	for cut, want := range map[uint64]string{0: "y4 x5", 4: "x5", 5: ""} {
		if got := words(r.Events("a", observe.Mark{Epoch: 1, Revision: cut})); got != want {
			t.Errorf("after %d: %q, want %q", cut, got, want)
		}
	}
	if got := words(r.Events("all", observe.Mark{})); got != "y4 x5" {
		t.Errorf("of all Pods that were seen: %q", got)
	}
}

// about makes an Event say which object it is about.
func about(c observe.Change, kind, uid string) observe.Change {
	involved := c.Object["involvedObject"].(map[string]any)
	involved["kind"], involved["uid"] = kind, uid
	return c
}

// life makes a change of a Pod of another UID.
func life(c observe.Change, uid string) observe.Change {
	c.Object["metadata"].(map[string]any)["uid"] = uid
	return c
}

func TestEventsAreOfTheObjectThatIsMeant(t *testing.T) {
	mirror := change(observe.Added, "a", 1, "red")
	mirror.Object["metadata"].(map[string]any)["annotations"] = map[string]any{"kubernetes.io/config.mirror": "hash"}
	node := observe.Change{
		Target: observe.NodeTarget, Verb: observe.Added, Mark: observe.Mark{Epoch: 1, Revision: 1},
		Object: map[string]any{"kind": "Node", "metadata": map[string]any{"name": "n1", "uid": "uid-n1"}},
	}
	ofNode := func(about observe.Change) observe.Change {
		about.Target = observe.EventTarget("default")
		about.Object["involvedObject"].(map[string]any)["namespace"] = ""
		return about
	}
	tests := []struct {
		name, of string
		changes  []observe.Change
		cut      uint64
		want     string
	}{
		{"of an earlier Pod, late", "a", []observe.Change{
			life(change(observe.Added, "a", 1, "red"), "old"), life(change(observe.Deleted, "a", 2, "red"), "old"),
			life(change(observe.Added, "a", 4, "red"), "new"), about(event("a", "stale", 5), "Pod", "old"), about(event("a", "fresh", 6), "Pod", "new"),
		}, 3, "fresh6"},
		{"of an earlier Pod since the cut", "a", []observe.Change{
			life(change(observe.Added, "a", 1, "red"), "old"), life(change(observe.Deleted, "a", 4, "red"), "old"),
			life(change(observe.Added, "a", 5, "red"), "new"), about(event("a", "first", 6), "Pod", "old"), about(event("a", "second", 7), "Pod", "new"),
		}, 3, "first6 second7"},
		{"of a Pod that was there at the cut", "a", []observe.Change{
			life(change(observe.Added, "a", 1, "red"), "old"), about(event("a", "now", 5), "Pod", "old"),
		}, 3, "now5"},
		{"of a Pod that nobody saw", "a", []observe.Change{
			about(event("a", "stale", 5), "Pod", "old"), life(change(observe.Added, "a", 6, "red"), "new"),
		}, 3, ""},
		{"before the Pod is told", "a", []observe.Change{
			about(event("a", "hasty", 5), "Pod", "new"), life(change(observe.Added, "a", 4, "red"), "new"),
		}, 3, "hasty5"},
		{"of all Pods", "all", []observe.Change{
			life(change(observe.Added, "a", 1, "red"), "old"), life(change(observe.Deleted, "a", 2, "red"), "old"),
			life(change(observe.Added, "a", 4, "red"), "new"), about(event("a", "stale", 5), "Pod", "old"), about(event("a", "fresh", 6), "Pod", "new"),
		}, 3, "fresh6"},
		{"of a static Pod", "a", []observe.Change{mirror, about(event("a", "static", 5), "Pod", "hash")}, 3, "static5"},
		{"of a node, by the kubelet and by the node controller", "machines", []observe.Change{
			node, ofNode(about(event("n1", "kubelet", 5), "Node", "n1")), ofNode(about(event("n1", "controller", 6), "Node", "uid-n1")), ofNode(about(event("n2", "other", 7), "Node", "n2")),
		}, 3, "kubelet5 controller6"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := observe.NewRecords(map[string]observe.Selector{
				"a": {Target: pods, Name: "a"}, "all": {Target: pods}, "machines": {Target: observe.NodeTarget},
			})
			var touched observe.Touched
			for _, c := range test.changes {
				touched = r.Apply(c)
			}
			if got := words(r.Events(test.of, observe.Mark{Epoch: 1, Revision: test.cut})); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.want != "" && test.of != "machines" && !slices.Contains(touched.Events, test.of) {
				t.Errorf("the last change touched the Events of %q", touched.Events)
			}
		})
	}
}

// What an earlier run saw, and what has gone since, had Events of its own.
func TestEventsOfSeeds(t *testing.T) {
	r := records(t)
	at := func(revision uint64) observe.Mark { return observe.Mark{Epoch: 1, Revision: revision} }
	r.Seed("a", life(change(observe.Added, "a", 3, "red"), "old").Object, at(3))
	r.Apply(about(event("a", "first", 4), "Pod", "old"))
	r.Apply(life(change(observe.Added, "a", 8, "red"), "new"))
	r.Settle(at(9))
	r.Apply(about(event("a", "late", 11), "Pod", "old"))
	if got := words(r.Events("a", at(2))); got != "first4 late11" {
		t.Errorf("since the earlier run: %q", got)
	}
	if got := words(r.Events("a", at(10))); got != "" {
		t.Errorf("since a later cut: %q", got)
	}
}

func TestSeeds(t *testing.T) {
	cut := observe.Mark{Epoch: 1, Revision: 5}
	for name, there := range map[string]bool{"it is still there": true, "it has gone since": false} {
		t.Run(name, func(t *testing.T) {
			r := records(t)
			r.Seed("a", change(observe.Added, "a", 3, "red").Object, observe.Mark{Epoch: 1, Revision: 3})
			want := "a3 a3"
			if there {
				r.Apply(change(observe.Added, "a", 8, "red"))
				want = "a3 a8"
			}
			r.Settle(observe.Mark{Epoch: 1, Revision: 9})
			if got := words(r.History("a", cut)); got != want {
				t.Errorf("history %q, want %q", got, want)
			}
			if got := len(r.History("a", observe.Mark{Epoch: 1, Revision: 9})); (got > 0) != there {
				t.Errorf("after a later cut: %d revisions", got)
			}
		})
	}
}
