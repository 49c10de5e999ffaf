package existing

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
)

func TestOwner(t *testing.T) {
	p := New(Config{Name: "unit", Dir: t.TempDir()})
	owner, err := p.Owner()
	if err != nil || !strings.HasPrefix(owner, "unit-") || len(owner) > 63 {
		t.Errorf("owner %q, %v", owner, err)
	}
	if again, err := New(p.cfg).Owner(); err != nil || again != owner {
		t.Errorf("owner %q and then %q, %v", owner, again, err)
	}
	if other, err := New(Config{Name: "unit", Dir: t.TempDir()}).Owner(); err != nil || other == owner {
		t.Errorf("another lab has the same owner %q, %v", other, err)
	}
}

// A file that holds no owner would make everybody's objects the lab's.
func TestOwnerIsNeverEmpty(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "blank": "\n", "cut off": "unit-abc", "not an owner": "unit\nabcdefghij"} {
		p := New(Config{Name: "unit", Dir: t.TempDir()})
		if err := os.WriteFile(p.ownerFile(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		owner, err := p.Owner()
		if err != nil || len(owner) != 15 {
			t.Errorf("%s: owner %q, %v", name, owner, err)
		}
		if kept, err := os.ReadFile(p.ownerFile()); err != nil || string(kept) != owner+"\n" {
			t.Errorf("%s: kept is %q, %v", name, kept, err)
		}
	}
}

// Whoever asks first, all have the same owner.
func TestOwnerOfAll(t *testing.T) {
	for range 20 {
		p := New(Config{Name: "unit", Dir: filepath.Join(t.TempDir(), "lab")})
		owners := make([]string, 8)
		var asking sync.WaitGroup
		for i := range owners {
			asking.Go(func() { owners[i], _ = New(p.cfg).Owner() })
		}
		asking.Wait()
		slices.Sort(owners)
		if all := slices.Compact(owners); len(all) != 1 || all[0] == "" {
			t.Fatalf("owners %q", all)
		}
	}
}

// Only what a request makes gets the label, and what is the owner's keeps it.
func TestMark(t *testing.T) {
	const pods = "/api/v1/namespaces/default/pods"
	const object = `{"kind":"Pod","metadata":{"name":"x","labels":{"app":"a"}},"spec":{"n":12345678901234567890}}`
	for name, c := range map[string]struct {
		method, path, kind, body string
		there                    string // the object's owner, "-" if it is not there
		marked                   bool
	}{
		"create":                       {http.MethodPost, pods, "application/json", object, "-", true},
		"create without labels":        {http.MethodPost, pods, "application/json", `{"kind":"Pod","metadata":{"name":"x"}}`, "-", true},
		"create without metadata":      {http.MethodPost, pods, "application/json", `{"kind":"Pod"}`, "-", true},
		"create outside namespaces":    {http.MethodPost, "/api/v1/namespaces", "application/json", object, "-", true},
		"create of a group":            {http.MethodPost, "/apis/apps/v1/namespaces/a/deployments", "application/json; charset=utf-8", object, "-", true},
		"behind another server":        {http.MethodPost, "/k8s/cluster-1/apis/apps/v1/namespaces/a/deployments", "application/json", object, "-", true},
		"a part of an object":          {http.MethodPost, pods + "/x/eviction", "application/json", object, "-", false},
		"may I":                        {http.MethodPost, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "application/json", `{"kind":"SelfSubjectAccessReview","metadata":{}}`, "-", false},
		"may somebody, in a namespace": {http.MethodPost, "/apis/authorization.k8s.io/v1/namespaces/a/localsubjectaccessreviews", "application/json", `{"kind":"LocalSubjectAccessReview"}`, "-", false},
		"who am I":                     {http.MethodPost, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "application/json", `{"kind":"SelfSubjectReview"}`, "-", false},
		"not an object":                {http.MethodPost, pods, "application/json", `["a"]`, "-", false},
		"replace one's own":            {http.MethodPut, pods + "/x", "application/json", object, "me", true},
		"replace another's":            {http.MethodPut, pods + "/x", "application/json", object, "", false},
		"server-side apply, new":       {http.MethodPatch, pods + "/x", "application/apply-patch+yaml", object, "-", true},
		"server-side apply, another's": {http.MethodPatch, pods + "/x", "application/apply-patch+yaml", object, "you", false},
		"label a node":                 {http.MethodPatch, "/api/v1/nodes/n", "application/strategic-merge-patch+json", `{"metadata":{"labels":{"disktype":"ssd"}}}`, "", false},
		"scale":                        {http.MethodPut, "/apis/apps/v1/namespaces/a/deployments/d/scale", "application/json", object, "me", false},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					if c.there == "-" {
						w.WriteHeader(http.StatusNotFound)
						return
					}
					_ = json.NewEncoder(w).Encode(map[string]any{"metadata": map[string]any{"labels": map[string]string{Label: c.there}}})
					return
				}
				body, _ := io.ReadAll(r.Body)
				got = string(body)
			}))
			defer srv.Close()
			client, err := rest.HTTPClientFor(Mark(&rest.Config{Host: srv.URL}, "me"))
			if err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequestWithContext(t.Context(), c.method, srv.URL+c.path+"?fieldManager=kubectl", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", c.kind)
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close() // it is empty
			switch {
			case !c.marked && got != c.body:
				t.Errorf("changed to %s", got)
			case c.marked && !strings.Contains(got, `"`+Label+`":"me"`):
				t.Errorf("not marked: %s", got)
			case c.marked && c.body == object && (!strings.Contains(got, `"app":"a"`) || !strings.Contains(got, "12345678901234567890")):
				t.Errorf("something else was changed: %s", got)
			}
		})
	}
}
