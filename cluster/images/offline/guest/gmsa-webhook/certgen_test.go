package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// stored is an API server that keeps Secrets and one webhook configuration of
// each kind, in Kubernetes' own types.
type stored struct {
	secrets    map[string]*corev1.Secret
	mutating   admissionregistrationv1.MutatingWebhookConfiguration
	validating admissionregistrationv1.ValidatingWebhookConfiguration
}

func newStored(t *testing.T) (*stored, *api) {
	t.Helper()
	st := &stored{secrets: map[string]*corev1.Secret{}}
	st.mutating.Webhooks = []admissionregistrationv1.MutatingWebhook{{Name: "a.example.com"}, {Name: "b.example.com"}}
	st.validating.Webhooks = []admissionregistrationv1.ValidatingWebhook{{Name: "a.example.com"}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/namespaces/{namespace}/secrets", func(w http.ResponseWriter, r *http.Request) {
		var s corev1.Secret
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			t.Errorf("not a Secret: %v", err)
		}
		key := r.PathValue("namespace") + "/" + s.Name
		if st.secrets[key] != nil {
			w.WriteHeader(http.StatusConflict)
			_ = json.NewEncoder(w).Encode(metav1.Status{Message: "already exists"})
			return
		}
		// What every stored object has.
		s.UID, s.ResourceVersion, s.CreationTimestamp = "1", "2", metav1.Now()
		s.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "certgen", Operation: metav1.ManagedFieldsOperationUpdate}}
		st.secrets[key] = &s
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(s)
	})
	mux.HandleFunc("GET /api/v1/namespaces/{namespace}/secrets/{name}", func(w http.ResponseWriter, r *http.Request) {
		s := st.secrets[r.PathValue("namespace")+"/"+r.PathValue("name")]
		if s == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(s)
	})
	for path, object := range map[string]any{"mutatingwebhookconfigurations": &st.mutating, "validatingwebhookconfigurations": &st.validating} {
		path = "/apis/admissionregistration.k8s.io/v1/" + path + "/gmsa-webhook"
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(object) })
		mux.HandleFunc("PATCH "+path, func(_ http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Content-Type"); got != "application/json-patch+json" {
				t.Errorf("patched with %s", got)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			steps, err := jsonpatch.DecodePatch(body)
			if err != nil {
				t.Errorf("not a JSON patch: %v", err)
			}
			data, err := json.Marshal(object)
			if err != nil {
				t.Error(err)
			}
			if data, err = steps.Apply(data); err != nil {
				t.Errorf("the patch does not apply: %v", err)
			}
			if err := json.Unmarshal(data, object); err != nil {
				t.Error(err)
			}
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return st, &api{base: s.URL, client: s.Client(), token: func() (string, error) { return "", nil }}
}

func TestKeyPairIsTrustedForItsHosts(t *testing.T) {
	st, a := newStored(t)
	args := []string{"--host=gmsa-webhook.gmsa-webhook.svc,127.0.0.1", "--namespace=gmsa-webhook", "--secret-name=gmsa-webhook"}
	if err := create(t.Context(), a, args); err != nil {
		t.Fatal(err)
	}
	made := st.secrets["gmsa-webhook/gmsa-webhook"]
	if made == nil {
		t.Fatal("there is no Secret")
	}
	pair, err := tls.X509KeyPair(made.Data["cert"], made.Data["key"])
	if err != nil {
		t.Fatal(err)
	}
	if err := patch(t.Context(), a, []string{"--webhook-name=gmsa-webhook", "--namespace=gmsa-webhook", "--secret-name=gmsa-webhook", "--patch-failure-policy=Fail"}); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(st.mutating.Webhooks[1].ClientConfig.CABundle) {
		t.Fatal("the second webhook has no authority")
	}
	if p := st.validating.Webhooks[0].FailurePolicy; p == nil || *p != admissionregistrationv1.Fail {
		t.Errorf("failure policy: got %v", p)
	}
	for _, host := range []string{"gmsa-webhook.gmsa-webhook.svc", "127.0.0.1"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: time.Now()}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: "kubernetes.default.svc", Roots: roots}); err == nil {
		t.Error("the certificate is good for another host")
	}

	// Again: what is there stays.
	if err := create(t.Context(), a, args); err != nil {
		t.Fatal(err)
	}
	if again := st.secrets["gmsa-webhook/gmsa-webhook"]; string(again.Data["key"]) != string(made.Data["key"]) {
		t.Error("the key was replaced")
	}
}

func TestPatchOneKindOnly(t *testing.T) {
	st, a := newStored(t)
	st.secrets["ns/s"] = &corev1.Secret{Data: map[string][]byte{"ca": []byte("authority")}}
	if err := patch(t.Context(), a, []string{"--webhook-name=gmsa-webhook", "--namespace=ns", "--secret-name=s", "--patch-mutating=false"}); err != nil {
		t.Fatal(err)
	}
	if got := st.mutating.Webhooks[0].ClientConfig.CABundle; got != nil {
		t.Errorf("mutating: got %q, want none", got)
	}
	if got := string(st.validating.Webhooks[0].ClientConfig.CABundle); got != "authority" {
		t.Errorf("validating: got %q", got)
	}
}

func TestCertgenMistakes(t *testing.T) {
	_, a := newStored(t)
	for _, tt := range []struct {
		do   string
		args []string
		want string
	}{
		{"create", []string{"--namespace=ns", "--secret-name=s"}, "--host is missing"},
		{"create", []string{"--host=,", "--namespace=ns", "--secret-name=s"}, "for no host"},
		{"create", []string{"--host=h", "--namespace=ns", "--secret-name=s", "more"}, `unexpected argument "more"`},
		{"patch", []string{"--namespace=ns", "--secret-name=s"}, "--webhook-name is missing"},
		{"patch", []string{"--webhook-name=gmsa-webhook", "--namespace=ns", "--secret-name=absent"}, "read the authority"},
	} {
		do := create
		if tt.do == "patch" {
			do = patch
		}
		if err := do(t.Context(), a, tt.args); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: got %v, want %q", tt.do, tt.args, err, tt.want)
		}
	}
}
