package tui

import (
	"testing"

	"github.com/podlab/podlab/lessons"
)

func TestScriptFollowsTheShell(t *testing.T) {
	attach := []lessons.Command{
		{Run: "kubectl apply -f pod.yaml"},
		{Run: "kubectl attach -it nginx", Send: []string{"ps ax", "\x03"}},
		{Run: "kubectl get pod nginx"},
	}
	type act func(*script)
	started := func(l string) act { return func(s *script) { s.started(l) } }
	finished := act(func(s *script) { s.finished(0) })
	failed := act(func(s *script) { s.finished(1) })
	stopped := act(func(s *script) { s.finished(130) })
	shown := act(func(s *script) { s.accept() })
	apply := started("kubectl apply -f pod.yaml")
	sent := act(func(s *script) { s.sent() })
	edit := act(func(s *script) { s.edit() })
	tests := []struct {
		name  string
		acts  []act
		want  string
		again bool
	}{
		{"at first", nil, "kubectl apply -f pod.yaml", false},
		{"typing alone does not count", []act{sent}, "kubectl apply -f pod.yaml", false},
		{"a run command counts", []act{started("kubectl apply -f pod.yaml")}, "kubectl attach -it nginx", false},
		{"spaces do not matter", []act{started("kubectl  apply -f  pod.yaml ")}, "kubectl attach -it nginx", false},
		{"another command does not count", []act{started("kubectl get nodes"), finished}, "kubectl apply -f pod.yaml", false},
		{"a later command skips the ones before", []act{started("kubectl attach -it nginx")}, "ps ax", false},
		{"lines for the program follow", []act{started("kubectl attach -it nginx"), sent, sent}, "kubectl get pod nginx", false},
		{"the program's end drops them", []act{started("kubectl attach -it nginx"), sent, finished}, "kubectl get pod nginx", false},
		{"an edited command counts", []act{edit, started("kubectl apply -f pod.yaml --namespace=x")}, "kubectl attach -it nginx", false},
		{"an edit into something else does not", []act{edit, started("ls")}, "kubectl apply -f pod.yaml", false},
		{"without an edit it must be the same", []act{started("kubectl apply -f pod.yaml --namespace=x")}, "kubectl apply -f pod.yaml", false},
		{"one that failed to make something comes again", []act{apply, failed}, "kubectl apply -f pod.yaml", false},
		{"until it succeeds", []act{apply, failed, apply, finished}, "kubectl attach -it nginx", false},
		{"but not for ever", []act{apply, failed, apply, failed, apply, failed}, "kubectl attach -it nginx", false},
		{"nor if that was to be seen", []act{apply, failed, shown}, "kubectl attach -it nginx", false},
		{"nor if it was stopped", []act{apply, stopped}, "kubectl attach -it nginx", false},
		{"one that only looks does not", []act{started("kubectl get pod nginx"), failed}, "kubectl get pod nginx", true},
		{"all run: the last once more", []act{started("kubectl get pod nginx"), finished}, "kubectl get pod nginx", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScript(attach)
			for _, a := range tt.acts {
				a(&s)
			}
			l, again, ok := s.upcoming()
			if !ok || l.text != tt.want || again != tt.again {
				t.Errorf("upcoming() = %q, again %v, %v; want %q, again %v", l.text, again, ok, tt.want, tt.again)
			}
		})
	}
	empty := newScript(nil)
	if _, _, ok := empty.upcoming(); ok {
		t.Error("a step without commands has an upcoming line")
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{"ps ax": "ps ax", "\x03": "^C", "\x10\x11": "^P^Q", "a\nb": "a\nb"} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q, want %q", in, got, want)
		}
	}
}
