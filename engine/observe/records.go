package observe

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// Selector is the meaning of one of a lesson's object names.
type Selector struct {
	Target
	Name   string // "" selects all that Labels matches
	Labels labels.Selector
}

// Targets of the built-in variables.
var (
	NodeTarget = Target{APIVersion: "v1", Kind: "Node"}
)

// EventTarget watches the Events of a namespace.
func EventTarget(namespace string) Target {
	return Target{APIVersion: "v1", Kind: "Event", Namespace: namespace}
}

// Records is all that was observed of a lesson's objects, by name. It is not
// safe for concurrent use. The values it hands out are never changed later.
type Records struct {
	series map[string]*series
	events []*event
	byUID  map[string]*event
	nodes  map[string]map[string]any
}

// series is what is known of one name.
type series struct {
	sel       Selector
	current   map[string]map[string]any // by namespace/name
	revisions []revision
	ever      map[string]bool // keys of all objects seen
	lives     map[string]life // by UID
	seeds     []revision      // of an earlier run, until Settle
}

type revision struct {
	key    string
	object any // map[string]any, boxed once
	mark   Mark
	gone   bool
}

// life is what is known of the life of one object, or of its time in a selection.
type life struct {
	there bool
	gone  Mark // unless it is there: since when it is not
}

type event struct {
	object                     any
	mark                       Mark
	kind, namespace, name, uid string // of the object it is about
}

// NewRecords makes empty records of the named selectors.
func NewRecords(selectors map[string]Selector) *Records {
	r := &Records{series: map[string]*series{}, byUID: map[string]*event{}, nodes: map[string]map[string]any{}}
	for name, sel := range selectors {
		r.series[name] = &series{sel: sel, current: map[string]map[string]any{}, ever: map[string]bool{}, lives: map[string]life{}}
	}
	return r
}

// Touched says what a change means for expressions.
type Touched struct {
	Objects []string // names whose object and history changed
	Events  []string // names whose Events changed
	Nodes   bool
}

// Any says whether the change means anything at all.
func (t Touched) Any() bool { return len(t.Objects) > 0 || len(t.Events) > 0 || t.Nodes }

// Apply records a change.
func (r *Records) Apply(c Change) Touched {
	var t Touched
	meta := unstructured.Unstructured{Object: c.Object}
	key := meta.GetNamespace() + "/" + meta.GetName()
	if c.Target == NodeTarget {
		t.Nodes = true
		if c.Verb == Deleted {
			delete(r.nodes, key)
		} else {
			r.nodes[key] = c.Object
		}
	}
	if c.Target.Kind == "Event" && c.Target.APIVersion == "v1" {
		t.Events = r.applyEvent(c)
	}
	for name, s := range r.series {
		if s.sel.Target != c.Target || !s.selects(&meta, key) {
			continue
		}
		t.Objects = append(t.Objects, name)
		if s.apply(c, key) && r.foretold(&meta) {
			t.Events = append(t.Events, name)
		}
	}
	slices.Sort(t.Objects)
	return t
}

// foretold says whether there are Events about an object: they may have come
// before the object itself did.
func (r *Records) foretold(meta *unstructured.Unstructured) bool {
	ids := identities(meta)
	return slices.ContainsFunc(r.events, func(e *event) bool { return slices.Contains(ids, e.uid) })
}

// identities are the UIDs by which Events speak of an object: its own, and of a
// mirror Pod that of the static Pod on the node.
func identities(meta *unstructured.Unstructured) []string {
	ids := []string{string(meta.GetUID())}
	if static := meta.GetAnnotations()[corev1.MirrorPodAnnotationKey]; static != "" {
		ids = append(ids, static)
	}
	return ids
}

func (s *series) selects(meta *unstructured.Unstructured, key string) bool {
	if s.sel.Name != "" {
		return meta.GetName() == s.sel.Name
	}
	// What matched is followed until it no longer does.
	return s.current[key] != nil || s.sel.Labels == nil || s.sel.Labels.Matches(labels.Set(meta.GetLabels()))
}

// apply records a change and says whether the object is new here.
func (s *series) apply(c Change, key string) (isNew bool) {
	s.ever[key] = true
	meta := unstructured.Unstructured{Object: c.Object}
	left := s.sel.Labels != nil && !s.sel.Labels.Matches(labels.Set(meta.GetLabels()))
	gone := left || c.Verb == Deleted
	s.revisions = append(s.revisions, revision{key: key, object: c.Object, mark: c.Mark, gone: gone})
	if gone {
		delete(s.current, key)
	} else {
		s.current[key] = c.Object
	}
	for _, id := range identities(&meta) {
		isNew = isNew || !gone && !s.lives[id].there
		s.lives[id] = life{there: !gone, gone: c.Mark}
	}
	return isNew
}

// applyEvent keeps the latest state of an Event, also after its deletion: what
// it told has happened all the same.
func (r *Records) applyEvent(c Change) []string {
	uid := uidOf(c.Object)
	e := r.byUID[uid]
	if e == nil {
		e = &event{}
		e.kind, _, _ = unstructured.NestedString(c.Object, "involvedObject", "kind")
		e.namespace, _, _ = unstructured.NestedString(c.Object, "involvedObject", "namespace")
		e.name, _, _ = unstructured.NestedString(c.Object, "involvedObject", "name")
		e.uid, _, _ = unstructured.NestedString(c.Object, "involvedObject", "uid")
		r.byUID[uid] = e
		r.events = append(r.events, e)
	}
	if c.Verb == Deleted {
		return nil
	}
	e.object, e.mark = c.Object, c.Mark
	var names []string
	for name, s := range r.series {
		if s.concerns(e) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// concerns says whether an Event is about an object of this name, or about an
// earlier one that was called the same.
func (s *series) concerns(e *event) bool {
	if e.kind != s.sel.Kind {
		return false
	}
	if s.sel.Name != "" {
		return e.name == s.sel.Name && (e.namespace == "" || s.sel.Namespace == "" || e.namespace == s.sel.Namespace)
	}
	return s.ever[e.namespace+"/"+e.name]
}

// knows says whether the object that an Event is about was there at the cut or
// came after it. A kubelet writes its node's name in the place of the UID, so
// nodes are known by their names.
func (s *series) knows(e *event, cut Mark) bool {
	if e.uid == "" || e.kind == NodeTarget.Kind {
		return true
	}
	l, seen := s.lives[e.uid]
	return seen && (l.there || l.gone.After(cut))
}

// Object is the present state by name: nil or a map for a named object, a list
// sorted by name for a selection.
func (r *Records) Object(name string) any {
	s := r.series[name]
	if s == nil {
		return nil
	}
	if s.sel.Name == "" {
		return sorted(s.current)
	}
	for _, object := range s.current {
		return object
	}
	return nil
}

// Nodes lists the cluster's nodes by name.
func (r *Records) Nodes() []any { return sorted(r.nodes) }

// Events lists the Events about a name's objects that were sent or repeated
// after the cut, in the order in which they came. Those about objects that were
// gone by then, or that were never seen, are left out: an object of the same name
// has nothing to do with them.
func (r *Records) Events(name string, cut Mark) []any {
	s := r.series[name]
	if s == nil {
		return nil
	}
	var about []*event
	for _, e := range r.events {
		if e.object != nil && e.mark.After(cut) && s.concerns(e) && s.knows(e, cut) {
			about = append(about, e)
		}
	}
	slices.SortStableFunc(about, func(a, b *event) int {
		return cmp.Or(cmp.Compare(a.mark.Epoch, b.mark.Epoch), cmp.Compare(a.mark.Revision, b.mark.Revision))
	})
	list := make([]any, len(about))
	for i, e := range about {
		list[i] = e.object
	}
	return list
}

// History lists the revisions of a name's objects after the cut, in the order
// in which they came, after the state that each object then had.
func (r *Records) History(name string, cut Mark) []any {
	s := r.series[name]
	if s == nil {
		return nil
	}
	var after []any
	then := map[string]any{}
	var keys []string
	for _, rev := range s.revisions {
		switch {
		case rev.mark.After(cut):
			after = append(after, rev.object)
		case rev.gone:
			delete(then, rev.key)
		default:
			if _, ok := then[rev.key]; !ok {
				keys = append(keys, rev.key)
			}
			then[rev.key] = rev.object
		}
	}
	var list []any
	for _, key := range slices.Compact(keys) {
		if object, ok := then[key]; ok {
			list = append(list, object)
			delete(then, key)
		}
	}
	return append(list, after...)
}

// There says whether the object with a UID is there under a name.
func (r *Records) There(name, uid string) bool {
	s := r.series[name]
	if s == nil {
		return false
	}
	for _, object := range s.current {
		if uidOf(object) == uid {
			return true
		}
	}
	return false
}

// Seed puts a revision that an earlier run saw in its place in a name's history.
func (r *Records) Seed(name string, object map[string]any, at Mark) {
	s := r.series[name]
	if s == nil {
		return
	}
	meta := unstructured.Unstructured{Object: object}
	key := meta.GetNamespace() + "/" + meta.GetName()
	s.ever[key] = true
	seed := revision{key: key, object: object, mark: at}
	s.insert(seed)
	s.seeds = append(s.seeds, seed)
	for _, id := range identities(&meta) {
		s.lives[id] = life{there: true}
	}
}

// SeedGone says that a seeded object, known by its UID, was gone by a moment.
func (r *Records) SeedGone(name, uid string, at Mark) {
	s := r.series[name]
	if s == nil {
		return
	}
	i := slices.IndexFunc(s.seeds, func(seed revision) bool { return uidOf(seed.object.(map[string]any)) == uid })
	if i < 0 {
		return
	}
	seed := s.seeds[i]
	s.seeds = slices.Delete(s.seeds, i, i+1)
	s.insert(revision{key: seed.key, object: seed.object, mark: at, gone: true})
	s.end(seed, at)
}

// insert puts a revision before those that are later.
func (s *series) insert(rev revision) {
	i := slices.IndexFunc(s.revisions, func(r revision) bool { return r.mark.After(rev.mark) })
	if i < 0 {
		i = len(s.revisions)
	}
	s.revisions = slices.Insert(s.revisions, i, rev)
}

// end notes since when a seeded object is not there.
func (s *series) end(seed revision, at Mark) {
	for _, id := range identities(&unstructured.Unstructured{Object: seed.object.(map[string]any)}) {
		s.lives[id] = life{gone: at}
	}
}

// Settle is told when everything that exists has been recorded: a seeded object
// that is not there has gone since.
func (r *Records) Settle(at Mark) {
	for _, s := range r.series {
		for _, seed := range s.seeds {
			object, _ := seed.object.(map[string]any)
			there := s.current[seed.key]
			if there == nil {
				s.revisions = append(s.revisions, revision{key: seed.key, object: seed.object, mark: at, gone: true})
			}
			if there == nil || uidOf(there) != uidOf(object) {
				s.end(seed, at)
			}
		}
		s.seeds = nil
	}
}

// Matches lists the names that select an object.
func (r *Records) Matches(c Change) []string {
	meta := unstructured.Unstructured{Object: c.Object}
	var names []string
	for name, s := range r.series {
		if s.sel.Target == c.Target && s.selects(&meta, meta.GetNamespace()+"/"+meta.GetName()) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func sorted(objects map[string]map[string]any) []any {
	keys := make([]string, 0, len(objects))
	for key := range objects {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	list := make([]any, len(keys))
	for i, key := range keys {
		list[i] = objects[key]
	}
	return list
}
