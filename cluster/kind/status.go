package kind

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/say"
)

// container is a node's.
type container struct {
	name    string
	running bool
}

// containers lists the lab's, by name.
func (p *Provider) containers(ctx context.Context) ([]container, error) {
	if p.cfg.Engine == nil {
		return nil, ErrNoEngine
	}
	out, err := p.cfg.Engine.output(ctx, "ps", "--all", "--no-trunc",
		"--filter", "label=io.x-k8s.kind.cluster="+p.clusterName(), "--format", "{{.Names}}\t{{.Status}}")
	if err != nil {
		return nil, say.Errorf("look for the lab's nodes: %w", err)
	}
	var all []container
	for line := range strings.Lines(out) {
		name, state, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok {
			all = append(all, container{name: name, running: strings.HasPrefix(state, "Up")})
		}
	}
	slices.SortFunc(all, func(a, b container) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// startTimes tells when each node's container was started: a kubelet repeats a status
// that has not changed only every five minutes, so that of a node that was never
// stopped may be older than what is waited for. Where the engine does not tell, it
// is the time given.
func (p *Provider) startTimes(ctx context.Context, otherwise time.Time) func(node string) time.Time {
	times := make(map[string]time.Time)
	all, _ := p.containers(ctx) // what cannot be had is otherwise
	for _, c := range all {
		out, err := p.cfg.Engine.output(ctx, "container", "inspect", "--format", "{{json .State.StartedAt}}", c.name)
		if err != nil {
			continue
		}
		if at, err := time.Parse(time.RFC3339, strings.Trim(out, `"`)); err == nil {
			times[c.name] = at
		}
	}
	return func(node string) time.Time {
		if at, ok := times[node]; ok {
			return at
		}
		return otherwise
	}
}

// Status implements cluster.Provider. It takes at most some seconds, also where
// the engine or the API server hangs.
func (p *Provider) Status(ctx context.Context) (cluster.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	s := cluster.Status{Provider: p.Name(), Name: p.cfg.Name, State: cluster.Absent}
	all, err := p.containers(ctx)
	if errors.Is(err, ErrNoEngine) {
		s.Reason = say.Of(err)
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if len(all) == 0 {
		return s, nil
	}
	var stopped []string
	for _, c := range all {
		s.Nodes = append(s.Nodes, cluster.NodeStatus{Name: c.name})
		if !c.running {
			stopped = append(stopped, c.name)
		}
	}
	switch {
	case len(stopped) == len(all):
		s.State = cluster.Stopped
		return s, nil
	case len(stopped) > 0:
		s.State, s.Reason = cluster.Broken, say.T("not running: %s", strings.Join(stopped, ", "))
		return s, nil
	case len(all) != workers+1:
		s.State, s.Reason = cluster.Broken, say.T("it has %d nodes and should have %d", len(all), workers+1)
		return s, nil
	}
	s.State = cluster.Starting
	if s.Reason = p.look(ctx, &s); s.Reason.IsZero() {
		s.State = cluster.Running
	}
	return s, nil
}

// look fills in what the API server tells and returns what is not as it should
// be, if anything.
func (p *Provider) look(ctx context.Context, s *cluster.Status) say.Text {
	client, err := kube.Client(p.Kubeconfig())
	if err != nil {
		return say.T("it has no kubeconfig yet")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return say.T("its API server does not answer")
	}
	var waiting []string
	for i := range s.Nodes {
		for j := range nodes.Items {
			n := &nodes.Items[j]
			if n.Name != s.Nodes[i].Name {
				continue
			}
			s.Nodes[i].Ready = kube.IsReady(n, time.Time{})
			s.Kubernetes = n.Status.NodeInfo.KubeletVersion
			if s.Since.IsZero() || n.CreationTimestamp.Time.Before(s.Since) {
				s.Since = n.CreationTimestamp.Time
			}
		}
		if !s.Nodes[i].Ready {
			waiting = append(waiting, s.Nodes[i].Name)
		}
	}
	if len(waiting) > 0 {
		return say.T("not Ready: %s", strings.Join(waiting, ", "))
	}
	return say.Text{}
}
