package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/podlab/podlab/cluster/existing"
	"github.com/podlab/podlab/lessons"
)

func TestTouches(t *testing.T) {
	all := []*lessons.Lesson{
		{Namespace: "default", Objects: map[string]lessons.Object{"pod": {Kind: "Pod"}, "space": {Kind: "Namespace", Name: "mem-example"}}},
		{Namespace: "default", Objects: map[string]lessons.Object{"node": {Kind: "Node"}, "claim": {Kind: "PersistentVolumeClaim", Namespace: "other"}, "volume": {Kind: "PersistentVolume"}}},
	}
	namespaces, outside := touches(all)
	if !slices.Equal(namespaces, []string{"default", "mem-example", "other"}) || !slices.Equal(outside, []string{"Node", "PersistentVolume"}) {
		t.Errorf("namespaces %q, outside %q", namespaces, outside)
	}
}

// Every kind that a lesson watches and that is in no namespace is told of.
func TestTouchesKnowsEveryKind(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	if _, outside := touches(all); !slices.Contains(outside, "Node") || !slices.Contains(outside, "PersistentVolume") {
		t.Errorf("outside of namespaces: %q", outside)
	}
}

func TestConsent(t *testing.T) {
	l := &lab{provider: existing.New(existing.Config{})}
	all := []*lessons.Lesson{{Namespace: "default", Objects: map[string]lessons.Object{"node": {Kind: "Node"}}}}
	o := &options{streams: Streams{In: strings.NewReader("y\n"), Err: new(bytes.Buffer)}, context: "mine"}
	err := consent(o, l, all)
	if err == nil || !strings.Contains(err.Error(), "--yes") || !strings.Contains(err.Error(), "namespace default") || !strings.Contains(err.Error(), "kinds: Node") {
		t.Errorf("without a terminal: %v", err)
	}
	o.yes = true
	if err := consent(o, l, all); err != nil {
		t.Errorf("with --yes: %v", err)
	}
}
