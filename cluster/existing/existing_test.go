package existing

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/podlab/podlab/cluster"
)

// server is an API server with one node of that condition, and no objects.
func server(t *testing.T, ready corev1.ConditionStatus) *clientcmdapi.Cluster {
	t.Helper()
	return serverWith(t, ready, new(objects).serve)
}

// serverWith is an API server with one node of that condition; what else it is
// asked is answered by serve, if that returns true.
func serverWith(t *testing.T, ready corev1.ConditionStatus, serve func(http.ResponseWriter, *http.Request) bool) *clientcmdapi.Cluster {
	t.Helper()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/nodes" && r.Header.Get("Authorization") == "Bearer secret" && serve(w, r) {
			return
		}
		if r.URL.Path != "/api/v1/nodes" || r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(corev1.NodeList{
			TypeMeta: metav1.TypeMeta{Kind: "NodeList", APIVersion: "v1"},
			Items: []corev1.Node{{
				ObjectMeta: metav1.ObjectMeta{Name: "n1"},
				Status: corev1.NodeStatus{
					NodeInfo:   corev1.NodeSystemInfo{KubeletVersion: "v1.36.3"},
					Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}},
				},
			}},
		})
	}))
	t.Cleanup(srv.Close)
	return &clientcmdapi.Cluster{
		Server:                   srv.URL,
		CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}),
	}
}

// provider is that of context "mine" in a kubeconfig with another one.
func provider(t *testing.T, at *clientcmdapi.Cluster, context string) (p *Provider, file string) {
	t.Helper()
	config := clientcmdapi.NewConfig()
	for _, name := range []string{"mine", "work"} {
		config.Clusters[name] = at
		config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: "secret"}
		config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	}
	config.CurrentContext = "work"
	file = filepath.Join(t.TempDir(), "config")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return New(Config{Name: "unit", Dir: filepath.Join(t.TempDir(), "lab"), Kubeconfig: file, Context: context}), file
}

func TestLife(t *testing.T) {
	p, file := provider(t, server(t, corev1.ConditionTrue), "mine")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := p.Status(t.Context()); err != nil || st.State != cluster.Absent {
		t.Errorf("before: %+v, %v", st, err)
	}
	if err := p.Up(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	st, err := p.Status(t.Context())
	if err != nil || st.State != cluster.Running || st.Kubernetes != "v1.36.3" || len(st.Nodes) != 1 || !st.Nodes[0].Ready {
		t.Errorf("status %+v, %v", st, err)
	}
	copied, err := os.ReadFile(p.Kubeconfig())
	if err != nil || strings.Contains(string(copied), "work") {
		t.Errorf("the copy has another context, too: %v\n%s", err, copied)
	}
	if info, err := os.Stat(p.Kubeconfig()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy's mode: %v, %v", info.Mode(), err)
	}
	if err := p.Down(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(p.Kubeconfig()); !os.IsNotExist(err) {
		t.Errorf("the copy is still there: %v", err)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("the user's file was written: %v", err)
	}
}

func TestCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		ready         corev1.ConditionStatus
		context, want string
	}{
		"no such context": {corev1.ConditionTrue, "nobody", `no context "nobody": it has mine, work`},
		"no context":      {corev1.ConditionTrue, "", "--context NAME"},
		"nothing ready":   {corev1.ConditionFalse, "mine", "none of its nodes is Ready"},
	} {
		p, _ := provider(t, server(t, c.ready), c.context)
		if err := p.Up(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(p.Kubeconfig()); !os.IsNotExist(err) {
			t.Errorf("%s: a copy is left: %v", name, err)
		}
	}
	p, _ := provider(t, &clientcmdapi.Cluster{Server: "https://127.0.0.1:1"}, "mine")
	if err := p.Up(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "its API server") {
		t.Errorf("no API server: %v", err)
	}
}

func TestNoShell(t *testing.T) {
	p, _ := provider(t, &clientcmdapi.Cluster{Server: "https://127.0.0.1:1"}, "mine")
	if err := p.Exec(context.Background(), "n1", []string{"ls"}, cluster.Stdio{}); !errors.Is(err, ErrNoShell) {
		t.Errorf("%v", err)
	}
	if err := p.LoadImages(t.Context(), []string{"nginx"}, nil); err != nil {
		t.Error(err)
	}
}
