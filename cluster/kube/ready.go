// Package kube is what all providers do with a lab's API server: wait until it
// and the nodes are ready, and install what every lab has.
package kube

import (
	"context"
	"net/http"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/podlab/podlab/internal/say"
)

// Config is how this program reaches the API server of a lab's kubeconfig.
func Config(kubeconfig string) (*rest.Config, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, say.Errorf("read the lab's kubeconfig: %w", err)
	}
	cfg.QPS = -1 // no limit: it is our own
	return cfg, nil
}

// Client is a client of the API server of a lab's kubeconfig.
func Client(kubeconfig string) (kubernetes.Interface, error) {
	cfg, err := Config(kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, say.Errorf("reach the lab: %w", err)
	}
	return client, nil
}

// WaitAPI returns when the API server says at path that it is ready. There is nothing
// to watch before it is: it looks every 40 ms, over loopback.
func WaitAPI(ctx context.Context, client kubernetes.Interface, path string) error {
	for {
		var status int
		client.Discovery().RESTClient().Get().RequestURI(path).Timeout(2 * time.Second).Do(ctx).StatusCode(&status)
		if status == http.StatusOK {
			return nil
		}
		select {
		case <-ctx.Done():
			return say.Errorf("wait for the API server: %w", ctx.Err())
		case <-time.After(40 * time.Millisecond):
		}
	}
}

// WaitNodes returns when that many nodes have said, each after the time that after
// tells, that they are Ready, and Pods may be put on them. progress is called for each.
func WaitNodes(ctx context.Context, client kubernetes.Interface, count int, after func(node string) time.Time, progress func(ready int, name string)) error {
	ready := make(map[string]bool)
	err := Follow(ctx, func() (watch.Interface, error) {
		return client.CoreV1().Nodes().Watch(ctx, metav1.ListOptions{})
	}, func(e watch.Event) bool {
		n, ok := e.Object.(*corev1.Node)
		if !ok || ready[n.Name] || !IsReady(n, after(n.Name)) || IsHeld(n) {
			return false
		}
		ready[n.Name] = true
		progress(len(ready), n.Name)
		return len(ready) == count
	})
	if err != nil {
		return say.Errorf("wait for the nodes: %w", err)
	}
	return nil
}

// IsReady tells whether a node reported itself Ready after a time. What a
// seeded lab knows of its nodes is from the last time that it ran.
func IsReady(n *corev1.Node, after time.Time) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue && !c.LastHeartbeatTime.Time.Before(after.Truncate(time.Second))
		}
	}
	return false
}

// IsHeld tells whether the node still has the taint with which it was born. A
// Pod that came before the taint goes would not be scheduled at first, and have
// an Event that says so.
func IsHeld(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeNotReady })
}

// WaitServiceAccount returns when Pods can be made in the default namespace.
func WaitServiceAccount(ctx context.Context, client kubernetes.Interface) error {
	const name = "default"
	err := Follow(ctx, func() (watch.Interface, error) {
		return client.CoreV1().ServiceAccounts(name).Watch(ctx, metav1.ListOptions{
			FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String(),
		})
	}, func(e watch.Event) bool { return e.Type == watch.Added || e.Type == watch.Modified })
	if err != nil {
		return say.Errorf("wait for the default service account: %w", err)
	}
	return nil
}

// Follow watches until an event satisfies done. A watch without a revision
// begins with all that is there; when it ends early it is begun again.
func Follow(ctx context.Context, begin func() (watch.Interface, error), done func(watch.Event) bool) error {
	for {
		w, err := begin()
		if err == nil {
			met := until(ctx, w, done)
			w.Stop()
			if met {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func until(ctx context.Context, w watch.Interface, done func(watch.Event) bool) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case e, open := <-w.ResultChan():
			if !open {
				return false
			}
			if done(e) {
				return true
			}
		}
	}
}
