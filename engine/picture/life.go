package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	keepMoments = 200
	keepSpans   = 200
	keepLives   = 64
)

// Lives follows Pods. The zero value is empty; it is not safe for concurrent use.
type Lives struct {
	lives  []*life          // in the order in which they came
	events map[string]count // by UID, those that were told
	early  map[string][]any // Events about Pods that have not come yet, by the Pod's UID
}

type count struct {
	n  int64
	at time.Time
}

// life is a Pod with its last state.
type life struct {
	Life
	pod   map[string]any
	ready bool
	ended map[string]bool // the ends that were told, by container and its ID
	ends  map[string][]End
	// scheduled is when the Pod was given to a node: the kubelet cannot have done
	// anything with it before.
	scheduled time.Time
}

// Pod takes in a Pod's new state, or its deletion.
func (l *Lives) Pod(pod map[string]any, deleted bool, at time.Time) {
	meta := unstructured.Unstructured{Object: pod}
	uid := string(meta.GetUID())
	f := l.find(uid)
	if f == nil {
		if deleted {
			return
		}
		f = &life{
			Life:  Life{Pod: meta.GetName(), Namespace: meta.GetNamespace(), UID: uid},
			ended: map[string]bool{}, ends: map[string][]End{},
		}
		l.lives = append(l.lives, f)
		if len(l.lives) > keepLives {
			l.lives = slices.Delete(l.lives, 0, 1)
		}
		f.tell(Moment{At: meta.GetCreationTimestamp().Time, Reason: "Created"})
		for _, e := range l.early[uid] {
			l.Event(e.(map[string]any))
		}
		delete(l.early, uid)
		if old := at.Sub(meta.GetCreationTimestamp().Time); old > 2*time.Second {
			at = meta.GetCreationTimestamp().Time // it was there before anybody looked
		}
	}
	f.pod = pod
	if deleted {
		f.Gone = true
		f.tell(Moment{At: at, Reason: "Deleted"})
		f.Containers = slices.Clone(f.Containers) // what was handed out stays
		for i := range f.Containers {
			f.Containers[i].enter(Span{From: at, State: Absent})
		}
		return
	}
	f.update(at)
}

func (l *Lives) find(uid string) *life {
	i := slices.IndexFunc(l.lives, func(f *life) bool { return f.UID == uid })
	if i < 0 {
		return nil
	}
	return l.lives[i]
}

// Event takes in an Event, also one that is told again with a higher count.
func (l *Lives) Event(e map[string]any) {
	about, _, _ := unstructured.NestedString(e, "involvedObject", "uid")
	kind, _, _ := unstructured.NestedString(e, "involvedObject", "kind")
	if kind != "Pod" || about == "" {
		return
	}
	f := l.find(about)
	if f == nil {
		if l.early == nil || len(l.early) > keepLives {
			l.early = map[string][]any{}
		}
		l.early[about] = append(l.early[about], e)
		return
	}
	meta := unstructured.Unstructured{Object: e}
	reason, _, _ := unstructured.NestedString(e, "reason")
	message, _, _ := unstructured.NestedString(e, "message")
	typ, _, _ := unstructured.NestedString(e, "type")
	path, _, _ := unstructured.NestedString(e, "involvedObject", "fieldPath")
	at, n := eventTime(e)
	if before := l.events[string(meta.GetUID())]; n <= before.n && !at.After(before.at) {
		return
	}
	if l.events == nil || len(l.events) > 20*keepMoments {
		l.events = map[string]count{}
	}
	l.events[string(meta.GetUID())] = count{n, at}
	f.tell(Moment{At: at, Reason: reason, Container: containerOf(path), Detail: message, Trouble: typ == "Warning", Event: true})
}

// eventTime is when an Event happened last, and how often it has.
func eventTime(e map[string]any) (time.Time, int64) {
	n, _, _ := unstructured.NestedInt64(e, "count")
	if series, _, _ := unstructured.NestedInt64(e, "series", "count"); series > n {
		n = series
	}
	for _, field := range [][]string{{"series", "lastObservedTime"}, {"lastTimestamp"}, {"eventTime"}, {"metadata", "creationTimestamp"}} {
		if text, _, _ := unstructured.NestedString(e, field...); text != "" {
			if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
				return at, n
			}
		}
	}
	return time.Time{}, n
}

// containerOf takes the name from spec.containers{name}.
func containerOf(fieldPath string) string {
	_, name, ok := strings.Cut(fieldPath, "{")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(name, "}")
}

// tell adds a moment, unless the same is there already, in its place in time.
func (f *life) tell(m Moment) {
	if m.Reason == "Scheduled" && !m.At.Equal(f.scheduled) {
		f.scheduled = m.At
		told := f.Moments
		f.Moments = nil
		for _, other := range append([]Moment{m}, told...) {
			f.tell(other)
		}
		return
	}
	if m.Container != "" {
		m.At = f.sinceScheduled(m.At)
	}
	if m.At.IsZero() || slices.Contains(f.Moments, m) {
		return
	}
	at := len(f.Moments)
	for at > 0 && f.Moments[at-1].At.After(m.At) {
		at--
	}
	moments := slices.Insert(slices.Clone(f.Moments), at, m) // what was handed out stays
	f.Moments = moments[max(0, len(moments)-keepMoments):]
}

// sinceScheduled mends a time that is known by the second alone, as those of the
// kubelet are, where it would be before the Pod was scheduled.
func (f *life) sinceScheduled(at time.Time) time.Time {
	if at.Nanosecond() == 0 && at.Before(f.scheduled) && f.scheduled.Sub(at) < time.Second {
		return f.scheduled
	}
	return at
}

// update compares the Pod with what was known of it.
func (f *life) update(at time.Time) {
	for _, s := range statuses(f.pod) {
		f.container(s, at)
	}
	for _, c := range list(f.pod, "status", "conditions") {
		if text(c, "type") != "Ready" {
			continue
		}
		ready := text(c, "status") == "True"
		if ready != f.ready {
			when := at
			if t, err := time.Parse(time.RFC3339, text(c, "lastTransitionTime")); err == nil && at.Sub(t) > 2*time.Second {
				when = t
			}
			reason := "Ready"
			if !ready {
				reason = "NotReady"
			}
			f.tell(Moment{At: when, Reason: reason, Trouble: !ready})
		}
		f.ready = ready
	}
}

// container takes in what a Pod says of one container.
func (f *life) container(s map[string]any, at time.Time) {
	name := text(s, "name")
	i := slices.IndexFunc(f.Containers, func(b Band) bool { return b.Container == name })
	if i < 0 {
		f.Containers = append(slices.Clone(f.Containers), Band{Container: name})
		i = len(f.Containers) - 1
		f.Containers[i].enter(Span{From: at, State: Waiting})
	}
	f.Containers = slices.Clone(f.Containers)
	band := &f.Containers[i]
	for _, end := range []map[string]any{dig(s, "lastState", "terminated"), dig(s, "state", "terminated")} {
		key := name + " " + text(end, "containerID") + " " + text(end, "finishedAt")
		if end == nil || f.ended[key] {
			continue
		}
		f.ended[key] = true
		e := End{At: stamp(end, "finishedAt", at), Reason: text(end, "reason"), Exit: number(end, "exitCode")}
		// A run so short that nobody saw it running.
		if began := stamp(end, "startedAt", e.At); len(band.Spans) > 0 && began.After(band.Spans[len(band.Spans)-1].From) {
			band.enter(Span{From: began, State: Running})
		}
		f.ends[name] = append(slices.Clone(f.ends[name]), e)
		f.ends[name] = f.ends[name][max(0, len(f.ends[name])-keepMoments):]
		band.enter(Span{From: e.At, State: endState(e.Exit), Reason: e.Reason})
		if f.again(name) {
			band.enter(Span{From: e.At, State: BackOff})
		}
		f.tell(Moment{At: e.At, Reason: e.Reason, Container: name, Detail: fmt.Sprintf("exit %d", e.Exit), Trouble: e.Exit != 0})
	}
	ready, _ := s["ready"].(bool)
	switch {
	case dig(s, "state", "running") != nil:
		span := Span{From: stamp(dig(s, "state", "running"), "startedAt", at), State: Running}
		if ready {
			span = Span{From: at, State: Ready}
		}
		band.enter(span)
	case dig(s, "state", "waiting") != nil:
		reason := text(dig(s, "state", "waiting"), "reason")
		span := Span{From: at, State: Waiting, Reason: reason}
		if strings.HasSuffix(reason, "BackOff") {
			span.State = BackOff
			f.backOff(name, span, band)
		}
		if len(band.Spans) == 0 || band.Spans[len(band.Spans)-1].State < Ended || span.State == BackOff {
			band.enter(span)
		}
	}
}

// backOff tells of a wait that begins.
func (f *life) backOff(name string, span Span, band *Band) {
	if len(band.Spans) > 0 && band.Spans[len(band.Spans)-1].Reason == span.Reason {
		return
	}
	f.tell(Moment{At: span.From, Reason: span.Reason, Container: name, Trouble: true})
}

// again says whether the kubelet will start a container that has ended once more.
func (f *life) again(container string) bool {
	if phase := text(f.pod, "status", "phase"); phase == "Failed" || phase == "Succeeded" {
		return false
	}
	for _, c := range list(f.pod, "spec", "initContainers") {
		if text(c, "name") == container && text(c, "restartPolicy") != "Always" {
			return false
		}
	}
	return text(f.pod, "spec", "restartPolicy") != "Never"
}

func endState(exit int64) State {
	if exit == 0 {
		return Ended
	}
	return Failed
}

// enter begins a state, unless it is the one already.
func (b *Band) enter(s Span) {
	if n := len(b.Spans); n > 0 {
		last := b.Spans[n-1]
		if last.State == s.State && last.Reason == s.Reason {
			return
		}
		if s.From.Before(last.From) {
			s.From = last.From
		}
	}
	spans := append(slices.Clone(b.Spans), s)
	b.Spans = spans[max(0, len(spans)-keepSpans):]
}

// Of lists the latest life of each Pod of a namespace that is asked for.
func (l *Lives) Of(want func(namespace, name string, labels map[string]string) bool) []Life {
	var all []Life
	for _, f := range l.of(want) {
		all = append(all, f.Life)
	}
	return all
}

func (l *Lives) of(want func(namespace, name string, labels map[string]string) bool) []*life {
	latest := map[string]*life{}
	for _, f := range l.lives {
		meta := unstructured.Unstructured{Object: f.pod}
		if want(f.Namespace, f.Pod, meta.GetLabels()) {
			latest[f.Namespace+"/"+f.Pod] = f
		}
	}
	var all []*life
	for _, f := range latest {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *life) int {
		return cmp.Or(slices.Index(l.lives, a)-slices.Index(l.lives, b), strings.Compare(a.Pod, b.Pod))
	})
	return all
}
