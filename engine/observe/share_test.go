package observe

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// revisionText is a Pod whose restart count and resourceVersion are n.
func revisionText(n int) string {
	return fmt.Sprintf(`{"kind":"Pod","metadata":{"name":"demo","uid":"u","resourceVersion":"%[1]d","labels":{"app":"demo"},
"managedFields":[{"manager":"kubelet","fieldsV1":{%[2]s"f:status":{}}}]},
"spec":{"containers":[{"name":"ctr","env":[%[3]s{"name":"LAST"}]}]},
"status":{"phase":"Running","conditions":[%[3]s{"type":"Ready"}],"containerStatuses":[{"name":"ctr","restartCount":%[1]d,"image":"stress"},{"name":"other","restartCount":0}]}}`,
		n, strings.Repeat(`"f:x":{},`, 40), strings.Repeat(`{"name":"SOME","value":"thing"},`, 20))
}

func decoded(t testing.TB, n int) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(revisionText(n)), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// A revision is what was told of it, less managedFields; what has not changed is
// there once; and the revision before stays what it was.
func TestRevisionsShareWhatIsEqual(t *testing.T) {
	first := prune(decoded(t, 1), nil)
	second := prune(decoded(t, 2), first)
	for n, got := range map[int]map[string]any{1: first, 2: second} {
		want := decoded(t, n)
		delete(want["metadata"].(map[string]any), "managedFields")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("revision %d (-want +got):\n%s", n, diff)
		}
	}
	at := func(o map[string]any, path ...string) reflect.Value {
		var v any = o
		for _, p := range path {
			switch x := v.(type) {
			case map[string]any:
				v = x[p]
			case []any:
				v = x[len(p)] // "" is the first, "x" the second
			}
		}
		return reflect.ValueOf(v)
	}
	for _, path := range [][]string{{"spec"}, {"metadata", "labels"}, {"status", "conditions"}, {"status", "containerStatuses", "x"}} {
		if at(first, path...).Pointer() != at(second, path...).Pointer() {
			t.Errorf("%v is there twice", path)
		}
	}
	for _, path := range [][]string{{"metadata"}, {"status"}, {"status", "containerStatuses", ""}} {
		if at(first, path...).Pointer() == at(second, path...).Pointer() {
			t.Errorf("%v is the same in both revisions", path)
		}
	}
	if third := prune(decoded(t, 2), second); reflect.ValueOf(third).Pointer() != reflect.ValueOf(second).Pointer() {
		t.Error("an equal revision is not the one before")
	}
}

// BenchmarkHour keeps the revisions of a Pod that changes once a second for an
// hour: beside the same ones as they come.
func BenchmarkHour(b *testing.B) {
	const hour = 3600
	keep := func(take func(now, before map[string]any) map[string]any) float64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var last map[string]any
		all := make([]map[string]any, hour)
		for i := range all {
			last = take(decoded(b, i), last)
			all[i] = last
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(all)
		return float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)
	}
	var shared, bare float64
	for b.Loop() {
		if shared > 0 {
			continue // it does not vary
		}
		shared = keep(prune)
		bare = keep(func(now, _ map[string]any) map[string]any { return now })
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(shared, "history-MiB")
	b.ReportMetric(bare, "bare-MiB")
}
