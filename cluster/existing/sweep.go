package existing

import (
	"context"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/say"
)

// sweepLimit is how long objects may take to go: Pods are given time to end,
// and a namespace goes after all that is in it.
const sweepLimit = 2 * time.Minute

// sweep deletes what carries the lab's label and waits until it is gone.
func (p *Provider) sweep(ctx context.Context, config *rest.Config) error {
	c, err := p.reach(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	resources, err := c.resources()
	if err != nil {
		return err
	}
	selector := metav1.ListOptions{LabelSelector: Label + "=" + c.owner}
	for {
		left, err := c.delete(ctx, resources, selector)
		if err != nil || len(left) == 0 {
			return err
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
}

func (p *Provider) reach(config *rest.Config) (clients, error) {
	owner, err := p.Owner()
	if err != nil {
		return clients{}, err
	}
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return clients{}, say.Errorf("reach the cluster: %w", err)
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return clients{}, say.Errorf("reach the cluster: %w", err)
	}
	return clients{owner, d, objects}, nil
}

// resources are the kinds of objects that can be listed and deleted. Webhooks
// come first, since they may stand in the way of the others' end.
func (c clients) resources() ([]schema.GroupVersionResource, error) {
	lists, err := discovery.ServerPreferredResources(c.discovery)
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) { // an extension that is away has none of ours
		return nil, say.Errorf("ask the cluster for its kinds: %w", err)
	}
	var all []schema.GroupVersionResource
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "delete") {
				all = append(all, gv.WithResource(r.Name))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b schema.GroupVersionResource) int { return rank(a) - rank(b) })
	return all, nil
}

func rank(r schema.GroupVersionResource) int {
	switch {
	case r.Group == "admissionregistration.k8s.io":
		return 0
	case r.Resource == "customresourcedefinitions":
		return 2 // its objects go by its end
	}
	return 1
}

// delete asks for the end of all objects that the selector selects, and returns
// those that are still there.
func (c clients) delete(ctx context.Context, resources []schema.GroupVersionResource, selector metav1.ListOptions) (left []string, err error) {
	for _, r := range resources {
		list, err := c.dynamic.Resource(r).List(ctx, selector)
		switch {
		case apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err), apierrors.IsForbidden(err):
			continue // the user cannot have made any
		case err != nil:
			return nil, say.Errorf("list %s: %w", r.Resource, err)
		}
		for i := range list.Items {
			o := &list.Items[i]
			left = append(left, o.GetKind()+" "+strings.TrimPrefix(o.GetNamespace()+"/"+o.GetName(), "/"))
			if o.GetDeletionTimestamp() != nil {
				continue
			}
			if err := c.deleteOne(ctx, r, o); err != nil {
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
	c, err := p.reach(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
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
