package picture

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Reading is what a cgroup or the metrics API says of one container.
type Reading struct {
	At time.Time
	// Run is the container's ID.
	Run    string
	Memory int64 // working set, bytes
	// CPU is the time used so far; a source that knows a mean instead says it
	// in Milli, in thousandths of a processor, and leaves CPU negative.
	CPU   time.Duration
	Milli int64
	// Periods of the scheduler so far, and those in which the container had
	// to wait; both 0 without a limit.
	Periods, Throttled int64
}

// Meters keep the readings of containers. The zero value is empty; it is not
// safe for concurrent use.
type Meters struct{ series map[string]*series }

// series are the points of one container, through its runs.
type series struct {
	points []Point
	last   Reading
}

// Read adds readings of a Pod's containers, by name.
func (m *Meters) Read(podUID string, readings map[string]Reading) {
	if m.series == nil {
		m.series = map[string]*series{}
	}
	for name, r := range readings {
		s := m.series[podUID+"/"+name]
		if s == nil {
			s = &series{}
			m.series[podUID+"/"+name] = s
		}
		s.add(r)
	}
}

func (s *series) add(r Reading) {
	if !r.At.After(s.last.At) {
		return // the metrics API tells the same mean again
	}
	p := Point{At: r.At, Run: r.Run, Memory: r.Memory, CPU: -1, Throttled: -1}
	if r.CPU < 0 {
		p.CPU = r.Milli
	} else if span := r.At.Sub(s.last.At); s.last.Run == r.Run && r.CPU >= s.last.CPU && span > 0 {
		p.CPU = int64(1000 * float64(r.CPU-s.last.CPU) / float64(span))
		p.Throttled = 0
		if periods := r.Periods - s.last.Periods; periods > 0 {
			p.Throttled = float64(r.Throttled-s.last.Throttled) / float64(periods)
		}
	}
	s.last = r
	points := s.points[max(0, len(s.points)+1-Keep):]
	s.points = append(slices.Clone(points), p) // what was handed out stays
}

// Usage is what the Pods' containers use, in the order of their spec. Containers
// that ended before the Pod's others began are left out.
func (m *Meters) Usage(l *Lives, want func(namespace, name string, labels map[string]string) bool) []Usage {
	var all []Usage
	for _, f := range l.of(want) {
		for _, c := range list(f.pod, "spec", "containers") {
			name := text(c, "name")
			u := Usage{
				Pod: f.Pod, Container: name, Ends: f.ends[name],
				MemoryRequest: amount(c, "memory", "resources", "requests"),
				MemoryLimit:   amount(c, "memory", "resources", "limits"),
				CPURequest:    amount(c, "cpu", "resources", "requests"),
				CPULimit:      amount(c, "cpu", "resources", "limits"),
			}
			if s := m.series[f.cgroupUID()+"/"+name]; s != nil {
				u.Points = s.points
			}
			all = append(all, u)
		}
	}
	return all
}

// Forget drops the readings of Pods that are no longer followed.
func (m *Meters) Forget(l *Lives) {
	for key := range m.series {
		if !slices.ContainsFunc(l.lives, func(f *life) bool { return strings.HasPrefix(key, f.cgroupUID()+"/") }) {
			delete(m.series, key)
		}
	}
}

// Place is a Pod on a node, for who reads its usage.
type Place struct {
	Node, Namespace, Pod, UID string
	// Runs names the containers by the ID of their present run.
	Runs map[string]string
}

// Places lists where the Pods are whose containers have been started.
func (l *Lives) Places(want func(namespace, name string, labels map[string]string) bool) []Place {
	var all []Place
	for _, f := range l.of(want) {
		p := Place{Node: text(f.pod, "spec", "nodeName"), Namespace: f.Namespace, Pod: f.Pod, UID: f.cgroupUID(), Runs: map[string]string{}}
		for _, s := range statuses(f.pod) {
			if id := text(s, "containerID"); id != "" {
				p.Runs[id] = text(s, "name")
			}
		}
		if p.Node != "" && len(p.Runs) > 0 && !f.Gone {
			all = append(all, p)
		}
	}
	return all
}

// cgroupUID is the UID by which the node knows the Pod: a mirror Pod's is that
// of the static Pod.
func (f *life) cgroupUID() string {
	meta := unstructured.Unstructured{Object: f.pod}
	if static := meta.GetAnnotations()["kubernetes.io/config.mirror"]; static != "" {
		return static
	}
	return f.UID
}
