// Package picture turns what is observed of a step's Pods and nodes into what a
// screen can draw: series of usage, lives, loads of nodes, ticks of probes. It
// asks nobody; it is told. Names and reasons in it are Kubernetes' own, the same
// in every human language.
package picture

import "time"

// Picture is all there is to draw of one step at one moment. It is never changed
// once it was handed out.
type Picture struct {
	Step   string
	Lives  []Life  // of the step's Pods, in the order in which they came
	Usage  []Usage // of their containers
	Source Source  // where Usage comes from
	Nodes  []Node  // by name
	// Unplaced are the step's Pods that no node has taken.
	Unplaced []Pod
	Probes   []Probe
}

// Source says where figures of usage come from.
type Source string

// The sources. Metrics are means over some time, and tell nothing of throttling.
const (
	SourceNone    Source = ""        // nothing has come yet
	SourceCgroup  Source = "cgroup"  // the node's cgroups, once a second
	SourceMetrics Source = "metrics" // the metrics API, every 15 seconds or so
)

// Usage is what one container uses. Its series breaks where the container was
// started anew and where nobody could look.
type Usage struct {
	Pod, Container string
	// In bytes and in thousandths of a processor; 0 where none is set.
	MemoryRequest, MemoryLimit int64
	CPURequest, CPULimit       int64
	Points                     []Point // oldest first, at most Keep
	Ends                       []End   // of the container's runs, oldest first
}

// Keep is how many points of a series are kept: five minutes of them.
const Keep = 300

// Point is one reading.
type Point struct {
	At     time.Time
	Run    string // the container's ID: another run, another series
	Memory int64  // working set in bytes, as kubectl top shows it
	CPU    int64  // thousandths of a processor since the point before, -1 if not known
	// Throttled is the part of the scheduler's periods, 0 to 1, in which the
	// container had to wait for its CPU limit; -1 if not known.
	Throttled float64
}

// Broken says whether a series has a gap between two points that follow one
// another: another run, or a time in which nothing could be read.
func Broken(a, b Point, every time.Duration) bool {
	return a.Run != b.Run || b.At.Sub(a.At) > 3*every
}

// Every is the usual time between two points.
func (s Source) Every() time.Duration {
	if s == SourceMetrics {
		return 15 * time.Second
	}
	return time.Second
}

// End is the end of one run of a container.
type End struct {
	At     time.Time
	Reason string // such as OOMKilled, Error, Completed
	Exit   int64
}

// Life is what happened to one Pod.
type Life struct {
	Pod, Namespace string
	UID            string
	Gone           bool
	Moments        []Moment // oldest first, at most keepMoments
	Containers     []Band
}

// Moment is one thing that happened.
type Moment struct {
	At        time.Time
	Reason    string // of the Event, the state or the condition
	Container string // "" for the Pod as a whole
	Detail    string
	Trouble   bool
	Event     bool // an Event says it, perhaps once more; else the Pod's own state
}

// State is what a container does.
type State int

// The states.
const (
	Waiting State = iota
	Running       // and not ready
	Ready
	Ended   // with exit code 0
	Failed  // with another
	BackOff // waits before it is started again
	Absent  // its Pod is gone
)

// Band is the states of one container, each until the next begins.
type Band struct {
	Container string
	Spans     []Span // oldest first, at most keepSpans
}

// Span is the beginning of a state.
type Span struct {
	From   time.Time
	State  State
	Reason string
}
