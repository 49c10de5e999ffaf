package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/choice"
)

// starter is a kind cluster whose Up is as the test says.
type starter struct {
	cluster.Provider
	state cluster.State
	up    func() error
}

func (s *starter) Name() string { return choice.Kind }

func (s *starter) Up(context.Context, func(cluster.Progress)) error { return s.up() }

func (s *starter) Status(context.Context) (cluster.Status, error) {
	return cluster.Status{State: s.state}, nil
}

// Who provides the lab is known while it starts, and only if something came of
// it afterwards.
func TestStartRemembers(t *testing.T) {
	failed := errors.New("no")
	for name, c := range map[string]struct {
		err   error
		state cluster.State
		want  string
	}{
		"it runs":                       {nil, cluster.Running, choice.Kind},
		"it failed and is gone":         {failed, cluster.Absent, choice.Embedded},
		"it failed, and was not undone": {failed, cluster.Broken, choice.Kind},
		"it failed and was there":       {failed, cluster.Stopped, choice.Kind},
	} {
		t.Run(name, func(t *testing.T) {
			l := &lab{name: "unit", dir: t.TempDir()}
			if err := l.remember(choice.Embedded); err != nil {
				t.Fatal(err)
			}
			l.provider = &starter{state: c.state, up: func() error {
				if got := l.remembered(); got != choice.Kind {
					t.Errorf("while it starts, the provider is %q", got)
				}
				return c.err
			}}
			if err := l.start(t.Context(), nil); !errors.Is(err, c.err) {
				t.Errorf("error %v", err)
			}
			if got := l.remembered(); got != c.want {
				t.Errorf("remembered is %q, want %q", got, c.want)
			}
		})
	}
}

// Of two that start at the same time the second sees the first's cluster.
func TestStartWaitsAndLooks(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no embedded cluster here")
	}
	l := &lab{name: "unit", dir: t.TempDir()}
	l.provider = &starter{up: func() error { t.Error("it was started"); return nil }}
	unlock, err := l.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- l.start(t.Context(), nil) }()
	if err := os.WriteFile(filepath.Join(l.dir, "run.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := <-done; err == nil || !strings.Contains(err.Error(), "lab unit runs on embedded") {
		t.Errorf("error %v", err)
	}
	if got := l.remembered(); got != "" {
		t.Errorf("remembered is %q", got)
	}
}
