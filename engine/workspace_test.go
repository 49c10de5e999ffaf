package engine

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/lessons"
)

func TestUnpackKeepsFoldersAndTheLearnersFiles(t *testing.T) {
	lesson := fstest.MapFS{
		"manifests/pod.yaml":              {Data: []byte("pod")},
		"files/config/game.properties":    {Data: []byte("lives=3")},
		"files/config/deeper/more.txt":    {Data: []byte("more")},
		"lesson.yaml":                     {Data: []byte("not for the learner")},
		"elsewhere/config/stay-away.yaml": {Data: []byte("not for the learner")},
	}
	workspace := filepath.Join(t.TempDir(), "work")
	read := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(workspace, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if err := unpack(lesson, workspace, false); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"pod.yaml": "pod", "config/game.properties": "lives=3", "config/deeper/more.txt": "more",
	} {
		if got := read(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"lesson.yaml", "config/stay-away.yaml"} {
		if _, err := os.Stat(filepath.Join(workspace, name)); !os.IsNotExist(err) {
			t.Errorf("%s: got %v, want it not to be there", name, err)
		}
	}

	edited := filepath.Join(workspace, "config", "game.properties")
	if err := os.WriteFile(edited, []byte("lives=9"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unpack(lesson, workspace, false); err != nil {
		t.Fatal(err)
	}
	if got := read("config/game.properties"); got != "lives=9" {
		t.Errorf("unpacked again: got %q, want the learner's own", got)
	}
	if err := unpack(lesson, workspace, true); err != nil {
		t.Fatal(err)
	}
	if got := read("config/game.properties"); got != "lives=3" {
		t.Errorf("unpacked afresh: got %q, want the lesson's own", got)
	}
}

// The learner's copies are told from the lesson's, and a reset of the step that
// uses one brings it back, and no other.
func TestEditedFiles(t *testing.T) {
	l := lesson()
	l.FS = fstest.MapFS{
		"manifests/web.yaml":      {Data: []byte("kind: Pod\n")},
		"files/conf/ui.conf":      {Data: []byte("colour=red\n")},
		"files/conf/deep/db.conf": {Data: []byte("size=1\n")},
	}
	l.Steps[1].Commands = []lessons.Command{{Run: "kubectl apply -f web.yaml"}, {Run: "kubectl create configmap ui --from-file=conf/deep/"}}
	api := apitest.New(t)
	b := play(t, api, config(t, api, l))
	edit := func(name, text string) {
		t.Helper()
		path, err := b.File(name)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(want map[string]string) {
		t.Helper()
		got, err := b.Edited()
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("edited: %v, %v; want %v", got, err, want)
		}
	}
	check(map[string]string{})
	edit("web.yaml", "kind: Job\n")
	edit("conf/ui.conf", "colour=blue\n")
	edit("conf/deep/db.conf", "size=2\n")
	check(map[string]string{"web.yaml": "kind: Job\n", "conf/ui.conf": "colour=blue\n", "conf/deep/db.conf": "size=2\n"})
	if err := b.ResetStep(t.Context(), "now"); err != nil {
		t.Fatal(err)
	}
	check(map[string]string{"conf/ui.conf": "colour=blue\n"})
	if err := os.Remove(filepath.Join(b.cfg.Workspace, "web.yaml")); err != nil {
		t.Fatal(err)
	}
	check(map[string]string{"conf/ui.conf": "colour=blue\n", "web.yaml": ""})
	for _, name := range []string{"../x", "none.yaml", "manifests/web.yaml"} {
		if path, err := b.File(name); err == nil {
			t.Errorf("File(%q) = %q", name, path)
		}
	}
}
