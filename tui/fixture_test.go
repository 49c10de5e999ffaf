package tui

import (
	"bytes"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // evidence shows the time of day
	os.Exit(m.Run())
}

const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: memory-demo-2
spec:
  containers:
  - name: memory-demo-2-ctr
    image: polinux/stress
    resources:
      limits:
        memory: "100Mi"
`

// fixtureLessons are two small lessons and a long tail for the list.
func fixtureLessons() []*lessons.Lesson {
	files := fstest.MapFS{"manifests/memory-request-limit-2.yaml": {Data: []byte(manifest)}}
	run := func(lines ...string) []lessons.Command {
		var out []lessons.Command
		for _, l := range lines {
			out = append(out, lessons.Command{Run: l})
		}
		return out
	}
	memory := &lessons.Lesson{
		ID: "memory", Order: 1, Minutes: 15, FS: files,
		Upstream: lessons.Upstream{Page: "https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/"},
		Steps: []lessons.Step{
			{
				ID: "namespace", Commands: run("kubectl create namespace mem-example"), Hints: []string{"gentle", "plain"},
				Outcomes: []lessons.Outcome{{ID: "created", Kind: lessons.Eventually}},
			},
			{
				ID: "exceed", Commands: run("kubectl apply -f memory-request-limit-2.yaml", "kubectl get pods"),
				Outcomes: []lessons.Outcome{{ID: "oom-killed", Kind: lessons.Once}, {ID: "restarted", Kind: lessons.Eventually}},
				Question: &lessons.Question{ID: "fate", Answers: []string{"pending", "oom-killed", "running"}, Right: "oom-killed", ShownBy: []string{"oom-killed"}},
			},
			{
				ID: "clean", Commands: run("kubectl delete namespace mem-example"),
				Outcomes: []lessons.Outcome{{ID: "gone", Kind: lessons.Eventually}},
			},
		},
	}
	share := &lessons.Lesson{
		ID: "share", Order: 2, Minutes: 10, FS: files,
		Steps: []lessons.Step{{ID: "attach", Commands: []lessons.Command{{Run: "kubectl attach", Send: []string{"ps ax", "exit"}}}}},
	}
	return []*lessons.Lesson{memory, share}
}

// prose is the fixture's text: real messages, made-up lessons.
func prose(t testing.TB) *content.Library { return proseWith(t, "", "", "") }

// proseWith is prose with a text in the place of another in one of its files.
func proseWith(t testing.TB, file, before, after string) *content.Library {
	t.Helper()
	files := fstest.MapFS{}
	for _, lang := range content.Langs {
		data, err := content.Shipped.ReadFile(string(lang) + "/messages.yaml")
		if err != nil {
			t.Fatalf("messages: %v", err)
		}
		files[string(lang)+"/messages.yaml"] = &fstest.MapFile{Data: data}
	}
	for _, name := range []string{"en/memory.md", "en/share.md", "ja/memory.md", "uk/memory.md", "zh/memory.md"} {
		data, err := os.ReadFile("testdata/prose/" + name)
		if err != nil {
			t.Fatalf("prose: %v", err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	if f := files[file]; f != nil {
		f.Data = bytes.Replace(f.Data, []byte(before), []byte(after), 1)
	}
	lib, err := content.Load(files)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return lib
}
