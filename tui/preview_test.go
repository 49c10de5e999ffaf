package tui

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/podlab/podlab/content"
)

// changed is the fixture's text with one line of it changed.
func changed(t *testing.T, file, before, after string) *content.Library {
	t.Helper()
	files := fstest.MapFS{}
	for _, lang := range []string{"en", "ja"} {
		data, err := content.Shipped.ReadFile(lang + "/messages.yaml")
		if err != nil {
			t.Fatal(err)
		}
		files[lang+"/messages.yaml"] = &fstest.MapFile{Data: data}
	}
	prose := os.DirFS("testdata/prose")
	names, err := fs.Glob(prose, "*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(prose, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == file {
			if !strings.Contains(string(data), before) {
				t.Fatalf("%s has no %q", name, before)
			}
			data = []byte(strings.Replace(string(data), before, after, 1))
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	lib, err := content.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestPreviewShowsWhatIsSaved(t *testing.T) {
	drafts := make(chan *Draft)
	s := start(t, 120, 40, func(c *Config) {
		c.Lesson = "memory"
		c.Drafts = func(ctx context.Context) *Draft {
			select {
			case d := <-drafts:
				return d
			case <-ctx.Done():
				return nil
			}
		}
	})
	s.shows("Preview", "A namespace")
	all := fixtureLessons()
	lib := changed(t, "en/memory.md", "## A namespace", "## Make a namespace")
	drafts <- &Draft{Lessons: all, Content: lib}
	s.shows("Make a namespace", "Checking")
	drafts <- &Draft{Lessons: all, Content: lib, Checked: true}
	s.shows("No problems")
	if screen := s.shows("n next step"); strings.Contains(screen, "solve") || strings.Contains(screen, "Cluster") {
		t.Errorf("the preview speaks of what only a cluster has:\n%s", screen)
	}
	s.press("n") // the author looks at another step
	s.shows("$ kubectl apply")

	// A lesson that cannot be read stays; the mistake is there in its place.
	drafts <- &Draft{Lessons: all[1:], Content: lib, Problems: errors.New("lessons/memory/lesson.yaml:3: expected a step")}
	s.shows("lesson.yaml:3: expected a step", "$ kubectl apply")
	drafts <- &Draft{Problems: errors.New("podlab cannot read this")}
	s.shows("podlab cannot read this", "$ kubectl apply")

	// It has lost the step that was shown.
	short := fixtureLessons()
	short[0].Steps = short[0].Steps[:1]
	drafts <- &Draft{Lessons: short, Content: lib, Checked: true}
	s.shows("No problems", "$ kubectl create namespace")
	s.press("q")
}

func TestWriteText(t *testing.T) {
	var b strings.Builder
	lesson := fixtureLessons()[0]
	lesson.FS = fstest.MapFS{"manifests/memory-request-limit.yaml": {Data: []byte(earlier)}, "manifests/memory-request-limit-2.yaml": {Data: []byte(manifest)}}
	lib := proseWith(t, "ja/memory.md", "## 制限", "{{< manifest \"memory-request-limit.yaml\" >}}\n\n## 制限")
	if err := WriteText(&b, lib, content.Japanese, lesson, 60); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kind: Pod", "ヒント 1/2", "未確認", "✓ 2 カーネルに強制終了される", "メモリーの制限は伸び縮みしません。"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "└ d ") {
		t.Errorf("a key is named where there are none:\n%s", b.String())
	}
	for line := range strings.Lines(b.String()) {
		if line != strings.TrimRight(line, " \n")+"\n" {
			t.Errorf("%q ends in a space", line)
		}
	}
}
