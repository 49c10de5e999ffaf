package kind

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A node that was never stopped need not say anew that it is Ready; one that was
// started since then must.
func TestWaitReadyAsksOnlyStartedNodes(t *testing.T) {
	began := time.Now()
	for name, c := range map[string]struct {
		heartbeat time.Time // of the node that was started
		started   string    // what the engine tells of the others
		ready     bool
	}{
		"all have reported":         {began, began.Add(-time.Hour).Format(time.RFC3339Nano), true},
		"the started one has not":   {began.Add(-2 * time.Minute), began.Add(-time.Hour).Format(time.RFC3339Nano), false},
		"the engine does not tell":  {began, "", false},
		"the engine started others": {began, began.Add(-30 * time.Second).Format(time.RFC3339Nano), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testProvider(t)
			p.cfg.Engine = engineThat(t, `case "$1 $5" in
"ps "*) printf 'a\tUp 2 hours\nb\tUp 2 hours\nc\tUp 1 second\n';;
"container c") echo '"`+began.Format(time.RFC3339Nano)+`"';;
*) echo '"`+c.started+`"';;
esac`)
			limit := time.Second // it can only be too late to see that it does not wait
			if c.ready {
				limit = time.Minute
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			serveNodes(ctx, t, p, map[string]time.Time{"a": began.Add(-time.Minute), "b": began.Add(-time.Minute), "c": c.heartbeat})
			if err := p.waitReady(ctx, newReporter(nil), began); (err == nil) != c.ready {
				t.Errorf("error %v", err)
			}
		})
	}
}

// serveNodes is the lab's API server, whose nodes last reported at these times.
func serveNodes(ctx context.Context, t *testing.T, p *Provider, heartbeats map[string]time.Time) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	watched := func(kind string, objects ...runtime.Object) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for _, o := range objects {
				o.GetObjectKind().SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind))
				_ = json.NewEncoder(w).Encode(map[string]any{"type": "ADDED", "object": o}) // whoever waits would miss it
			}
			_ = http.NewResponseController(w).Flush() // as above
			select {
			case <-ctx.Done():
			case <-r.Context().Done():
			}
		}
	}
	var nodes []runtime.Object
	for name, at := range heartbeats {
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.NewTime(at)}},
		}})
	}
	mux.Handle("/api/v1/nodes", watched("Node", nodes...))
	mux.Handle("/api/v1/namespaces/default/serviceaccounts", watched("ServiceAccount", &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	kubeconfig := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "lab",
"contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}], "users": [{"name": "lab"}],
"clusters": [{"name": "lab", "cluster": {"server": %q}}]}`, server.URL)
	if err := os.MkdirAll(p.cfg.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Kubeconfig(), []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A lab is whole once that is written; what keeps it from being written is told
// with what to do.
func TestMarkWhole(t *testing.T) {
	p := New(Config{Name: "unit", Dir: t.TempDir()})
	if p.lacking() {
		t.Error("a folder that knows nothing of the lab: it was begun")
	}
	if err := os.MkdirAll(p.Trace(), 0o700); err != nil {
		t.Fatal(err)
	}
	if !p.lacking() {
		t.Error("begun, and not known as such")
	}
	if err := p.markWhole(); err != nil || p.lacking() {
		t.Errorf("not whole: %v", err)
	}
	p.cfg.Dir = p.wholeFile() // no folder
	if err := p.markWhole(); err == nil || !strings.Contains(err.Error(), "remember that the lab is whole") || !strings.Contains(err.Error(), "disk") {
		t.Errorf("%v", err)
	}
}
