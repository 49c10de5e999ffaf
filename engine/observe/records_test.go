package observe_test

import (
	"fmt"
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
