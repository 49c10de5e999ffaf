package picture

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Probe is what one probe of a container has found.
type Probe struct {
	Pod, Container string
	Kind           string // "startup", "readiness" or "liveness"
	How            string // what it does, such as "exec cat /tmp/healthy"
	Period         time.Duration
	Failures       int64  // how many in a row make the kubelet act
	Ticks          []Tick // oldest first, at most keepTicks
	Last           string // what the latest failure's Event says
	// Passed says what the Pod's status says: the container has started, is
	// ready, or (for liveness) runs.
	Passed bool
}

const keepTicks = 120

// Tick is one probing.
type Tick struct {
	At time.Time
	OK bool
}

// Kinds of probes, in the order in which they come into force.
var Kinds = []string{"startup", "readiness", "liveness"}

// Count is how often a probe of a container has succeeded and failed so far, as
// its kubelet counts.
type Count struct {
	UID, Container, Kind string
	OK                   bool
	N                    int64
}

// Ticks follow the kubelets' counts. The zero value is empty; it is not safe for
// concurrent use.
type Ticks struct {
	counts map[Count]int64 // N is 0 in the keys
	ticks  map[Count][]Tick
	asked  map[string]bool // nodes
}

// Read takes in all counts of one node at a moment. What was counted before
// anybody asked has no time, so it makes no ticks. It says whether there are new
// ticks.
func (t *Ticks) Read(node string, at time.Time, counts []Count) (news bool) {
	if t.counts == nil {
		t.counts, t.ticks, t.asked = map[Count]int64{}, map[Count][]Tick{}, map[string]bool{}
	}
	for _, c := range counts {
		key := c
		key.N = 0
		before, known := t.counts[key]
		t.counts[key] = c.N
		if !known && !t.asked[node] || c.N < before {
			continue // or the kubelet has begun to count anew
		}
		row := key
		row.OK = false
		for range min(c.N-before, keepTicks) {
			ticks := append(slices.Clone(t.ticks[row]), Tick{at, c.OK})
			t.ticks[row] = ticks[max(0, len(ticks)-keepTicks):]
			news = true
		}
	}
	t.asked[node] = true
	return news
}

// Probes lists the probes of the Pods' containers. Where no kubelet has told its
// counts, ticks are what Events tell: failures alone.
func (t *Ticks) Probes(l *Lives, want func(namespace, name string, labels map[string]string) bool) []Probe {
	var all []Probe
	for _, f := range l.of(want) {
		for _, c := range list(f.pod, "spec", "containers") {
			for _, kind := range Kinds {
				spec := dig(c, kind+"Probe")
				if spec == nil {
					continue
				}
				p := Probe{
					Pod: f.Pod, Container: text(c, "name"), Kind: kind, How: how(spec),
					Period:   time.Duration(number(spec, "periodSeconds")) * time.Second,
					Failures: number(spec, "failureThreshold"),
				}
				p.Ticks = t.ticks[Count{UID: f.cgroupUID(), Container: p.Container, Kind: kind}]
				f.failures(&p)
				for _, s := range statuses(f.pod) {
					if text(s, "name") == p.Container {
						p.Passed = passed(s, kind)
					}
				}
				all = append(all, p)
			}
		}
	}
	return all
}

// failures reads a probe's failures from the Pod's Events.
func (f *life) failures(p *Probe) {
	var told []Tick
	for _, m := range f.Moments {
		if m.Reason != "Unhealthy" || m.Container != p.Container || !strings.HasPrefix(strings.ToLower(m.Detail), p.Kind+" probe failed") {
			continue
		}
		told = append(told, Tick{At: m.At})
		_, p.Last, _ = strings.Cut(m.Detail, ": ")
	}
	if len(p.Ticks) == 0 {
		p.Ticks = told
	}
}

func passed(status map[string]any, kind string) bool {
	switch kind {
	case "startup":
		started, _ := status["started"].(bool)
		return started
	case "readiness":
		ready, _ := status["ready"].(bool)
		return ready
	}
	return dig(status, "state", "running") != nil
}

// how says what a probe does.
func how(spec map[string]any) string {
	switch {
	case dig(spec, "exec") != nil:
		argv, _ := dig(spec, "exec")["command"].([]any)
		words := make([]string, len(argv))
		for i, a := range argv {
			words[i] = fmt.Sprint(a)
		}
		return "exec " + strings.Join(words, " ")
	case dig(spec, "httpGet") != nil:
		return fmt.Sprintf("httpGet :%v%s", dig(spec, "httpGet")["port"], text(spec, "httpGet", "path"))
	case dig(spec, "tcpSocket") != nil:
		return fmt.Sprintf("tcpSocket :%v", dig(spec, "tcpSocket")["port"])
	case dig(spec, "grpc") != nil:
		return fmt.Sprintf("grpc :%v", dig(spec, "grpc")["port"])
	}
	return ""
}
