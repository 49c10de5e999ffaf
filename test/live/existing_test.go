//go:build live && linux

package live

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/podlab/podlab/cluster/existing"
)

// One embedded cluster is the user's own, on which another podlab plays.
func TestExisting(t *testing.T) {
	theirs := newHome(t, "theirs")
	theirs.must("cluster", "up")
	p := newPhotographer(theirs)
	before := p.still()
	h := newHome(t, "guest")
	kubeconfig := strings.TrimSpace(theirs.must("cluster", "kubeconfig"))
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	g := guest{home: h, flags: []string{"--provider", "existing", "--kubeconfig", kubeconfig, "--context", config.CurrentContext}}

	for _, part := range []struct {
		name string
		test func(*testing.T, guest, *photographer, picture)
	}{
		{"asks first", asksFirst},
		{"refuses what the cluster lacks", refusesLacking},
		{"leaves alone what has a lesson's names", leavesAlone},
		{"plays", playsOnExisting},
		{"cleans up by label", sweeps},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, g, p, before) })
	}
}

// guest is a podlab that uses a cluster which it did not make.
type guest struct {
	*home
	flags []string
}

func (g guest) args(args ...string) []string { return append(args, g.flags...) }

// asksFirst says what will be touched, and touches nothing without a yes.
func asksFirst(t *testing.T, g guest, p *photographer, before picture) {
	r := g.start(t.Context(), g.args("verify", "assign-memory-resource", "assign-pods-nodes")...)
	for _, want := range []string{"cluster of your own", "mem-example", "nodes-example", "kinds: Node", existing.Label, "--yes"} {
		if !strings.Contains(r.errOut, want) {
			t.Errorf("it does not say %q: %v", want, r)
		}
	}
	if r.code() != 1 {
		t.Errorf("exit status %d", r.code())
	}
	s := g.open(160, 30, g.args("verify", "assign-memory-resource")...)
	expect(t, s, 20*time.Second, "[y/N]")
	keys(t, s, "n\r")
	expect(t, s, 20*time.Second, "nothing was touched")
	if code, err := s.Exit(t.Context(), 20*time.Second); err != nil || code != 1 {
		t.Errorf("after a no it ended with %d, %v", code, err)
	}
	p.compare(t, before)
}

// refusesLacking names the reason for which a lesson cannot be played.
func refusesLacking(t *testing.T, g guest, p *photographer, before picture) {
	r := g.start(t.Context(), g.args("verify", "share-process-namespace", "static-pod", "--yes")...)
	if r.code() != 1 || !strings.Contains(r.errOut, "static-pod cannot be played on this cluster: this cluster gives no shell on its nodes") {
		t.Errorf("%v", r)
	}
	p.compare(t, before)
}

// leavesAlone has a Pod of the user's with the name of a lesson's.
func leavesAlone(t *testing.T, g guest, p *photographer, before picture) {
	pods := p.objects.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace("default")
	mine := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "lifecycle-demo"},
		"spec": map[string]any{
			"terminationGracePeriodSeconds": int64(0),
			"containers":                    []any{map[string]any{"name": "c", "image": "busybox:1.28", "command": []any{"sleep", "3600"}}},
		},
	}}
	made, err := pods.Create(t.Context(), mine, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := g.start(t.Context(), g.args("verify", "attach-handler-lifecycle-event", "--yes")...)
	if r.code() != 1 || !strings.Contains(r.errOut, existing.ErrTaken.Error()+": Pod default/lifecycle-demo") {
		t.Errorf("%v", r)
	}
	if there, err := pods.Get(t.Context(), "lifecycle-demo", metav1.GetOptions{}); err != nil || there.GetUID() != made.GetUID() || there.GetDeletionTimestamp() != nil {
		t.Errorf("the user's Pod: %v", err)
	}
	if err := pods.Delete(t.Context(), "lifecycle-demo", metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	p.compare(t, before)
}

// playsOnExisting has the same outcomes as elsewhere, and leaves the cluster as
// it was.
func playsOnExisting(t *testing.T, g guest, p *photographer, before picture) {
	r := g.start(t.Context(), g.args("verify", "quality-service-pod", "assign-pods-nodes", "share-process-namespace", "--parallel", "3", "--yes", "-o", "json")...)
	var v verified
	if err := json.Unmarshal([]byte(r.out), &v); err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
	if r.code() != 0 || v.Provider != "existing" || len(v.Lessons) != 3 || v.Met == 0 {
		t.Errorf("exit status %d, provider %q, %d lessons, %d met", r.code(), v.Provider, len(v.Lessons), v.Met)
	}
	checkVerified(t, v)
	p.compare(t, before)
}

// sweeps kills podlab in the middle of a lesson, which then cannot clean up.
func sweeps(t *testing.T, g guest, p *photographer, before picture) {
	cmd := g.command(t.Context(), g.args("verify", "assign-memory-resource", "--yes")...)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for scan := bufio.NewScanner(said); scan.Scan(); {
		if strings.Contains(scan.Text(), "✓ request-and-limit/running") {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, said) // its end
	if err := cmd.Wait(); err == nil {
		t.Error("the lesson ended before it was killed")
	}

	for resource, name := range map[string]string{"namespaces": "mem-example", "pods": "mem-example/memory-demo"} {
		list, err := p.objects.Resource(schema.GroupVersionResource{Version: "v1", Resource: resource}).
			List(t.Context(), metav1.ListOptions{LabelSelector: existing.Label})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, o := range list.Items {
			names = append(names, strings.TrimPrefix(o.GetNamespace()+"/"+o.GetName(), "/"))
		}
		if diff := cmp.Diff([]string{name}, names); diff != "" {
			t.Errorf("%s with the label: %s", resource, diff)
		}
	}
	g.must(g.args("cluster", "down")...)
	p.compare(t, before)
}
