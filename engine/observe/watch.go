package observe

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"github.com/podlab/podlab/internal/say"
)

// errLost ends a reflector whose connection is gone; it is of no kind that the
// reflector itself would try again.
var errLost = say.Errorf("the cluster is lost")

// watch runs one reflector over one link, once the cluster knows the kind.
func (s *store) watch(ctx context.Context, link *Link) {
	res, ok := s.resource(ctx, link)
	if !ok {
		return
	}
	watched := false
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := res.List(ctx, o)
			if err = link.check(ctx, err); err != nil {
				if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
					s.sync() // nothing can be told of it
				}
				return nil, err
			}
			return list, nil
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			if err := link.same(ctx, watched); err != nil {
				return nil, err
			}
			watched = true
			w, err := res.Watch(ctx, o)
			if err = link.check(ctx, err); err != nil {
				return nil, err
			}
			return w, nil
		},
	}
	quiet := logr.Discard()
	r := cache.NewReflectorWithOptions(lw, &unstructured.Unstructured{}, s, cache.ReflectorOptions{
		Name:            s.target.Kind,
		TypeDescription: s.target.Kind,
		Logger:          &quiet,
		Backoff:         &wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 6, Cap: 5 * time.Second},
	})
	r.RunWithContext(ctx)
}

// resource maps the target's kind, again with pauses from 0.5 to 5 s while the
// cluster does not know it (a CustomResourceDefinition that comes later).
func (s *store) resource(ctx context.Context, link *Link) (dynamic.ResourceInterface, bool) {
	pause := wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.5, Steps: 7, Cap: 5 * time.Second}
	for {
		gvr, namespaced, err := link.mapping(s.target)
		if err == nil {
			res := link.dynamic.Resource(gvr)
			if namespaced && s.target.Namespace != "" {
				return res.Namespace(s.target.Namespace), true
			}
			return res, true
		}
		if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
			s.sync() // there is nothing of an unknown kind
		} else if errors.Is(link.check(ctx, err), errLost) {
			return nil, false
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-time.After(pause.Step()):
		}
	}
}

// check tells the loss of the connection apart from an API server that answers
// with an error.
func (l *Link) check(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) && !apierrors.IsUnauthorized(err) {
		return err
	}
	l.lose(err)
	return errLost
}

// same makes sure, before a watch goes on after an interruption, that no other
// cluster has taken the place of this one: its revisions would mean other things.
func (l *Link) same(ctx context.Context, again bool) error {
	if !again {
		return nil
	}
	id, _, err := identity(ctx, l.Client, l.kubeconfig)
	if err == nil && id != l.Cluster {
		err = say.Errorf("another cluster answers")
	}
	return l.check(ctx, err)
}

// store receives what one reflector sees and passes on what is new in it. It
// outlives links, so that a new one tells only the difference. A reflector calls
// it from one goroutine, and links follow one another.
type store struct {
	observer *Observer
	target   Target
	epoch    int
	known    map[string]map[string]any // by namespace/name
	isSynced bool
}

// begin prepares for a new link. What another cluster had says nothing here.
func (s *store) begin(link *Link) {
	if s.epoch != link.Epoch {
		clear(s.known)
	}
	s.epoch, s.isSynced = link.Epoch, false
}

var _ cache.ReflectorStore = (*store)(nil)

func (s *store) Add(obj any) error    { return s.put(obj) }
func (s *store) Update(obj any) error { return s.put(obj) }
func (s *store) Resync() error        { return nil }

func (s *store) Delete(obj any) error {
	u, err := object(obj)
	if err != nil {
		return err
	}
	key := keyOf(u)
	u.Object = prune(u.Object, s.known[key])
	delete(s.known, key)
	s.tell(Deleted, u.Object, s.markOf(u))
	return nil
}

// Replace takes a whole list: what was there at the start, or after an
// interruption too long to be told event by event.
func (s *store) Replace(list []any, revision string) error {
	there := make(map[string]bool, len(list))
	for _, obj := range list {
		u, err := object(obj)
		if err != nil {
			return err
		}
		there[keyOf(u)] = true
		if err := s.put(u); err != nil {
			return err
		}
	}
	for key, last := range s.known {
		if !there[key] {
			delete(s.known, key)
			s.tell(Deleted, last, s.mark(revision))
		}
	}
	s.sync()
	return nil
}

func (s *store) put(obj any) error {
	u, err := object(obj)
	if err != nil {
		return err
	}
	key := keyOf(u)
	before := s.known[key]
	verb := Modified
	switch {
	case before == nil:
		verb = Added
	case revisionOf(before) == u.GetResourceVersion() && uidOf(before) == string(u.GetUID()):
		return nil // told already
	case uidOf(before) != string(u.GetUID()):
		// Deleted and made again while nobody looked.
		s.tell(Deleted, before, s.markOf(u))
		before, verb = nil, Added
	}
	now := prune(u.Object, before)
	s.known[key] = now
	s.tell(verb, now, s.markOf(u))
	return nil
}

func (s *store) sync() {
	if !s.isSynced {
		s.isSynced = true
		s.observer.synced()
	}
}

func (s *store) tell(verb Verb, object map[string]any, mark Mark) {
	s.observer.cfg.Changed(Change{Target: s.target, Verb: verb, Object: object, Mark: mark, At: time.Now()})
}

func (s *store) markOf(u *unstructured.Unstructured) Mark { return s.mark(u.GetResourceVersion()) }

func (s *store) mark(revision string) Mark {
	n, err := strconv.ParseUint(revision, 10, 64)
	if err != nil {
		n = 0 // an aggregated API with revisions of its own
	}
	return Mark{s.epoch, n}
}

func object(obj any) (*unstructured.Unstructured, error) {
	switch o := obj.(type) {
	case *unstructured.Unstructured:
		return o, nil
	case cache.DeletedFinalStateUnknown:
		return object(o.Obj)
	}
	return nil, say.Errorf("not an object: %s", reflect.TypeOf(obj))
}

func keyOf(u *unstructured.Unstructured) string { return u.GetNamespace() + "/" + u.GetName() }

func uidOf(object map[string]any) string {
	uid, _, _ := unstructured.NestedString(object, "metadata", "uid")
	return uid
}

func revisionOf(object map[string]any) string {
	rv, _, _ := unstructured.NestedString(object, "metadata", "resourceVersion")
	return rv
}

// prune drops managedFields, which no outcome speaks of and which are half of
// an object, and shares the parts that are equal to the revision before, so that
// a long history stays small.
func prune(object, before map[string]any) map[string]any {
	unstructured.RemoveNestedField(object, "metadata", "managedFields")
	shared, _ := share(object, before).(map[string]any)
	return shared
}

// share returns a value that is equal to now and made, as far as it can be, of
// the parts of before: of what changed in a status, hardly more than the change
// itself is new. It changes now, and leaves before as it is.
func share(now, before any) any {
	switch n := now.(type) {
	case map[string]any:
		b, ok := before.(map[string]any)
		if !ok {
			return now
		}
		same := len(n) == len(b)
		for field, value := range n {
			old, there := b[field]
			if !there {
				same = false
				continue
			}
			n[field] = share(value, old)
			same = same && identical(n[field], old)
		}
		if same {
			return before
		}
	case []any:
		b, ok := before.([]any)
		if !ok {
			return now
		}
		same := len(n) == len(b)
		for i := range min(len(n), len(b)) {
			n[i] = share(n[i], b[i])
			same = same && identical(n[i], b[i])
		}
		if same {
			return before
		}
	default:
		if reflect.DeepEqual(now, before) {
			return before
		}
	}
	return now
}

// identical says whether share has found a value to be the old one.
func identical(now, before any) bool {
	switch n := now.(type) {
	case map[string]any:
		b, ok := before.(map[string]any)
		return ok && reflect.ValueOf(n).Pointer() == reflect.ValueOf(b).Pointer()
	case []any:
		b, ok := before.([]any)
		return ok && len(n) == len(b) && (len(n) == 0 || &n[0] == &b[0])
	}
	return reflect.DeepEqual(now, before)
}
