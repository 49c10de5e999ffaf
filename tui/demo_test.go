package tui

import (
	"strings"
	"testing"

	"github.com/podlab/podlab/engine"
)

// demonstrate runs a demo of the lesson memory, much faster than a person.
func demonstrate(t *testing.T, w, h int, change func(*Config)) *terminal {
	t.Helper()
	return start(t, w, h, func(c *Config) {
		c.Lesson, c.Demo = "memory", &Demo{Speed: 300}
		if change != nil {
			change(c)
		}
	})
}

// A demo plays the lesson to its end and shows how many outcomes were reached.
func TestDemoPlaysALesson(t *testing.T) {
	for _, size := range []struct{ w, h int }{{60, 16}, {80, 24}, {160, 48}} {
		s := demonstrate(t, size.w, size.h, func(c *Config) { c.Demo.Speed = 25 })
		s.shows("Any key ends it")
		s.shows("4 outcomes were reached")
		if err := s.end(); err != nil {
			t.Errorf("%v: the demo ended with %v", size, err)
		}
		if f := s.opened(); !f.closed || len(f.done) != 3 {
			t.Errorf("%v: closed %v, done %v", size, f.closed, f.done)
		}
	}
}

func TestDemoEndsAtAKey(t *testing.T) {
	s := demonstrate(t, 80, 24, func(c *Config) { c.Demo.Speed = 0.01 })
	s.shows("│$", "Any key ends it")
	s.press("x")
	if err := s.end(); err != nil {
		t.Errorf("the demo ended with %v", err)
	}
	if f := s.opened(); !f.closed || len(f.line) > 0 {
		t.Errorf("closed %v; the key was typed: %q", f.closed, f.line)
	}
}

// What keeps a demo from going on ends it with an error; it never hangs.
func TestDemoFails(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Config)
		during func(s *terminal, f *fakeSession)
		want   string
	}{
		"the cluster does not start": {change: func(c *Config) { c.Cluster = &fakeCluster{fails: []error{errPort}} }, want: "port 6443"},
		"a step is not done":         {change: func(c *Config) { c.Lessons[0].Steps = c.Lessons[0].Steps[1:] }, want: "step exceed is not done"},
		"the session ends":           {during: func(_ *terminal, f *fakeSession) { _ = f.Close() }, want: "terminal has ended"},
		"the cluster is lost":        {during: func(_ *terminal, f *fakeSession) { f.emit(engine.ClusterLost{Err: errPort, At: day}) }, want: "port 6443"},
	} {
		t.Run(name, func(t *testing.T) {
			s := demonstrate(t, 80, 24, func(c *Config) {
				if tt.during != nil {
					c.Demo.Speed = 0.01
				}
				if tt.change != nil {
					tt.change(c)
				}
			})
			if tt.during != nil {
				s.shows("│$", "Any key ends it")
				tt.during(s, s.opened())
			}
			if err := s.end(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the demo ended with %v, want %q", err, tt.want)
			}
		})
	}
}
