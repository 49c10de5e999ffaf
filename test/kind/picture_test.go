//go:build kind && linux

package kind

import (
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/test/screen"
)

// memoryPicture takes a lesson up to its first container and sees what the screen
// reads of it from the cgroups of kind's node.
func memoryPicture(t *testing.T) {
	cmd := podlab(t.Context(), t, "assign-memory-resource")
	cmd.Env = append(cmd.Env, "TERM=xterm-256color")
	s, err := screen.Start(cmd, 160, 48)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the screen: %v", err)
		}
	}()
	for _, do := range []struct{ keys, want string }{
		{"", "3/3 nodes"},
		{"", "│$"},
		{"n", "▶ 2 "}, // over the metrics API
		{"\r", "✓▶2 "},
		{"", "│$  "}, // an outcome may turn before its command ends
		{"n", "nothing to draw yet"},
		{"\r", "memory-demo-ctr · now "},
	} {
		if err := s.Type(do.keys); err != nil {
			t.Fatal(err)
		}
		if err := s.WaitFor(t.Context(), time.Minute, do.want); err != nil {
			t.Fatal(err)
		}
	}
	if text := s.Text(); !strings.Contains(text, "Mi · request 100Mi") || strings.Contains(text, "from the metrics API") {
		t.Errorf("the figure is not that of the node's cgroups:\n%s", text)
	}
}
