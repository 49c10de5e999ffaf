package tui

import (
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
)

// The manifest before, and one that only looks alike.
const earlier = `apiVersion: v1
kind: Pod
metadata:
  name: memory-demo
spec:
  containers:
  - name: memory-demo-ctr
    image: polinux/stress
    resources:
      limits:
        memory: "200Mi"
`

func TestBefore(t *testing.T) {
	f := files{
		ours:  map[string]string{"a.yaml": earlier, "b.yaml": manifest, "c.yaml": "kind: Service\nmetadata: {}\n", "d.yaml": manifest},
		shown: []string{"a.yaml", "c.yaml", "b.yaml", "d.yaml"},
	}
	for name, want := range map[string]string{"a.yaml": "", "b.yaml": "a.yaml", "c.yaml": "", "d.yaml": "a.yaml"} {
		if from, _, ok := f.before(name); from != want || ok != (want != "") {
			t.Errorf("%s is compared with %q, %t; want %q", name, from, ok, want)
		}
	}
	f.edited = map[string]string{"a.yaml": earlier + "  restartPolicy: Never\n"}
	if from, text, ok := f.before("a.yaml"); from != "a.yaml" || text != earlier || !ok {
		t.Errorf("what the learner changed is compared with %q, %t", from, ok)
	}
}

// learner is a lesson with an earlier version of the manifest in its first step,
// and copies of both for the learner.
func learner(t *testing.T, w, h int, lang content.Lang, editor string) (*terminal, *fakeSession) {
	t.Helper()
	dir := t.TempDir()
	s := start(t, w, h, func(c *Config) {
		c.Lang, c.Lesson = lang, "memory"
		c.Content = proseWith(t, "en/memory.md", "{{< note >}}", "{{< manifest \"memory-request-limit.yaml\" >}}\n\n{{< note >}}")
		for _, l := range c.Lessons {
			l.FS = fstest.MapFS{"manifests/memory-request-limit.yaml": {Data: []byte(earlier)}, "manifests/memory-request-limit-2.yaml": {Data: []byte(manifest)}}
		}
		open := c.Open
		c.Open = func(ctx context.Context, id string) (Session, error) {
			opened, err := open(ctx, id)
			if f, ok := opened.(*fakeSession); ok {
				path := filepath.Join(dir, "memory-request-limit-2.yaml")
				f.copies = map[string]string{"memory-request-limit-2.yaml": path}
				err = os.WriteFile(path, []byte(manifest), 0o600)
			}
			return opened, err
		}
		c.Editor = func(path string) error {
			return exec.Command("sh", "-c", editor, "sh", path).Run() // #nosec G204 -- the test's own
		}
	})
	s.shows("│$")
	return s, s.opened()
}

func TestCompareManifests(t *testing.T) {
	s, _ := learner(t, 120, 40, content.English, "")
	s.press("d")
	s.shows("nothing to compare")
	s.press("n")
	s.shows("d compare with memory-request-limit.yaml")
	s.press("d")
	golden(t, "compared-en-120x40", s.shows("memory-request-limit.yaml › memory-request-limit-2.yaml", "-           memory: \"200Mi\"", "+11         memory: \"100Mi\""))
	s.press("d")
	s.shows("d compare with memory-request-limit.yaml")
}

// Where panes are folded, d turns to the manifest, and to the change in it.
func TestCompareShowsTheChange(t *testing.T) {
	s, _ := learner(t, 80, 24, content.English, "")
	s.press("n", "tab")
	s.shows("▶Outcomes")
	s.press("d")
	s.shows("▶Lesson", "-     name: memory-demo")
}

// What the learner saves in the editor is what the box shows, with what was
// changed, and a reset brings the lesson's own back.
func TestEditAManifest(t *testing.T) {
	s, f := learner(t, 120, 40, content.English, `sed -i s/100Mi/300Mi/ "$1"`)
	s.press("n", "E")
	s.shows("memory-request-limit-2.yaml › edited by you", `memory: "300Mi"`, "d what you changed")
	s.press("home") // swallowed: the reader of before an editor holds on to a pipe, but not to a terminal
	s.press("d")
	s.shows(`-           memory: "100Mi"`, `+11         memory: "300Mi"`, "d the whole file")
	if err := os.WriteFile(f.copies["memory-request-limit-2.yaml"], []byte(manifest), 0o600); err != nil { // as a reset does
		t.Fatal(err)
	}
	s.press("r")
	s.gone("edited by you")
}

// A command that fails on a file that the learner has changed tells how to see what
// was changed.
func TestBrokenManifest(t *testing.T) {
	s, f := learner(t, 120, 40, content.English, `echo broken >>"$1"`)
	s.press("n", "E")
	s.shows("edited by you", "broken")
	apply := "kubectl apply --filename=memory-request-limit-2.yaml"
	f.emit(engine.CommandFinished{Line: apply + ".bak", Exit: 1, At: day})
	f.emit(engine.OtherCluster{At: day}) // told after it
	s.shows("New cluster")
	f.emit(engine.CommandFinished{Line: apply, Exit: 1, At: day})
	s.shows("You changed memory-request-limit-2.yaml: d compares, r takes the step back.")
}

func TestCopy(t *testing.T) {
	s, _ := learner(t, 120, 40, content.English, "")
	clipboard := func() string { s.mu.Lock(); defer s.mu.Unlock(); return s.clipboard }
	s.press("g", "end", "down", "down", "enter", "y")
	s.shows("Copied: $ kubectl delete namespace mem-example")
	s.until("the command in the clipboard", func(string) bool { return clipboard() == "kubectl delete namespace mem-example" })
	s.press("p", "y")
	s.shows("$ kubectl apply", "memory-request-limit-2.yaml")
	s.press("down", "enter")
	s.until("the file in the clipboard", func(string) bool { return clipboard() == manifest })
}

// clipped finds what a program puts into the clipboard by OSC 52.
func clipped(p []byte) (string, bool) {
	_, rest, ok := strings.Cut(string(p), "\x1b]52;c;")
	if !ok {
		return "", false
	}
	code, _, _ := strings.Cut(rest, "\a")
	text, err := base64.StdEncoding.DecodeString(code)
	return string(text), err == nil
}
