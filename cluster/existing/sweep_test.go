package existing

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// objects are those of an API server, by their path, with their owners.
type objects struct {
	mu     sync.Mutex
	owners map[string]string
	gone   []string // in order
	// forbidden are the paths whose list is refused, and makes the kinds that the
	// user may make nevertheless, in a namespace or outside of all.
	forbidden, makes []string
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
	if r.URL.Path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" {
		body, _ := io.ReadAll(r.Body) // half of one is not understood
		var review authorizationv1.SelfSubjectAccessReview
		if _, _, err := scheme.Codecs.UniversalDeserializer().Decode(body, nil, &review); err != nil {
			return false
		}
		a := review.Spec.ResourceAttributes
		review.Status.Allowed = a.Verb == "create" && slices.Contains(o.makes, path.Join(a.Namespace, a.Resource))
		o.answer(w, review)
		return true
	}
	for _, k := range kinds {
		switch r.URL.Path {
		case k.list:
			o.discover(w, k.list)
			return true
		case k.list + "/" + k.resource, k.list + "/namespaces/default/" + k.resource, k.list + "/namespaces/mine/" + k.resource:
			if slices.Contains(o.forbidden, r.URL.Path) {
				w.WriteHeader(http.StatusForbidden)
				return true
			}
			o.list(w, strings.TrimSuffix(r.URL.Path, "/"+k.resource), k.kind, k.resource, strings.TrimPrefix(r.URL.Query().Get("labelSelector"), Label+"="))
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

// Where a kind may not be listed everywhere, the namespaces that lessons use are
// looked at one by one. What may be left unseen is told and not forgotten.
func TestDownWhereListsAreForbidden(t *testing.T) {
	const pods, webhooks, pod = "/api/v1/pods", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", "/api/v1/namespaces/default/pods/mine"
	for name, c := range map[string]struct {
		forbidden, makes []string
		want             string // what the error says; "" is none
		left             int
	}{
		"everywhere alone":      {[]string{pods, webhooks}, []string{"default/pods", "mine/pods"}, "", 0},
		"nor may it be made":    {[]string{pods, "/api/v1/namespaces/default/pods"}, nil, "", 1},
		"in a namespace":        {[]string{pods, "/api/v1/namespaces/default/pods"}, []string{"default/pods"}, "list default/pods:", 1},
		"outside of namespaces": {[]string{webhooks}, []string{"mutatingwebhookconfigurations"}, "list mutatingwebhookconfigurations:", 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := &objects{forbidden: c.forbidden, makes: c.makes}
			p := withObjects(t, o)
			owner, err := p.Owner()
			if err != nil {
				t.Fatal(err)
			}
			o.owners = map[string]string{pod: owner}
			err = p.Down(t.Context())
			if len(o.owners) != c.left || (err == nil) != (c.want == "") {
				t.Errorf("left are %q, %v", o.owners, err)
			}
			_, kept := os.Stat(p.Kubeconfig())
			switch {
			case c.want == "" && kept == nil:
				t.Error("the copy is still there")
			case c.want != "" && (kept != nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--context") || !strings.Contains(err.Error(), Label+"="+owner)):
				t.Errorf("%v; the copy: %v", err, kept)
			}
		})
	}
}

// The context's own namespace is one that lessons use, whoever may look into it.
func TestDownLooksIntoTheContext(t *testing.T) {
	const pod = "/api/v1/namespaces/mine/pods/x"
	o := &objects{forbidden: []string{"/api/v1/pods"}}
	p := withObjects(t, o)
	config, err := clientcmd.LoadFromFile(p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.Contexts["mine"].Namespace = "mine"
	if err := clientcmd.WriteToFile(*config, p.Kubeconfig()); err != nil {
		t.Fatal(err)
	}
	owner, err := p.Owner()
	if err != nil {
		t.Fatal(err)
	}
	o.owners = map[string]string{pod: owner}
	if err := p.Down(t.Context()); err != nil || !slices.Equal(o.gone, []string{pod}) {
		t.Errorf("%q is gone, %v", o.gone, err)
	}
}

// An API server that hangs while it is asked for its kinds is waited for no
// longer than the user does.
func TestDownEndsWithItsContext(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var hang atomic.Bool
	p, _ := provider(t, serverWith(t, corev1.ConditionTrue, func(_ http.ResponseWriter, r *http.Request) bool {
		if hang.Load() {
			interrupt()
			<-r.Context().Done()
		}
		return hang.Load()
	}), "mine")
	if err := p.Up(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	hang.Store(true)
	if err := p.Down(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(p.Kubeconfig()); err != nil {
		t.Errorf("the copy: %v", err)
	}
}

// at is the same lab as p, started on another cluster.
func at(t *testing.T, p *Provider, c *clientcmdapi.Cluster) *Provider {
	t.Helper()
	other, _ := provider(t, c, "work")
	other.cfg.Dir = p.cfg.Dir
	return other
}

// What the lab made is deleted also where its copy of the context was lost, or
// is another cluster's, if the context is named.
func TestDownSweepsWhatIsNamed(t *testing.T) {
	const pod = "/api/v1/namespaces/default/pods/mine"
	here, there := &objects{}, &objects{}
	p := withObjects(t, here)
	owner, err := p.Owner()
	if err != nil {
		t.Fatal(err)
	}
	here.owners = map[string]string{pod: owner}
	if err := p.forget(); err != nil {
		t.Fatal(err)
	}
	if err := New(Config{Name: "unit", Dir: p.cfg.Dir}).Down(t.Context()); err != nil || len(here.gone) != 0 {
		t.Errorf("nothing named: %q is gone, %v", here.gone, err)
	}
	if err := p.Down(t.Context()); err != nil || !slices.Equal(here.gone, []string{pod}) {
		t.Errorf("no copy: %q is gone, %v", here.gone, err)
	}

	here.owners, there.owners = map[string]string{pod: owner}, map[string]string{pod: owner}
	if err := at(t, p, serverWith(t, corev1.ConditionTrue, there.serve)).Up(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	wrong := New(p.cfg)
	wrong.cfg.Context = "nobody"
	if err := wrong.Down(t.Context()); err == nil || !strings.Contains(err.Error(), "it has mine, work") {
		t.Errorf("named wrongly: %v", err)
	}
	if err := p.Down(t.Context()); err != nil || len(here.owners)+len(there.owners) != 0 {
		t.Errorf("left are %q and %q, %v", here.owners, there.owners, err)
	}
	if _, err := os.Stat(p.Kubeconfig()); !os.IsNotExist(err) {
		t.Errorf("the copy is still there: %v", err)
	}
}

// A start that comes to nothing, and an end that is interrupted, leave the copy
// by which the next end finds what the lab made.
func TestCopyIsKept(t *testing.T) {
	p := withObjects(t, &objects{})
	before, err := os.ReadFile(p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for name, f := range map[string]func() error{
		"another does not answer": func() error {
			return at(t, p, &clientcmdapi.Cluster{Server: "https://127.0.0.1:1"}).Up(t.Context(), nil)
		},
		"another is not Ready":  func() error { return at(t, p, server(t, corev1.ConditionFalse)).Up(t.Context(), nil) },
		"interrupted at start":  func() error { return p.Up(interrupted, nil) },
		"interrupted at an end": func() error { return p.Down(interrupted) },
	} {
		if err := f(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if after, err := os.ReadFile(p.Kubeconfig()); err != nil || string(after) != string(before) {
			t.Errorf("%s: the copy is not as it was: %v", name, err)
		}
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
