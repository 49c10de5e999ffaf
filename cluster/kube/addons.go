package kube

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"io"
	"text/template"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"github.com/podlab/podlab/internal/say"
)

//go:embed addons
var addonFiles embed.FS

// fieldManager is the owner of what podlab applies.
const fieldManager = "podlab"

// The images of what is installed, as upstream names them.
const (
	CoreDNSImage       = "registry.k8s.io/coredns/coredns:v1.14.2"
	MetricsServerImage = "registry.k8s.io/metrics-server/metrics-server:v0.9.0"
)

// Addons are what a lab has besides Kubernetes itself: metrics, and DNS where
// its cluster comes without.
type Addons struct {
	// DNSIP is the Service address of the DNS to install for Domain; empty, the
	// cluster has one.
	DNSIP, Domain string
	// SelfSigned says that the kubelets' certificates are their own, and not of
	// the cluster's authority.
	SelfSigned bool
}

// Apply installs the addons and does not wait for them: see Wait. Applying them
// again changes nothing.
func (a Addons) Apply(ctx context.Context, kubeconfig string) error {
	cfg, err := Config(kubeconfig)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return say.Errorf("reach the lab: %w", err)
	}
	objects, err := a.objects()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, o := range objects {
		group.Go(func() error { return apply(ctx, client, o) })
	}
	return group.Wait()
}

func apply(ctx context.Context, client dynamic.Interface, o *unstructured.Unstructured) error {
	// The plural is regular for all kinds that the addons use.
	resource, _ := meta.UnsafeGuessKindToResource(o.GroupVersionKind())
	var target dynamic.ResourceInterface = client.Resource(resource)
	if ns := o.GetNamespace(); ns != "" {
		target = client.Resource(resource).Namespace(ns)
	}
	// Most often the object is new, and making it costs the API server much
	// less than applying: the first of those reads the schema of everything. A
	// Service that is there already has its IP allocated, and so is called invalid.
	_, err := target.Create(ctx, o, metav1.CreateOptions{FieldManager: fieldManager})
	if !apierrors.IsAlreadyExists(err) && !apierrors.IsInvalid(err) {
		return addonError(o, err)
	}
	_, err = target.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	return addonError(o, err)
}

func addonError(o *unstructured.Unstructured, err error) error {
	if err == nil {
		return nil
	}
	return say.Errorf("install %s %s: %w", o.GetKind(), o.GetName(), err)
}

// objects are the addons' objects, with the lab's addresses in them.
func (a Addons) objects() ([]*unstructured.Unstructured, error) {
	files := []string{"addons/metrics-server.yaml"}
	if a.DNSIP != "" {
		files = append(files, "addons/coredns.yaml")
	}
	tmpl, err := template.ParseFS(addonFiles, files...)
	if err != nil {
		return nil, say.Errorf("read the addons: %w", err)
	}
	values := map[string]any{
		"DNSIP": a.DNSIP, "Domain": a.Domain, "SelfSigned": a.SelfSigned,
		"CoreDNSImage": CoreDNSImage, "MetricsServerImage": MetricsServerImage,
	}
	var objects []*unstructured.Unstructured
	for _, t := range tmpl.Templates() {
		var text bytes.Buffer
		if err := t.Execute(&text, values); err != nil {
			return nil, say.Errorf("read the addons: %w", err)
		}
		decoder := yaml.NewYAMLOrJSONDecoder(&text, 4096)
		for {
			o := new(unstructured.Unstructured)
			err := decoder.Decode(o)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, say.Errorf("read the addons in %s: %w", t.Name(), err)
			}
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// Wait returns when CoreDNS and metrics-server are ready. Metrics of a Pod come
// some seconds later still.
func (Addons) Wait(ctx context.Context, kubeconfig string) error {
	client, err := Client(kubeconfig)
	if err != nil {
		return err
	}
	const namespace = "kube-system"
	waiting := map[string]bool{"coredns": true, "metrics-server": true}
	err = Follow(ctx, func() (watch.Interface, error) {
		return client.AppsV1().Deployments(namespace).Watch(ctx, metav1.ListOptions{})
	}, func(e watch.Event) bool {
		if d, ok := e.Object.(*appsv1.Deployment); ok && d.Status.AvailableReplicas > 0 {
			delete(waiting, d.Name)
		}
		return len(waiting) == 0
	})
	if err != nil {
		return say.Errorf("wait for the addons: %w", err)
	}
	return nil
}
