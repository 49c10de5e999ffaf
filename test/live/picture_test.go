//go:build live && linux

package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// picture is what a cluster is made of at one moment, each part with its value:
// every object of every kind by its name; of the nodes also what lessons can
// change in them, their files, and the settings that their kubelets run with.
type picture map[string]string

// diff says what of a later picture is different, a line each.
func (p picture) diff(later picture) []string {
	var lines []string
	for part, was := range p {
		switch is, ok := later[part]; {
		case !ok:
			lines = append(lines, fmt.Sprintf("- %s %s", part, was))
		case is != was:
			lines = append(lines, fmt.Sprintf("~ %s: %s → %s", part, was, is))
		}
	}
	for part, is := range later {
		if _, ok := p[part]; !ok {
			lines = append(lines, fmt.Sprintf("+ %s %s", part, is))
		}
	}
	slices.Sort(lines)
	return lines
}

// photographer takes pictures of a lab's cluster.
type photographer struct {
	home      *home
	discovery *discovery.DiscoveryClient
	objects   *dynamic.DynamicClient
}

func newPhotographer(h *home) *photographer {
	h.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", strings.TrimSpace(h.must("cluster", "kubeconfig")))
	if err != nil {
		h.t.Fatal(err)
	}
	config.QPS = -1                           // no limit: a picture is of one moment
	config.WarningHandler = rest.NoWarnings{} // it looks at old kinds, too
	p := &photographer{home: h}
	if p.discovery, err = discovery.NewDiscoveryClientForConfig(config); err != nil {
		h.t.Fatal(err)
	}
	if p.objects, err = dynamic.NewForConfig(config); err != nil {
		h.t.Fatal(err)
	}
	return p
}

var nodeResource = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}

// take takes one picture.
func (p *photographer) take(ctx context.Context) (picture, error) {
	pic := picture{}
	kinds, err := p.discovery.ServerPreferredResources()
	if err != nil {
		return nil, err
	}
	for _, kind := range discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "get"}}, kinds) {
		version, err := schema.ParseGroupVersion(kind.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range kind.APIResources {
			if r.Name == "events" || version.Group == "metrics.k8s.io" || r.Name == "componentstatuses" {
				continue // reports, not parts: they come and go by themselves
			}
			list, err := p.objects.Resource(version.WithResource(r.Name)).List(ctx, metav1.ListOptions{})
			if err != nil {
				return nil, fmt.Errorf("list %s: %w", r.Name, err)
			}
			pic["kind "+version.WithResource(r.Name).GroupResource().String()] = ""
			for _, o := range list.Items {
				pic[version.WithResource(r.Name).GroupResource().String()+" "+strings.TrimPrefix(o.GetNamespace()+"/"+o.GetName(), "/")] = ""
			}
		}
	}
	nodes, err := p.objects.Resource(nodeResource).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for _, n := range nodes.Items {
		pic.node(n)
		if err := p.kubelet(ctx, pic, n.GetName()); err != nil {
			return nil, err
		}
	}
	return pic, nil
}

// node adds what lessons can change in a node.
func (pic picture) node(n unstructured.Unstructured) {
	at := "node " + n.GetName() + " "
	add := func(what string, values map[string]string) {
		for k, v := range values {
			pic[at+what+" "+k] = v
		}
	}
	texts := func(path ...string) map[string]string {
		m, _, err := unstructured.NestedStringMap(n.Object, path...)
		if err != nil {
			return map[string]string{strings.Join(path, "."): err.Error()}
		}
		return m
	}
	add("label", n.GetLabels())
	add("annotation", n.GetAnnotations())
	add("capacity", texts("status", "capacity"))
	add("allocatable", texts("status", "allocatable"))
	entries := func(what, key string, values []string, path ...string) {
		list, _, _ := unstructured.NestedSlice(n.Object, path...) // none if it is of another type
		for _, entry := range list {
			e, _ := entry.(map[string]any)
			var text []string
			for _, v := range values {
				text = append(text, fmt.Sprint(e[v]))
			}
			pic[at+what+" "+fmt.Sprint(e[key])] = strings.Join(text, " ")
		}
	}
	entries("taint", "key", []string{"value", "effect"}, "spec", "taints")
	entries("condition", "type", []string{"status"}, "status", "conditions")
}

// nodeFiles prints the files by which lessons and kubelets speak to each other.
// In the kubelet's own folder files are its memory: folders count.
const nodeFiles = `find /etc/kubernetes -type f -exec sha256sum {} +
find /var/lib/kubelet /var/lib/kubelet/pods -mindepth 1 -maxdepth 1 -type d -printf 'folder  %p\n'
find /var/lib/kubelet/seccomp -type f -exec sha256sum {} +`

// kubelet adds a node's files and the settings that its kubelet runs with.
func (p *photographer) kubelet(ctx context.Context, pic picture, node string) error {
	r := p.home.start(ctx, "node", "shell", node, "--", "sh", "-c", nodeFiles)
	if r.err != nil {
		return fmt.Errorf("list files of %s: %s", node, r)
	}
	for line := range strings.Lines(r.out) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		pic["node "+node+" file "+file] = sum
	}
	raw, err := p.discovery.RESTClient().Get().AbsPath("/api/v1/nodes", node, "proxy/configz").DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("settings of the kubelet of %s: %w", node, err)
	}
	var settings struct{ KubeletConfig map[string]json.RawMessage }
	if err := json.Unmarshal(raw, &settings); err != nil {
		return err
	}
	if len(settings.KubeletConfig) == 0 {
		return errors.New("no settings of the kubelet: " + string(raw))
	}
	for name, value := range settings.KubeletConfig {
		pic["node "+node+" setting "+name] = string(value)
	}
	return nil
}

// still takes a picture of a cluster that has come to rest: its add-ons run, and
// nothing in it changes any more.
func (p *photographer) still() picture {
	p.home.t.Helper()
	var last picture
	var why error
	err := wait.PollUntilContextTimeout(p.home.t.Context(), 3*time.Second, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		var now picture
		if now, why = p.take(ctx); why == nil {
			why = p.addonsRun(ctx)
		}
		same := why == nil && maps.Equal(now, last)
		last = now
		return same, nil
	})
	if err != nil {
		p.home.t.Fatalf("the cluster does not come to rest: %v, %v", err, why)
	}
	return last
}

// addonsRun returns which of the cluster's own Deployments does not run yet.
func (p *photographer) addonsRun(ctx context.Context) error {
	list, err := p.objects.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).
		Namespace(metav1.NamespaceSystem).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return errors.New("no add-ons")
	}
	for _, d := range list.Items {
		want, _, _ := unstructured.NestedInt64(d.Object, "spec", "replicas")
		if have, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas"); have < want {
			return fmt.Errorf("%s: %d of %d replicas", d.GetName(), have, want)
		}
	}
	return nil
}

// compare fails the test unless the cluster is as in the picture. What a
// controller takes away on its own account may take it a moment.
func (p *photographer) compare(t testing.TB, before picture) {
	t.Helper()
	var lines []string
	err := wait.PollUntilContextTimeout(t.Context(), 2*time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
		now, err := p.take(ctx)
		switch {
		case err == nil:
			lines = before.diff(now)
		case ctx.Err() == nil: // else time is over, and the last difference counts
			lines = []string{err.Error()}
		}
		return err == nil && len(lines) == 0, nil
	})
	if err != nil {
		t.Errorf("the cluster is not as it was (+ left behind, - gone, ~ changed): %v\n%s", err, strings.Join(lines, "\n"))
	}
}
