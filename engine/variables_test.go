package engine

import (
	"slices"
	"testing"

	"github.com/podlab/podlab/lessons"
)

func TestVariables(t *testing.T) {
	l := &lessons.Lesson{Steps: []lessons.Step{
		{Commands: []lessons.Command{
			{Run: "NODE=$(kubectl get nodes --output=name | tail -n 1); echo $NODE"},
			{Run: "kubectl get pods --selector=role=web -o jsonpath='{.x==1}'"},
		}},
		{Commands: []lessons.Command{{Run: "ID=$(node-shell $NODE crictl ps --quiet); URL=http://$ID"}, {Run: "NODE=other"}}},
	}}
	if got, want := variables(l), []string{"ID", "NODE", "URL"}; !slices.Equal(got, want) {
		t.Errorf("variables() = %q, want %q", got, want)
	}
}
