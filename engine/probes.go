package engine

import (
	"context"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/podlab/podlab/engine/observe"
	"github.com/podlab/podlab/engine/probe"
)

// noteContainers keeps which Pods there are and which containers run, for probes.
// s.mu is held.
func (s *Session) noteContainers(ch observe.Change) {
	if ch.Target.Kind != "Pod" || ch.Target.Namespace != s.lesson.Namespace {
		return
	}
	u := unstructured.Unstructured{Object: ch.Object}
	before := s.pods[u.GetName()]
	if ch.Verb == observe.Deleted {
		delete(s.pods, u.GetName())
	} else {
		s.pods[u.GetName()] = u.GetUID()
	}
	if before != s.pods[u.GetName()] {
		s.pruneProbes(ch.At)
	}
	pod := u.GetName() + "/"
	for key := range s.live {
		if strings.HasPrefix(key, pod) {
			delete(s.live, key)
		}
	}
	if ch.Verb != observe.Deleted {
		statuses, _, _ := unstructured.NestedSlice(ch.Object, "status", "containerStatuses")
		for i, st := range statuses {
			status, _ := st.(map[string]any)
			name, _ := status["name"].(string)
			_, runs, _ := unstructured.NestedMap(status, "state", "running")
			if runs && i == 0 {
				s.live[pod] = true // the container that exec takes by default
			}
			if runs {
				s.live[pod+name] = true
			}
		}
	}
	s.wakeProbes()
}

// wakeProbes starts the probes of the current step that can run now and do not.
// s.mu is held.
func (s *Session) wakeProbes() {
	for _, c := range s.steps[s.current].checks {
		if c.def.Probe != nil && !c.probing && s.probeable(c) {
			c.probing = true
			s.tasks.Go(func() { s.runProbe(c) })
		}
	}
}

// pruneProbes forgets what probes found in Pods that are gone: it says nothing
// about those in their place. s.mu is held.
func (s *Session) pruneProbes(at time.Time) {
	for _, c := range s.checks {
		if c.probed != nil && c.probed.pod != s.pods[c.def.Probe.Pod] {
			c.probed = nil
			s.judge(c, trigger{at: at})
		}
	}
}

// probeable says whether an outcome's probe should run now. s.mu is held.
func (s *Session) probeable(c *check) bool {
	return !s.closed && s.up && c.step == s.steps[s.current] && !c.closed() &&
		s.facts.lacking(c.needs).IsZero() && s.live[c.def.Probe.Pod+"/"+c.def.Probe.Container]
}

// unasked says whether an outcome's probe can run and has not been answered
// since its step began. s.mu is held.
func (s *Session) unasked(c *check) bool {
	return c.def.Probe != nil && c.probed == nil && s.probeable(c)
}

// runProbe runs an outcome's probe until the outcome is met, with pauses from
// 0.5 to 5 s, as long as its step is current and its container runs. A step that
// begins anew, or another Pod, is asked at once.
func (s *Session) runProbe(c *check) {
	fresh := wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.6, Steps: 6, Cap: 5 * time.Second}
	pause := fresh
	p := c.def.Probe
	for {
		s.mu.Lock()
		if !s.probeable(c) {
			c.probing = false
			s.mu.Unlock()
			return
		}
		link, begun, run, pod := s.link, c.step.begun, s.probe, s.pods[p.Pod]
		s.mu.Unlock()
		cmd := &command{line: strings.Join(p.Command, " "), where: "Pod " + s.lesson.Namespace + "/" + p.Pod, pod: pod, started: time.Now()}
		result, err := run(s.ctx, link.Config, link.Client, probe.Command{
			Namespace: s.lesson.Namespace, Pod: p.Pod, Container: p.Container, Argv: p.Command,
		})
		s.mu.Lock()
		if err == nil && !s.closed && begun.Equal(c.step.begun) && s.pods[p.Pod] == pod {
			cmd.exit = result.Exit
			_, _ = cmd.printed.Write([]byte(result.Output)) // never fails
			c.probed = cmd
			s.judge(c, trigger{at: time.Now()})
			s.notify()
		}
		s.mu.Unlock()
		rest, cancel := context.WithTimeout(s.ctx, pause.Step())
		if s.waitFor(rest, func() bool { return !begun.Equal(c.step.begun) || s.pods[p.Pod] != pod }) == nil {
			pause = fresh
		}
		cancel()
	}
}
