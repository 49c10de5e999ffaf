package picture

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

var day = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return day.Add(time.Duration(seconds) * time.Second) }

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return whole(o).(map[string]any)
}

// whole makes whole numbers of numbers, as the API's decoder does.
func whole(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = whole(x)
		}
	case []any:
		for i, x := range v {
			v[i] = whole(x)
		}
	case float64:
		return int64(v)
	}
	return v
}

func all(string, string, map[string]string) bool { return true }

// pod is a Pod of one container in a state.
func pod(t *testing.T, restarts int, state, last string) map[string]any {
	t.Helper()
	return object(t, fmt.Sprintf(`
metadata: {name: demo, namespace: mem, uid: u1, creationTimestamp: "2026-11-22T01:00:00Z"}
spec:
  nodeName: worker-1
  containers:
  - {name: ctr, resources: {requests: {memory: 50Mi, cpu: 500m}, limits: {memory: 100Mi, cpu: "1"}}}
status:
  phase: Running
  containerStatuses:
  - {name: ctr, restartCount: %d, containerID: "containerd://%d", state: %s, lastState: %s}
`, restarts, restarts, state, last))
}

const (
	waits   = `{waiting: {reason: ContainerCreating}}`
	backOff = `{waiting: {reason: CrashLoopBackOff}}`
	none    = `{}`
)

func killed(id, from, to int) string {
	return fmt.Sprintf(`{terminated: {reason: OOMKilled, exitCode: 137, containerID: "containerd://%d", startedAt: "%s", finishedAt: "%s"}}`,
		id, at(from).Format(time.RFC3339), at(to).Format(time.RFC3339))
}

// A container that runs for so short a time that no state says so has run and
// has been killed all the same.
func TestLifeOfACrashLoop(t *testing.T) {
	var l Lives
	l.Pod(pod(t, 0, waits, none), false, at(1))
	l.Pod(pod(t, 0, killed(0, 2, 3), none), false, at(3))
	l.Pod(pod(t, 0, backOff, killed(0, 2, 3)), false, at(4))
	l.Pod(pod(t, 1, killed(1, 14, 15), killed(0, 2, 3)), false, at(15))
	l.Pod(pod(t, 1, backOff, killed(1, 14, 15)), false, at(16))
	lives := l.Of(all)
	if len(lives) != 1 {
		t.Fatalf("%d lives", len(lives))
	}
	want := []Span{
		{at(1), Waiting, ""},
		{at(1), Waiting, "ContainerCreating"},
		{at(2), Running, ""},
		{at(3), Failed, "OOMKilled"},
		{at(3), BackOff, ""},
		{at(4), BackOff, "CrashLoopBackOff"},
		{at(14), Running, ""},
		{at(15), Failed, "OOMKilled"},
		{at(15), BackOff, ""},
		{at(16), BackOff, "CrashLoopBackOff"},
	}
	if diff := cmp.Diff(want, lives[0].Containers[0].Spans); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	var reasons []string
	for _, m := range lives[0].Moments {
		reasons = append(reasons, m.Reason)
	}
	if diff := cmp.Diff([]string{"Created", "OOMKilled", "CrashLoopBackOff", "OOMKilled", "CrashLoopBackOff"}, reasons); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
	handedOut := lives[0]
	l.Pod(pod(t, 1, backOff, none), true, at(20))
	if lives = l.Of(all); !lives[0].Gone || handedOut.Gone || len(handedOut.Moments) != 5 {
		t.Errorf("after the deletion: gone %v; what was handed out has %d moments", lives[0].Gone, len(handedOut.Moments))
	}
	if diff := cmp.Diff(want, handedOut.Containers[0].Spans); diff != "" {
		t.Errorf("after the deletion, what was handed out (-want +got):\n%s", diff)
	}
}

func TestEventsOfALife(t *testing.T) {
	event := func(uid, reason string, count, second int) map[string]any {
		return object(t, fmt.Sprintf(`
metadata: {name: e-%s, uid: e-%s}
reason: %s
type: Warning
count: %d
lastTimestamp: "%s"
involvedObject: {kind: Pod, uid: %s, fieldPath: "spec.containers{ctr}"}
`, reason, reason, reason, count, at(second).Format(time.RFC3339), uid))
	}
	var l Lives
	l.Event(event("u1", "Unhealthy", 1, 5)) // before its Pod
	l.Event(event("u2", "Unhealthy", 1, 5)) // another's
	l.Pod(pod(t, 0, waits, none), false, at(6))
	l.Event(event("u1", "Unhealthy", 1, 5)) // told again
	l.Event(event("u1", "Unhealthy", 2, 9))
	var got []Moment
	for _, m := range l.Of(all)[0].Moments {
		if m.Reason == "Unhealthy" {
			got = append(got, m)
		}
	}
	want := []Moment{{At: at(5), Reason: "Unhealthy", Container: "ctr", Trouble: true, Event: true}, {At: at(9), Reason: "Unhealthy", Container: "ctr", Trouble: true, Event: true}}
	if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
}

// The kubelet tells the second alone, the scheduler more: nothing is done with a Pod
// before it is scheduled, whatever comes first.
func TestNothingBeforeScheduled(t *testing.T) {
	event := func(reason, path, field, at string) map[string]any {
		return object(t, fmt.Sprintf(`
metadata: {uid: e-%s}
reason: %s
type: Normal
%s: "%s"
involvedObject: {kind: Pod, uid: u1, fieldPath: "%s"}
`, reason, reason, field, at, path))
	}
	const ctr = "spec.containers{ctr}"
	var l Lives
	l.Pod(pod(t, 0, waits, none), false, at(1))
	l.Event(event("Pulled", ctr, "lastTimestamp", "2026-11-22T01:00:06Z"))
	l.Event(event("Scheduled", "", "eventTime", "2026-11-22T01:00:06.300000Z"))
	l.Event(event("Started", ctr, "lastTimestamp", "2026-11-22T01:00:06Z"))
	l.Event(event("Killing", ctr, "lastTimestamp", "2026-11-22T01:00:07Z"))
	var got []string
	for _, m := range l.Of(all)[0].Moments {
		got = append(got, m.Reason+m.At.Format(" 05.0"))
	}
	if diff := cmp.Diff([]string{"Created 00.0", "Scheduled 06.3", "Pulled 06.3", "Started 06.3", "Killing 07.0"}, got); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
}

func TestUsageBreaksWithTheContainer(t *testing.T) {
	var l Lives
	l.Pod(pod(t, 0, waits, none), false, at(1))
	l.Pod(pod(t, 0, killed(0, 2, 4), none), false, at(4))
	var m Meters
	read := func(run string, second int, mem int64, cpu time.Duration, periods, throttled int64) {
		m.Read("u1", map[string]Reading{"ctr": {At: at(second), Run: run, Memory: mem, CPU: cpu, Periods: periods, Throttled: throttled}})
	}
	read("a", 2, 10, time.Second, 10, 0)
	read("a", 3, 20, 1500*time.Millisecond, 20, 5)
	read("b", 13, 5, 100*time.Millisecond, 1, 1)
	read("b", 13, 6, 100*time.Millisecond, 1, 1) // the same moment
	usage := m.Usage(&l, all)
	want := []Usage{{
		Pod: "demo", Container: "ctr", MemoryRequest: 50 << 20, MemoryLimit: 100 << 20, CPURequest: 500, CPULimit: 1000,
		Points: []Point{
			{at(2), "a", 10, -1, -1},
			{at(3), "a", 20, 500, 0.5},
			{at(13), "b", 5, -1, -1},
		},
		Ends: []End{{at(4), "OOMKilled", 137}},
	}}
	if diff := cmp.Diff(want, usage, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Fatalf("usage (-want +got):\n%s", diff)
	}
	p := usage[0].Points
	if Broken(p[0], p[1], time.Second) || !Broken(p[1], p[2], time.Second) {
		t.Error("the series is not broken where the container was started anew, or elsewhere")
	}
	for i := range 2 * Keep {
		read("b", 20+i, 1, time.Second, 0, 0)
	}
	if n := len(m.Usage(&l, all)[0].Points); n != Keep {
		t.Errorf("%d points are kept, want %d", n, Keep)
	}
}

func TestNodes(t *testing.T) {
	node := func(name, more string) map[string]any {
		return object(t, fmt.Sprintf(`
metadata: {name: %s, labels: {kubernetes.io/hostname: %s%s}}
status: {allocatable: {cpu: "2", memory: 1Gi, pods: "110", example.com/dongle: "4"}}
`, name, name, more))
	}
	pods := []map[string]any{
		object(t, `
metadata: {name: mine, namespace: here}
spec:
  nodeName: worker-1
  initContainers: [{resources: {requests: {cpu: 700m}}}]
  containers: [{resources: {requests: {cpu: 250m, memory: 100Mi, example.com/dongle: "3"}}}, {resources: {requests: {cpu: 250m}}}]
status: {phase: Running}`),
		object(t, `
metadata: {name: other, namespace: there}
spec: {nodeName: worker-1, containers: [{resources: {requests: {cpu: 100m}}}]}
status: {phase: Running}`),
		object(t, `
metadata: {name: done, namespace: there}
spec: {nodeName: worker-1, containers: [{resources: {requests: {cpu: "2"}}}]}
status: {phase: Succeeded}`),
		object(t, `
metadata: {name: big, namespace: here}
spec: {containers: [{resources: {requests: {memory: 1000Gi}}}]}
status: {phase: Pending, conditions: [{type: PodScheduled, status: "False", message: 0/2 nodes are available}]}`),
		object(t, `
metadata: {name: strange, namespace: there}
spec: {containers: [{}]}
status: {phase: Pending}`),
	}
	here := func(namespace, _ string, _ map[string]string) bool { return namespace == "here" }
	nodes, unplaced := Nodes([]map[string]any{node("worker-2", ", disktype: ssd"), node("worker-1", "")}, pods, here)
	mine := Pod{Name: "mine", Phase: "Running", Requests: []Resource{{"cpu", 0, 700}, {"example.com/dongle", 0, 3}, {"memory", 0, 100 << 20}}}
	want := []Node{
		{Name: "worker-1", Pods: []Pod{mine}, Others: 1, Resources: []Resource{{"cpu", 2000, 800}, {"memory", 1 << 30, 100 << 20}, {"example.com/dongle", 4, 3}}},
		{Name: "worker-2", Labels: []string{"disktype=ssd"}, Resources: []Resource{{"cpu", 2000, 0}, {"memory", 1 << 30, 0}, {"example.com/dongle", 4, 0}}},
	}
	if diff := cmp.Diff(want, nodes); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	big := []Pod{{Name: "big", Phase: "Pending", Reason: "0/2 nodes are available", Requests: []Resource{{"memory", 0, 1000 << 30}}}}
	if diff := cmp.Diff(big, unplaced); diff != "" {
		t.Errorf("unplaced (-want +got):\n%s", diff)
	}
}

func TestProbes(t *testing.T) {
	text := `
metadata: {name: demo, namespace: default, uid: u1, creationTimestamp: "2026-11-22T01:00:00Z"}
spec:
  nodeName: worker-1
  containers:
  - name: ctr
    livenessProbe: {exec: {command: [cat, /tmp/healthy]}, periodSeconds: 5, failureThreshold: 3}
    startupProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 10, failureThreshold: 30}
status: {containerStatuses: [{name: ctr, started: true, ready: true, state: {running: {startedAt: "2026-11-22T01:00:01Z"}}}]}
`
	var l Lives
	var ticks Ticks
	l.Pod(object(t, text), false, at(2))
	count := func(ok bool, n int64) Count { return Count{"u1", "ctr", "liveness", ok, n} }
	ticks.Read("worker-1", at(2), []Count{count(true, 7)}) // since when is not known
	ticks.Read("worker-1", at(7), []Count{count(true, 8)})
	if ticks.Read("worker-1", at(8), []Count{count(true, 8)}) {
		t.Error("nothing new is news")
	}
	ticks.Read("worker-1", at(12), []Count{count(true, 8), count(false, 1)})
	ticks.Read("worker-1", at(13), []Count{count(true, 0), count(false, 0)}) // a kubelet that was restarted
	ticks.Read("worker-1", at(17), []Count{count(true, 1), count(false, 0)})
	want := []Probe{
		{Pod: "demo", Container: "ctr", Kind: "startup", How: "httpGet :8080/healthz", Period: 10 * time.Second, Failures: 30, Passed: true},
		{
			Pod: "demo", Container: "ctr", Kind: "liveness", How: "exec cat /tmp/healthy", Period: 5 * time.Second, Failures: 3, Passed: true,
			Ticks: []Tick{{at(7), true}, {at(12), false}, {at(17), true}},
		},
	}
	if diff := cmp.Diff(want, ticks.Probes(&l, all)); diff != "" {
		t.Errorf("probes (-want +got):\n%s", diff)
	}
}
