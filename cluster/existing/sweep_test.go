package existing

import (
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// objects are those of an API server, by their path, with their owners.
type objects struct {
	mu     sync.Mutex
	owners map[string]string
	gone   []string // in order
}

var kinds = []struct{ list, kind, resource string }{
	{"/api/v1", "Namespace", "namespaces"},
	{"/api/v1", "Pod", "pods"},
	{"/apis/admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"},
}

// serve answers discovery, lists, gets and deletes.
func (o *objects) serve(w http.ResponseWriter, r *http.Request) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch r.URL.Path {
	case "/api":
		o.answer(w, metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
		return true
	case "/apis":
		v := metav1.GroupVersionForDiscovery{GroupVersion: "admissionregistration.k8s.io/v1", Version: "v1"}
		o.answer(w, metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{
			{Name: "admissionregistration.k8s.io", Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v},
		}})
		return true
	}
	for _, k := range kinds {
		switch r.URL.Path {
		case k.list:
			o.discover(w, k.list)
			return true
		case k.list + "/" + k.resource:
			o.list(w, k.list, k.kind, k.resource, strings.TrimPrefix(r.URL.Query().Get("labelSelector"), Label+"="))
			return true
		}
	}
	if _, there := o.owners[r.URL.Path]; !there {
		w.WriteHeader(http.StatusNotFound)
		return strings.Count(r.URL.Path, "/") > 3
	}
	if r.Method == http.MethodDelete {
		delete(o.owners, r.URL.Path)
		o.gone = append(o.gone, r.URL.Path)
	}
	o.answer(w, o.object(r.URL.Path, "v1", "Thing"))
	return true
}

func (o *objects) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (o *objects) discover(w http.ResponseWriter, version string) {
	list := metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: strings.TrimPrefix(strings.TrimPrefix(version, "/apis/"), "/api/"),
	}
	for _, k := range kinds {
		if k.list == version {
			list.APIResources = append(list.APIResources,
				metav1.APIResource{Name: k.resource, Kind: k.kind, Namespaced: k.kind == "Pod", Verbs: metav1.Verbs{"list", "get", "delete"}},
				metav1.APIResource{Name: k.resource + "/status", Kind: k.kind, Namespaced: k.kind == "Pod", Verbs: metav1.Verbs{"get"}})
		}
	}
	o.answer(w, list)
}

func (o *objects) list(w http.ResponseWriter, version, kind, resource, owner string) {
	items := []any{}
	for p, its := range o.owners {
		if strings.HasPrefix(p, version) && path.Base(path.Dir(p)) == resource && its == owner {
			items = append(items, o.object(p, "v1", kind))
		}
	}
	o.answer(w, map[string]any{"apiVersion": "v1", "kind": kind + "List", "items": items})
}

func (o *objects) object(p, version, kind string) map[string]any {
	metadata := map[string]any{"name": path.Base(p), "uid": p, "labels": map[string]string{Label: o.owners[p]}}
	if parts := strings.Split(p, "/"); len(parts) > 5 && parts[3] == "namespaces" {
		metadata["namespace"] = parts[4]
	}
	return map[string]any{"apiVersion": version, "kind": kind, "metadata": metadata}
}

func withObjects(t *testing.T, o *objects) *Provider {
	t.Helper()
	p, _ := provider(t, serverWith(t, corev1.ConditionTrue, o.serve), "mine")
	if err := p.Up(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// Down takes away what the lab made, webhooks first, and nothing else.
func TestDownSweeps(t *testing.T) {
	o := &objects{}
	p := withObjects(t, o)
	owner, err := p.Owner()
	if err != nil {
		t.Fatal(err)
	}
	const webhook = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/mine"
	o.owners = map[string]string{
		"/api/v1/namespaces/default/pods/mine":   owner,
		"/api/v1/namespaces/default/pods/yours":  "another",
		"/api/v1/namespaces/default/pods/theirs": "",
		"/api/v1/namespaces/mine":                owner,
		webhook:                                  owner,
	}
	if err := p.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{webhook, "/api/v1/namespaces/default/pods/mine", "/api/v1/namespaces/mine"}
	if o.gone[0] != webhook {
		t.Errorf("deleted in the order %q", o.gone)
	}
	slices.Sort(o.gone)
	slices.Sort(want)
	if !slices.Equal(o.gone, want) {
		t.Errorf("deleted %q, want %q", o.gone, want)
	}
	if err := p.Down(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}

// What is another's keeps lessons from being played; the lab's own does not.
func TestFree(t *testing.T) {
	o := &objects{}
	p := withObjects(t, o)
	owner, err := p.Owner()
	if err != nil {
		t.Fatal(err)
	}
	o.owners = map[string]string{
		"/api/v1/namespaces/default/pods/mine":  owner,
		"/api/v1/namespaces/default/pods/yours": "",
	}
	wanted := []Object{{Kind: "Pod", Namespace: "default", Name: "mine"}, {Kind: "Pod", Namespace: "default", Name: "nobodys"}, {APIVersion: "example.com/v1", Kind: "Thing", Name: "x"}}
	if err := p.Free(t.Context(), wanted); err != nil {
		t.Error(err)
	}
	err = p.Free(t.Context(), append(wanted, Object{Kind: "Pod", Namespace: "default", Name: "yours"}))
	if !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), "Pod default/yours") || strings.Contains(err.Error(), "mine") {
		t.Errorf("%v", err)
	}
}

// A cluster that is gone is forgotten, and the error says what may be there.
func TestDownWithoutAnswer(t *testing.T) {
	p, _ := provider(t, server(t, corev1.ConditionTrue), "mine")
	if err := p.Up(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.Clusters["mine"].Server = "https://127.0.0.1:1"
	if err := clientcmd.WriteToFile(*config, p.Kubeconfig()); err != nil {
		t.Fatal(err)
	}
	if err := p.Down(t.Context()); err == nil || !strings.Contains(err.Error(), Label+"=unit-") {
		t.Errorf("%v", err)
	}
	if err := p.Down(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}
