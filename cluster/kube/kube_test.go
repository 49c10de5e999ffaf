package kube

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/yaml"
)

func TestAddonObjects(t *testing.T) {
	objects, err := Addons{DNSIP: "10.96.0.10", Domain: "cluster.local"}.objects()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, o := range objects {
		id := o.GetKind() + "/" + o.GetName()
		if seen[id] {
			t.Errorf("%s twice", id)
		}
		seen[id] = true
		text, err := yaml.Marshal(o)
		if err != nil || strings.Contains(string(text), "{{") || strings.Contains(string(text), "<no value>") {
			t.Errorf("%s: %v\n%s", id, err, text)
		}
	}
	for _, want := range []string{"Deployment/coredns", "Service/kube-dns", "Deployment/metrics-server", "APIService/v1beta1.metrics.k8s.io"} {
		if !seen[want] {
			t.Errorf("no %s in %v", want, seen)
		}
	}
}

func TestIsReady(t *testing.T) {
	started := time.Date(2026, 1, 2, 3, 4, 5, 600e6, time.UTC)
	condition := func(status corev1.ConditionStatus, at time.Time) *corev1.Node {
		return &corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse, LastHeartbeatTime: metav1.NewTime(at)},
			{Type: corev1.NodeReady, Status: status, LastHeartbeatTime: metav1.NewTime(at)},
		}}}
	}
	for name, c := range map[string]struct {
		node *corev1.Node
		want bool
	}{
		"ready":              {condition(corev1.ConditionTrue, started.Add(2*time.Second)), true},
		"in the same second": {condition(corev1.ConditionTrue, started.Truncate(time.Second)), true},
		"of an earlier lab":  {condition(corev1.ConditionTrue, started.Add(-time.Minute)), false},
		"not ready":          {condition(corev1.ConditionFalse, started.Add(2*time.Second)), false},
		"unknown":            {&corev1.Node{}, false},
	} {
		if got := IsReady(c.node, started); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestIsHeld(t *testing.T) {
	n := &corev1.Node{}
	if IsHeld(n) {
		t.Error("a node without taints is held")
	}
	n.Spec.Taints = []corev1.Taint{{Key: "a-learner's"}, {Key: corev1.TaintNodeNotReady}}
	if !IsHeld(n) {
		t.Error("a node that is not to be used yet is not held")
	}
}

// A watch that ends is begun again, and its events still count.
func TestFollow(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	begun := 0
	err := Follow(ctx, func() (watch.Interface, error) {
		begun++
		w := watch.NewFakeWithChanSize(1, false)
		switch begun {
		case 1:
			return nil, errors.New("not yet")
		case 2:
			w.Stop()
		default:
			w.Add(&corev1.Node{})
		}
		return w, nil
	}, func(e watch.Event) bool { return e.Type == watch.Added })
	if err != nil || begun != 3 {
		t.Errorf("begun %d times, %v", begun, err)
	}
	cancel()
	err = Follow(ctx, func() (watch.Interface, error) { return watch.NewFake(), nil }, func(watch.Event) bool { return true })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A cluster with a DNS of its own gets no second one, and kubelets that sign
// for themselves are believed.
func TestAddonsOfAnotherCluster(t *testing.T) {
	objects, err := Addons{SelfSigned: true}.objects()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, o := range objects {
		text, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	if text := all.String(); strings.Contains(text, "coredns") || !strings.Contains(text, "--kubelet-insecure-tls") || strings.Contains(text, "--kubelet-certificate-authority") {
		t.Errorf("objects:\n%s", text)
	}
}
