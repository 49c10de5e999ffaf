package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/lessons"
)

// BenchmarkMetLatency measures from an object's change to the event of the
// outcome that it meets: with a plain watch of the same change as the yardstick.
func BenchmarkMetLatency(b *testing.B) {
	var outcome, plain []time.Duration
	for len(outcome) < b.N {
		o, p := latencies(b, apitest.New(b), min(b.N-len(outcome), 100))
		outcome, plain = append(outcome, o...), append(plain, p...)
	}
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	slices.Sort(outcome)
	b.ReportMetric(0, "ns/op") // it would be the time of all that is around
	b.ReportMetric(milliseconds(outcome[len(outcome)/2]), "p50-ms")
	b.ReportMetric(milliseconds(outcome[len(outcome)-1]), "max-ms")
	b.ReportMetric(milliseconds(slices.Max(plain)), "bare-max-ms")
}

// latencies measures n times how long it takes from an object's change in the API
// server to the outcome's event, with a long history and many outcomes; and how
// long until a plain watch hears of the change.
func latencies(t testing.TB, api *apitest.Server, n int) (outcome, plain []time.Duration) {
	t.Helper()
	l := lesson()
	for i := range n {
		l.Steps[1].Outcomes = append(l.Steps[1].Outcomes, lessons.Outcome{
			ID: fmt.Sprint("o", i), Kind: lessons.Once, Evidence: `"phase " + web.status.phase`,
			Expr: fmt.Sprintf(`history.web.exists(p, p.status.phase == "P%d") && pods.all(p, p.metadata.namespace == "demo")`, i),
		})
	}
	l.Steps = l.Steps[1:]
	s, err := Open(context.Background(), Config{
		Lesson: l, Kubeconfig: api.Kubeconfig(), Workspace: t.TempDir(), Journal: filepath.Join(t.TempDir(), "j"),
		Facts: func(context.Context) (Facts, error) { return Facts{}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	<-s.settled
	heard := plainWatch(t, api)
	for i := range n {
		start := time.Now()
		api.Apply(pod("web", fmt.Sprint("P", i), ""))
		for e := range s.Events() {
			if c, ok := e.(OutcomeChanged); ok && c.Status.State == Met && c.Status.Outcome == fmt.Sprint("o", i) {
				break
			}
		}
		outcome = append(outcome, time.Since(start))
		plain = append(plain, (<-heard).Sub(start))
	}
	return outcome, plain
}

// plainWatch tells when each change of a Pod arrives that is made from now on.
func plainWatch(t testing.TB, api *apitest.Server) <-chan time.Time {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", api.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.CoreV1().Pods("demo").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := client.CoreV1().Pods("demo").Watch(t.Context(), metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	heard := make(chan time.Time, 1000) // more than any round has changes
	go func() {
		for range w.ResultChan() {
			heard <- time.Now()
		}
	}()
	return heard
}
