package main

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"

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
	err := consent(t.Context(), o, l, all)
	if err == nil || !strings.Contains(err.Error(), "--yes") || !strings.Contains(err.Error(), "namespace default") || !strings.Contains(err.Error(), "kinds: Node") {
		t.Errorf("without a terminal: %v", err)
	}
	o.yes = true
	if err := consent(t.Context(), o, l, all); err != nil {
		t.Errorf("with --yes: %v", err)
	}
}

// writer is a function that is written to.
type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// Who is asked may answer, or leave by Ctrl-C without an answer.
func TestConsentIsAsked(t *testing.T) {
	l := &lab{provider: existing.New(existing.Config{})}
	for name, want := range map[string]string{"y\n": "", "no\n": "nothing was touched", "Ctrl-C": context.Canceled.Error()} {
		terminal, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		ctx, interrupt := context.WithCancel(t.Context())
		asked := writer(func(p []byte) (int, error) {
			if !bytes.Contains(p, []byte("[y/N]")) {
				return len(p), nil
			}
			if name == "Ctrl-C" {
				interrupt()
				return len(p), nil
			}
			_, err := terminal.WriteString(name)
			return len(p), err
		})
		before, err := term.GetState(int(tty.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		err = consent(ctx, &options{streams: Streams{In: tty, Err: asked}, context: "mine"}, l, nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
		if after, err := term.GetState(int(tty.Fd())); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%q: the terminal was %v and is %v, %v", name, before, after, err)
		}
		interrupt()
		if err := errors.Join(tty.Close(), terminal.Close()); err != nil {
			t.Error(err)
		}
	}
}
