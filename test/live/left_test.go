//go:build live && linux

package live

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

func TestClusterIsLeftAsFound(t *testing.T) {
	h := newHome(t, "left")
	h.must("cluster", "up")
	p := newPhotographer(h)
	before := p.still()

	t.Run("the picture shows what is left", func(t *testing.T) { pictureShows(t, h, p, before) })
	t.Run("verify cleans up after Ctrl-C", func(t *testing.T) { interrupted(t, h, p, before) })
}

// pictureShows proves that a picture can differ: an object, a label and a file
// more are three lines.
func pictureShows(t *testing.T, h *home, p *photographer, before picture) {
	ctx := t.Context()
	nodes, err := p.objects.Resource(nodeResource).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	node := nodes.Items[0].GetName()
	label := func(value string) {
		t.Helper()
		patch := []byte(`{"metadata": {"labels": {"left": ` + value + `}}}`)
		if _, err := p.objects.Resource(nodeResource).Patch(ctx, node, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	maps := p.objects.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("default")
	left := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "left"},
	}}

	label(`"behind"`)
	if _, err := maps.Create(ctx, left, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	h.must("node", "shell", node, "--", "mkdir", "/var/lib/kubelet/left")
	after, err := p.take(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"+ configmaps default/left ",
		"+ node " + node + " file /var/lib/kubelet/left folder",
		"+ node " + node + " label left behind",
	}
	if diff := cmp.Diff(want, before.diff(after)); diff != "" {
		t.Error(diff)
	}

	label("null")
	if err := maps.Delete(ctx, "left", metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	h.must("node", "shell", node, "--", "rmdir", "/var/lib/kubelet/left")
	p.compare(t, before)
}

// interrupted presses Ctrl-C when two lessons have put something on the cluster.
func interrupted(t *testing.T, h *home, p *photographer, before picture) {
	lessons := []string{"assign-pods-nodes", "extended-resource"}
	cmd := h.command(t.Context(), append([]string{"verify", "--parallel", "2"}, lessons...)...)
	var out bytes.Buffer
	cmd.Stdout = &out
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	scan := bufio.NewScanner(said)
	met := map[string]bool{}
	for len(met) < len(lessons) && scan.Scan() {
		lines = append(lines, scan.Text())
		for _, l := range lessons {
			if strings.HasPrefix(scan.Text(), l+" ") && strings.Contains(scan.Text(), "✓") {
				met[l] = true
			}
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	start := time.Now()
	rest, err := io.ReadAll(said)
	lines = append(lines, string(rest))
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 130 || len(met) < len(lessons) {
		t.Errorf("verify ended with %v, want exit status 130 after both lessons had begun", err)
	}
	if took := time.Since(start); err != nil || took > time.Minute {
		t.Errorf("cleaning up took %s, %v", took, err)
	}
	if out.Len() > 0 {
		t.Errorf("half a report: %s", out.String())
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "podlab: interrupted") }) {
		t.Errorf("verify did not say that it was interrupted:\n%s", strings.Join(lines, "\n"))
	}
	p.compare(t, before)
}
