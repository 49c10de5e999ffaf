package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admissionv1 "k8s.io/api/admission/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const webApp1 = `{"CmsPlugins":["ActiveDirectory"],"DomainJoinConfig":{"DnsName":"contoso.com","NetBiosName":"CONTOSO"}}`

// fakeAPI is an API server with the spec gmsa-WebApp1, which the ServiceAccount
// default/allowed may use. It speaks in Kubernetes' own types.
func fakeAPI(t *testing.T) *api {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /apis/windows.k8s.io/v1/gmsacredentialspecs/{name}", func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("name") {
		case "gmsa-WebApp1":
			_, _ = fmt.Fprintf(w, `{"kind":"GMSACredentialSpec","metadata":{"name":"gmsa-WebApp1"},"credspec":%s}`, webApp1)
		case "gmsa-Empty":
			_, _ = fmt.Fprint(w, `{"kind":"GMSACredentialSpec","metadata":{"name":"gmsa-Empty"}}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(metav1.Status{Status: metav1.StatusFailure, Message: "not found", Code: 404})
		}
	})
	mux.HandleFunc("POST /apis/authorization.k8s.io/v1/namespaces/{namespace}/localsubjectaccessreviews", func(w http.ResponseWriter, r *http.Request) {
		var review authorizationv1.LocalSubjectAccessReview
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(&review); err != nil {
			t.Errorf("the access review is not one: %v", err)
		}
		a := review.Spec.ResourceAttributes
		if review.Namespace != r.PathValue("namespace") || a.Namespace != review.Namespace {
			t.Errorf("the access review is for %q, %q and %q", r.PathValue("namespace"), review.Namespace, a.Namespace)
		}
		review.Status.Allowed = review.Spec.User == "system:serviceaccount:default:allowed" &&
			a.Verb == "use" && a.Group == "windows.k8s.io" && a.Resource == "gmsacredentialspecs" && a.Name == "gmsa-WebApp1"
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(review)
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("%s %s came without the token", r.Method, r.URL.Path)
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return &api{base: s.URL, client: s.Client(), token: func() (string, error) { return "secret", nil }}
}

func options(name, contents string) *corev1.WindowsSecurityContextOptions {
	o := &corev1.WindowsSecurityContextOptions{}
	if name != "" {
		o.GMSACredentialSpecName = &name
	}
	if contents != "" {
		o.GMSACredentialSpec = &contents
	}
	return o
}

// newPod makes a Pod with Windows options of its own and of two containers; nil
// leaves them out.
func newPod(account string, own, init, web *corev1.WindowsSecurityContextOptions) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "default"}}
	p.Spec.ServiceAccountName = account
	if own != nil {
		p.Spec.SecurityContext = &corev1.PodSecurityContext{WindowsOptions: own}
	}
	p.Spec.InitContainers = []corev1.Container{{Name: "init"}}
	p.Spec.Containers = []corev1.Container{{Name: "side"}, {Name: "web"}}
	if init != nil {
		p.Spec.InitContainers[0].SecurityContext = &corev1.SecurityContext{WindowsOptions: init}
	}
	if web != nil {
		p.Spec.Containers[1].SecurityContext = &corev1.SecurityContext{WindowsOptions: web}
	}
	return p
}

// ask sends an AdmissionReview of Kubernetes' own type and reads the answer
// into one.
func ask(t *testing.T, path string, op admissionv1.Operation, now, before *corev1.Pod) *admissionv1.AdmissionResponse {
	t.Helper()
	raw := func(p *corev1.Pod) runtime.RawExtension {
		if p == nil {
			return runtime.RawExtension{}
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return runtime.RawExtension{Raw: data}
	}
	in := admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: "4711", Kind: metav1.GroupVersionKind{Version: "v1", Kind: "Pod"}, Namespace: "default",
			Operation: op, Object: raw(now), OldObject: raw(before),
		},
	}
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	(&webhook{fakeAPI(t)}).ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		t.Fatalf("%s answered %d: %s", path, rec.Code, rec.Body)
	}
	var out admissionv1.AdmissionReview
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if out.Kind != "AdmissionReview" || out.APIVersion != "admission.k8s.io/v1" || out.Response == nil || out.Response.UID != "4711" {
		t.Fatalf("not the answer to the question: %s", rec.Body)
	}
	return out.Response
}

func TestMutateFillsInContents(t *testing.T) {
	named, other := options("gmsa-WebApp1", ""), options("gmsa-WebApp1", `{"mine":true}`)
	before := newPod("allowed", named, named, other)
	r := ask(t, "/mutate", admissionv1.Create, before, nil)
	if !r.Allowed || r.PatchType == nil || *r.PatchType != admissionv1.PatchTypeJSONPatch {
		t.Fatalf("got %+v, want an allowed JSON patch", r)
	}
	patch, err := jsonpatch.DecodePatch(r.Patch)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = patch.Apply(data); err != nil {
		t.Fatal(err)
	}
	var after corev1.Pod
	if err := json.Unmarshal(data, &after); err != nil {
		t.Fatal(err)
	}
	for what, o := range map[string]*corev1.WindowsSecurityContextOptions{
		"pod": after.Spec.SecurityContext.WindowsOptions, "init container": after.Spec.InitContainers[0].SecurityContext.WindowsOptions,
	} {
		if o.GMSACredentialSpec == nil || *o.GMSACredentialSpec != webApp1 {
			t.Errorf("%s: got contents %v, want those of the spec", what, o.GMSACredentialSpec)
		}
	}
	if got := *after.Spec.Containers[1].SecurityContext.WindowsOptions.GMSACredentialSpec; got != `{"mine":true}` {
		t.Errorf("contents that were there became %s", got)
	}
	// What the mutating half wrote, the validating half takes.
	after.Spec.Containers[1].SecurityContext = nil
	if r := ask(t, "/validate", admissionv1.Create, &after, nil); !r.Allowed {
		t.Errorf("the patched Pod is refused: %+v", r.Result)
	}
}

func TestMutateLeavesOtherPodsAlone(t *testing.T) {
	for name, p := range map[string]*corev1.Pod{
		"no options":    newPod("allowed", nil, nil, nil),
		"empty options": newPod("allowed", options("", ""), nil, nil),
	} {
		if r := ask(t, "/mutate", admissionv1.Create, p, nil); !r.Allowed || r.Patch != nil {
			t.Errorf("%s: got %+v, want it allowed without a patch", name, r)
		}
	}
	if r := ask(t, "/mutate", admissionv1.Update, newPod("allowed", options("gmsa-WebApp1", ""), nil, nil), nil); !r.Allowed || r.Patch != nil {
		t.Errorf("an update: got %+v, want it allowed without a patch", r)
	}
}

func TestRefusals(t *testing.T) {
	reordered := `{ "DomainJoinConfig": {"NetBiosName": "CONTOSO", "DnsName": "contoso.com"}, "CmsPlugins": ["ActiveDirectory"] }`
	for _, tt := range []struct {
		name, path string
		op         admissionv1.Operation
		pod, old   *corev1.Pod
		want       string // part of the refusal; "" is allowed
		code       int32
	}{
		{
			name: "unknown spec", path: "/mutate", op: admissionv1.Create,
			pod: newPod("allowed", options("gmsa-Nobody", ""), nil, nil), want: "gmsa-Nobody does not exist", code: 404,
		},
		{
			name: "spec without contents", path: "/mutate", op: admissionv1.Create,
			pod: newPod("allowed", options("gmsa-Empty", ""), nil, nil), want: "does not have a credspec", code: 422,
		},
		{
			name: "may not use", path: "/validate", op: admissionv1.Create,
			pod:  newPod("default", options("gmsa-WebApp1", webApp1), nil, nil),
			want: "service account \"default\" is not authorized to `use` GMSA cred spec \"gmsa-WebApp1\"", code: 403,
		},
		{
			name: "no account is the account default", path: "/validate", op: admissionv1.Create,
			pod:  newPod("", options("gmsa-WebApp1", webApp1), nil, nil),
			want: "service account \"default\" is not authorized", code: 403,
		},
		{
			name: "a container may not use", path: "/validate", op: admissionv1.Create,
			pod: newPod("default", nil, nil, options("gmsa-WebApp1", webApp1)), want: "not authorized", code: 403,
		},
		{
			name: "an init container may not use", path: "/validate", op: admissionv1.Create,
			pod: newPod("default", nil, options("gmsa-WebApp1", webApp1), nil), want: "not authorized", code: 403,
		},
		{
			name: "other contents", path: "/validate", op: admissionv1.Create,
			pod:  newPod("allowed", nil, nil, options("gmsa-WebApp1", `{"CmsPlugins":[]}`)),
			want: `contents for container "web" does not match`, code: 422,
		},
		{
			name: "contents that are no JSON", path: "/validate", op: admissionv1.Create,
			pod: newPod("allowed", options("gmsa-WebApp1", "nonsense"), nil, nil), want: "does not match", code: 422,
		},
		{
			name: "contents without a name", path: "/validate", op: admissionv1.Create,
			pod: newPod("allowed", options("", webApp1), nil, nil), want: "does not define the name", code: 422,
		},
		{
			name: "same contents in another order", path: "/validate", op: admissionv1.Create,
			pod: newPod("allowed", options("gmsa-WebApp1", reordered), nil, nil),
		},
		{
			name: "a name alone", path: "/validate", op: admissionv1.Create,
			pod: newPod("allowed", options("gmsa-WebApp1", ""), nil, nil),
		},
		{name: "no options", path: "/validate", op: admissionv1.Create, pod: newPod("default", nil, nil, nil)},
		{
			name: "an update of something else", path: "/validate", op: admissionv1.Update,
			pod: newPod("default", options("gmsa-WebApp1", webApp1), nil, nil), old: newPod("default", options("gmsa-WebApp1", webApp1), nil, nil),
		},
		{
			name: "an update adds a name", path: "/validate", op: admissionv1.Update,
			pod: newPod("allowed", nil, nil, options("gmsa-WebApp1", "")), old: newPod("allowed", nil, nil, nil), want: `container "web" modified`, code: 403,
		},
		{
			name: "an update changes contents", path: "/validate", op: admissionv1.Update,
			pod: newPod("allowed", options("gmsa-WebApp1", "{}"), nil, nil), old: newPod("allowed", options("gmsa-WebApp1", webApp1), nil, nil), want: "pod modified", code: 403,
		},
		{
			name: "an update removes the options", path: "/validate", op: admissionv1.Update,
			pod: newPod("allowed", nil, nil, nil), old: newPod("allowed", options("gmsa-WebApp1", webApp1), nil, nil), want: "pod removed", code: 403,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := ask(t, tt.path, tt.op, tt.pod, tt.old)
			if tt.want == "" {
				if !r.Allowed {
					t.Fatalf("refused: %s", r.Result.Message)
				}
				return
			}
			if r.Allowed || r.Result == nil || !strings.Contains(r.Result.Message, tt.want) || r.Result.Code != tt.code {
				t.Errorf("got %+v, want a refusal with %q and %d", r, tt.want, tt.code)
			}
		})
	}
}

func TestAnAPIServerThatIsGoneRefuses(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	w := &webhook{&api{base: s.URL, client: s.Client(), token: func() (string, error) { return "", nil }}}
	p := &pod{}
	name := "gmsa-WebApp1"
	p.Spec.SecurityContext.WindowsOptions = &windowsOptions{Name: &name}
	for _, r := range []*response{
		answer(w.mutate(t.Context(), &request{Operation: "CREATE", Object: p})),
		answer(w.validate(t.Context(), &request{Operation: "CREATE", Object: p})),
	} {
		if r.Allowed || r.Status == nil || r.Status.Code != http.StatusInternalServerError {
			t.Errorf("got %+v, want a refusal", r)
		}
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	h := &webhook{fakeAPI(t)}
	for _, tt := range []struct {
		method, path, contentType, body string
		want                            int
	}{
		{"GET", "/health", "", "", http.StatusNoContent},
		{"GET", "/mutate", "", "", http.StatusMethodNotAllowed},
		{"POST", "/elsewhere", "application/json", "{}", http.StatusNotFound},
		{"POST", "/mutate", "text/plain", "{}", http.StatusUnsupportedMediaType},
		{"POST", "/mutate", "application/json", "{", http.StatusBadRequest},
		{"POST", "/mutate", "application/json", "{}", http.StatusBadRequest},
		{"POST", "/validate", "application/json; charset=utf-8", `{"request":{"kind":{"kind":"Node"},"object":{}}}`, http.StatusBadRequest},
	} {
		req := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		req.Header.Set("Content-Type", tt.contentType)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != tt.want {
			t.Errorf("%s %s %q: got %d, want %d", tt.method, tt.path, tt.body, rec.Code, tt.want)
		}
	}
}
