package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/lessons"
)

// watches is how many watches a lesson of n outcomes opens, which speak of its
// objects, their histories and Events, and of the nodes in turn.
func watches(t testing.TB, n int) int {
	t.Helper()
	of := []string{`web.status.phase == "P%d"`, `history.pods.exists(p, p.metadata.name == "p%d")`, `events.ns.exists(e, e.reason == "R%d")`, `red.size() > %d`, `nodes.size() > %d`}
	l := lesson(lessons.Outcome{ID: "all", Kind: lessons.Eventually, Expr: `web != null && nodes.size() > 0`})
	for i := len(l.Steps[1].Outcomes); i < n; i++ {
		l.Steps[1].Outcomes = append(l.Steps[1].Outcomes, lessons.Outcome{
			ID: fmt.Sprint("o", i), Kind: lessons.Once, Expr: fmt.Sprintf(of[i%len(of)], i), Evidence: `"seen"`,
		})
	}
	api := apitest.New(t)
	s, err := Open(context.Background(), Config{
		Lesson: l, Kubeconfig: api.Kubeconfig(), Workspace: t.TempDir(),
		Facts: func(context.Context) (Facts, error) { return Facts{}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	<-s.settled
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	count := 0
	for _, r := range api.Requests() {
		if strings.Contains(r, "watch=true") {
			count++
		}
	}
	return count
}

func TestWatchesDoNotGrowWithOutcomes(t *testing.T) {
	if one, many := watches(t, 1), watches(t, 300); one == 0 || one != many {
		t.Errorf("%d watches for one outcome, %d for 300", one, many)
	}
}

// BenchmarkWatches reports how many watches a lesson of 300 outcomes opens, beside
// one of a single outcome.
func BenchmarkWatches(b *testing.B) {
	one, many := 0, 0
	for b.Loop() {
		one, many = watches(b, 1), watches(b, 300)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(many), "many-watches")
	b.ReportMetric(float64(one), "bare-watches")
}
