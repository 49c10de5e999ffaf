package engine

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/podlab/podlab/engine/observe"
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
)

// pictureRest is the least time between two pictures.
const pictureRest = 100 * time.Millisecond

// portrait is what the current step's pictures are drawn from. The session's mu
// guards it.
type portrait struct {
	lesson    *lessons.Lesson
	selectors map[string]observe.Selector
	steps     map[string]subject
	lives     picture.Lives
	meters    picture.Meters
	ticks     picture.Ticks
	source    picture.Source
	nodes     map[string]map[string]any // by name
	pods      map[string]map[string]any // of all namespaces, by namespace/name
	runs      map[string]run            // by container ID
	strays    map[string][]picture.Reading
	news      chan struct{} // holds one token while there may be something new to draw
}

// run says whose container has an ID.
type run struct{ pod, container string } // the Pod's UID, the container's name

// keepRuns bounds what is remembered of containers' IDs.
const keepRuns = 256

// subject is what a step's pictures are about.
type subject struct {
	kinds  []lessons.Picture
	wanted func(namespace, name string, labels map[string]string) bool // its Pods
}

func newPortrait(l *lessons.Lesson, selectors map[string]observe.Selector) *portrait {
	p := &portrait{
		lesson: l, selectors: selectors, steps: map[string]subject{},
		nodes: map[string]map[string]any{}, pods: map[string]map[string]any{},
		runs: map[string]run{}, strays: map[string][]picture.Reading{}, news: make(chan struct{}, 1),
	}
	for i := range l.Steps {
		p.steps[l.Steps[i].ID] = subject{l.PicturesOf(&l.Steps[i]), p.wanted(l, &l.Steps[i])}
	}
	return p
}

// pictureTargets are the watches that a lesson's pictures need besides those of
// its outcomes.
func pictureTargets(l *lessons.Lesson) []observe.Target {
	for i := range l.Steps {
		if slices.Contains(l.PicturesOf(&l.Steps[i]), lessons.PictureNodes) {
			return []observe.Target{observe.NodeTarget, allPods}
		}
	}
	return nil
}

// allPods are needed to reckon what is free on a node.
var allPods = observe.Target{APIVersion: "v1", Kind: "Pod"}

// anew forgets what was of another cluster.
func (p *portrait) anew() {
	news := p.news
	*p = *newPortrait(p.lesson, p.selectors)
	p.news = news
}

// redraw has the current step's picture drawn, if there are pictures.
func (s *Session) redraw() {
	if s.portrait != nil {
		s.portrait.soon()
	}
}

// soon has a picture drawn.
func (p *portrait) soon() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// take takes in a change of the cluster.
func (p *portrait) take(ch observe.Change) {
	u := unstructured.Unstructured{Object: ch.Object}
	key := strings.TrimPrefix(u.GetNamespace()+"/"+u.GetName(), "/")
	keep := func(all map[string]map[string]any) {
		if ch.Verb == observe.Deleted {
			delete(all, key)
			return
		}
		all[key] = ch.Object
	}
	switch {
	case ch.Target == observe.NodeTarget:
		keep(p.nodes)
	case ch.Target == allPods:
		keep(p.pods)
	case ch.Target.Kind == allPods.Kind:
		p.lives.Pod(ch.Object, ch.Verb == observe.Deleted, ch.At)
		p.name()
	case ch.Target.Kind == "Event" && ch.Verb != observe.Deleted:
		p.lives.Event(ch.Object)
	default:
		return
	}
	p.soon()
}

// name learns whose containers have which IDs, and whose the readings are that
// came before their container's ID was known.
func (p *portrait) name() {
	for _, place := range p.lives.Places(func(string, string, map[string]string) bool { return true }) {
		for id, container := range place.Runs {
			_, id, _ = strings.Cut(id, "://")
			if _, known := p.runs[id]; known || id == "" {
				continue
			}
			if len(p.runs) >= keepRuns {
				clear(p.runs)
			}
			p.runs[id] = run{place.UID, container}
			for _, r := range p.strays[id] {
				p.meters.Read(place.UID, map[string]picture.Reading{container: r})
			}
			delete(p.strays, id)
		}
	}
}

// read takes in readings by the containers' IDs. Some are of no container that
// the API knows: a Pod's sandbox, or one that the kubelet has not told of yet.
func (p *portrait) read(readings map[string]picture.Reading) {
	p.source = picture.SourceCgroup
	for id, r := range readings {
		if of, ok := p.runs[id]; ok {
			p.meters.Read(of.pod, map[string]picture.Reading{of.container: r})
			continue
		}
		if len(p.strays) >= keepRuns {
			clear(p.strays)
		}
		if len(p.strays[id]) < 5 {
			p.strays[id] = append(p.strays[id], r)
		}
	}
	p.soon()
}

// wanted says which Pods a step is about.
func (p *portrait) wanted(l *lessons.Lesson, step *lessons.Step) func(namespace, name string, of map[string]string) bool {
	names := l.PodsOf(step)
	if len(names) == 0 {
		return func(namespace, _ string, _ map[string]string) bool { return namespace == l.Namespace }
	}
	return func(namespace, name string, of map[string]string) bool {
		return slices.ContainsFunc(names, func(n string) bool {
			sel := p.selectors[n]
			return sel.Namespace == namespace && (sel.Name == "" || sel.Name == name) &&
				(sel.Labels == nil || sel.Labels.Matches(labels.Set(of)))
		})
	}
}

// draw draws the current step's picture. s.mu is held.
func (s *Session) draw() (pic picture.Picture, readers map[string]reader) {
	p, step := s.portrait, s.steps[s.current].def
	pic = picture.Picture{Step: step.ID}
	readers = map[string]reader{}
	kinds, wanted := p.steps[step.ID].kinds, p.steps[step.ID].wanted
	if len(kinds) == 0 || !s.up || s.link == nil {
		return pic, readers
	}
	has := func(kind lessons.Picture) bool { return slices.Contains(kinds, kind) }
	pic.Lives = p.lives.Of(wanted)
	places := p.lives.Places(wanted)
	if has(lessons.PictureMemory) || has(lessons.PictureCPU) {
		p.meters.Forget(&p.lives)
		pic.Usage, pic.Source = p.meters.Usage(&p.lives, wanted), p.source
		s.usageReaders(places, readers)
	}
	if has(lessons.PictureNodes) {
		pic.Nodes, pic.Unplaced = picture.Nodes(values(p.nodes), values(p.pods), wanted)
	}
	if has(lessons.PictureProbes) {
		pic.Probes = p.ticks.Probes(&p.lives, wanted)
		for _, place := range places {
			readers["probes "+place.Node] = func(ctx context.Context) { s.readProbes(ctx, place.Node) }
		}
	}
	return pic, readers
}

func values(objects map[string]map[string]any) []map[string]any {
	var all []map[string]any
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		all = append(all, objects[key])
	}
	return all
}

// portray tells a picture of the current step whenever something in it has
// changed, and lets those read who are needed for it, until the session ends.
func (s *Session) portray() {
	var at work
	defer at.stop()
	told := ""
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.portrait.news:
		}
		s.mu.Lock()
		pic, readers := s.draw()
		// A step without a picture needs to be told once, to take away the last one.
		if empty := len(s.portrait.steps[s.steps[s.current].def.ID].kinds) == 0; !empty || told != pic.Step {
			s.out.put(PictureChanged{Picture: pic, At: time.Now()}, nil)
			told = pic.Step
		}
		s.mu.Unlock()
		at.keep(s.ctx, readers)
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(pictureRest):
		}
	}
}
