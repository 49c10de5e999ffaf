package existing

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/say"
)

// sweepLimit is how long objects may take to go: Pods are given time to end,
// and a namespace goes after all that is in it.
const sweepLimit = 2 * time.Minute

// sweep deletes what carries the lab's label and waits until it is gone. Its
// error is Forbidden if there may be more, which the user may not list.
func (p *Provider) sweep(ctx context.Context, at site) error {
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	c, err := p.reach(ctx, at.config)
	if err != nil {
		return err
	}
	s := sweeping{clients: c, namespaces: slices.Compact(slices.Sorted(slices.Values(at.namespaces)))}
	if s.places, err = c.kinds(ctx); err != nil {
		return err
	}
	for {
		left, err := s.delete(ctx)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return s.unseen()
		}
		select {
		case <-ctx.Done():
			return say.Errorf("still there: %s", strings.Join(left, ", "))
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// clients are how the cluster is asked for objects of any kind, and whose the
// lab's are.
type clients struct {
	owner     string
	discovery discovery.DiscoveryInterface
	dynamic   dynamic.Interface
	typed     kubernetes.Interface
}

// reach returns clients whose questions about kinds end with ctx.
func (p *Provider) reach(ctx context.Context, config *rest.Config) (clients, error) {
	owner, err := p.Owner()
	if err != nil {
		return clients{}, err
	}
	ending := rest.CopyConfig(config)
	ending.Wrap(func(next http.RoundTripper) http.RoundTripper { return endsWith{next, ctx} })
	d, err := discovery.NewDiscoveryClientForConfig(ending)
	if err != nil {
		return clients{}, say.Errorf("reach the cluster: %w", err)
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return clients{}, say.Errorf("reach the cluster: %w", err)
	}
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return clients{}, say.Errorf("reach the cluster: %w", err)
	}
	return clients{owner, d, objects, typed}, nil
}

// endsWith ends requests with a context: the library's discovery takes none.
type endsWith struct {
	next http.RoundTripper
	ctx  context.Context
}

// RoundTrip implements http.RoundTripper.
func (e endsWith) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	context.AfterFunc(e.ctx, cancel)
	return e.next.RoundTrip(req.WithContext(ctx))
}

// kinds are those whose objects can be listed and deleted. Webhooks come first,
// since they may stand in the way of the others' end.
func (c clients) kinds(ctx context.Context) ([]where, error) {
	lists, err := discovery.ServerPreferredResources(c.discovery)
	if ctx.Err() != nil {
		err = ctx.Err() // what has not been told by then is no sign that it is away
	}
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) { // an extension that is away has none of ours
		return nil, say.Errorf("ask the cluster for its kinds: %w", err)
	}
	var all []where
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "delete") {
				all = append(all, where{gv.WithResource(r.Name), r.Namespaced, ""})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b where) int { return rank(a) - rank(b) })
	return all, nil
}

func rank(r where) int {
	switch {
	case r.Group == "admissionregistration.k8s.io":
		return 0
	case r.Resource == "customresourcedefinitions":
		return 2 // its objects go by its end
	}
	return 1
}

// sweeping is one sweep of a cluster.
type sweeping struct {
	clients
	namespaces []string // where to look if it may not be done everywhere
	places     []where  // where there may be objects
	closed     []where  // where it cannot be told, and why
	why        error
}

// delete asks for the end of all objects of the owner, and returns those that
// are still there.
func (s *sweeping) delete(ctx context.Context) (left []string, err error) {
	selector := metav1.ListOptions{LabelSelector: Label + "=" + s.owner}
	for i := 0; i < len(s.places); i++ {
		w := s.places[i]
		list, err := s.dynamic.Resource(w.GroupVersionResource).Namespace(w.namespace).List(ctx, selector)
		switch {
		case apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err):
			continue
		case apierrors.IsForbidden(err):
			s.places = slices.Replace(s.places, i, i+1, s.narrow(ctx, w, err)...)
			i--
			continue
		case err != nil:
			return nil, say.Errorf("list %s: %w", w.Resource, err)
		}
		for i := range list.Items {
			o := &list.Items[i]
			left = append(left, o.GetKind()+" "+strings.TrimPrefix(o.GetNamespace()+"/"+o.GetName(), "/"))
			if o.GetDeletionTimestamp() != nil {
				continue
			}
			if err := s.deleteOne(ctx, w.GroupVersionResource, o); err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}

// deleteOne deletes an object, unless another has taken its name meanwhile.
func (c clients) deleteOne(ctx context.Context, r schema.GroupVersionResource, o *unstructured.Unstructured) error {
	uid, background := o.GetUID(), metav1.DeletePropagationBackground
	err := c.dynamic.Resource(r).Namespace(o.GetNamespace()).Delete(ctx, o.GetName(), metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &background,
	})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return say.Errorf("delete %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return nil
}

// Object names an object that a lesson makes.
type Object struct {
	APIVersion, Kind, Namespace, Name string
}

// ErrTaken is the error of Free.
var ErrTaken = say.Errorf("the cluster has objects of the names that lessons use")

// Free returns nil if none of the objects is on the cluster, but for the lab's
// own: a lesson would change and delete what is another's. A kind that the
// cluster does not know has no objects.
func (p *Provider) Free(ctx context.Context, objects []Object) error {
	config, err := kube.Config(p.Kubeconfig())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	c, err := p.reach(ctx, config)
	if err != nil {
		return err
	}
	known := make(map[string]*metav1.APIResourceList)
	var taken []string
	for _, o := range objects {
		found, err := c.get(ctx, o, known)
		if err != nil {
			return say.Errorf("look for %s %s: %w", o.Kind, o.Name, err)
		}
		if found != nil && found.GetLabels()[Label] != c.owner {
			taken = append(taken, o.Kind+" "+strings.TrimPrefix(found.GetNamespace()+"/"+o.Name, "/"))
		}
	}
	if len(taken) > 0 {
		return say.Errorf("%w: %s: remove them, or leave those lessons out", ErrTaken, strings.Join(taken, ", "))
	}
	return nil
}

// get returns an object, nil if there is none.
func (c clients) get(ctx context.Context, o Object, known map[string]*metav1.APIResourceList) (*unstructured.Unstructured, error) {
	version := o.APIVersion
	if version == "" {
		version = "v1"
	}
	if known[version] == nil {
		list, err := c.discovery.ServerResourcesForGroupVersion(version)
		if apierrors.IsNotFound(err) {
			list, err = &metav1.APIResourceList{}, nil
		}
		if err != nil {
			return nil, err
		}
		known[version] = list
	}
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		return nil, err
	}
	for _, r := range known[version].APIResources {
		if r.Kind != o.Kind || strings.Contains(r.Name, "/") {
			continue
		}
		var objects dynamic.ResourceInterface = c.dynamic.Resource(gv.WithResource(r.Name))
		if r.Namespaced {
			objects = c.dynamic.Resource(gv.WithResource(r.Name)).Namespace(o.Namespace)
		}
		found, err := objects.Get(ctx, o.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil, nil
		}
		return found, err
	}
	return nil, nil
}
