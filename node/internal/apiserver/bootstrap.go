package apiserver

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	scheduling "k8s.io/kubernetes/pkg/apis/scheduling/v1"
	rbacrest "k8s.io/kubernetes/pkg/registry/rbac/rest"
	schedulingrest "k8s.io/kubernetes/pkg/registry/scheduling/rest"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// hookName names the hook in /readyz and in the log.
const hookName = "podlab-bootstrap"

// writers is how many objects are written at a time: writing one is mostly to wait.
const writers = 4

// bootstrapHook writes the default roles and the system priority classes.
// Kubernetes' own two hooks do so too, but they begin after a second, and until
// then the server is not ready. They still do all their work, compare what is there
// with what should be; only nothing waits for them.
type bootstrapHook map[string]genericapiserver.PostStartHookFunc

func bootstrap() (bootstrapHook, error) {
	h := make(bootstrapHook)
	for _, p := range []genericapiserver.PostStartHookProvider{
		rbacrest.RESTStorageProvider{},
		schedulingrest.RESTStorageProvider{},
	} {
		name, hook, err := p.PostStartHook()
		if err != nil {
			return nil, fmt.Errorf("find Kubernetes' own hook: %w", err)
		}
		h[name] = hook
	}
	return h, nil
}

// replaces are the names of Kubernetes' own hooks.
func (h bootstrapHook) replaces() []string { return slices.Sorted(maps.Keys(h)) }

// run returns when the objects are there.
func (h bootstrapHook) run(hook genericapiserver.PostStartHookContext) error {
	cfg := rest.CopyConfig(hook.LoopbackClientConfig)
	cfg.ContentType = runtime.ContentTypeProtobuf // half the work
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	err = wait.PollUntilContextTimeout(hook, 20*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		err := write(ctx, client)
		if err != nil {
			klog.Infof("bootstrap, once more: %v", err) // the storage may not be ready yet
		}
		return err == nil, nil
	})
	if err != nil {
		return fmt.Errorf("write the default roles and priority classes: %w", err)
	}
	for name, own := range h {
		go func() {
			if err := own(hook); err != nil {
				klog.Fatalf("%s: %v", name, err) // as where it is a hook
			}
		}()
	}
	return nil
}

// write creates what is missing. What is last, a priority class, tells whether all
// is there.
func write(ctx context.Context, client kubernetes.Interface) error {
	classes := scheduling.SystemPriorityClasses()
	last := classes[len(classes)-1].Name
	if _, err := client.SchedulingV1().PriorityClasses().Get(ctx, last, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return err
	}
	rbac := client.RbacV1()
	group, creating := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	create(creating, group, rbac.ClusterRoles(), slices.Concat(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()))
	create(creating, group, rbac.ClusterRoleBindings(), slices.Concat(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()))
	for namespace, roles := range bootstrappolicy.NamespaceRoles() {
		create(creating, group, rbac.Roles(namespace), roles)
	}
	for namespace, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		create(creating, group, rbac.RoleBindings(namespace), bindings)
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, c := range classes {
		if err := unlessThere(client.SchedulingV1().PriorityClasses().Create(ctx, c, metav1.CreateOptions{})); err != nil {
			return err
		}
	}
	return nil
}

// create creates objects of a kind unless they are there.
func create[T any](ctx context.Context, group *errgroup.Group, in interface {
	Create(ctx context.Context, object *T, opts metav1.CreateOptions) (*T, error)
}, objects []T,
) {
	for i := range objects {
		group.Go(func() error { return unlessThere(in.Create(ctx, &objects[i], metav1.CreateOptions{})) })
	}
}

func unlessThere[T any](_ *T, err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
