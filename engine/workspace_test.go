package engine

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
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
