//go:build linux

package embedded

import (
	"context"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/say"
)

// Status implements cluster.Provider. It takes at most about a second, also
// where the API server hangs.
func (p *Provider) Status(ctx context.Context) (cluster.Status, error) {
	s := cluster.Status{Provider: p.Name(), Name: p.cfg.Name, State: cluster.Absent, Images: p.cfg.ImageOrigin}
	run, err := p.running()
	if err != nil {
		return s, err
	}
	if run == nil {
		switch {
		case fileExists(p.runFile()):
			s.State, s.Reason = cluster.Broken, say.T("its supervisor was killed")
		case fileExists(p.path("pki")):
			s.State = cluster.Stopped
		}
		return s, nil
	}
	s.Since = run.Since
	s.State = cluster.Starting
	for _, n := range workers {
		s.Nodes = append(s.Nodes, cluster.NodeStatus{Name: n.name})
	}
	s.Reason = p.look(ctx, run, &s)
	if s.Reason.IsZero() {
		s.State = cluster.Running
	} else if time.Since(run.Since) > startLimit {
		s.State = cluster.Broken
	}
	return s, nil
}

// look fills in what the API server tells and returns what is not as it
// should be, if anything.
func (p *Provider) look(ctx context.Context, run *runInfo, s *cluster.Status) say.Text {
	client, err := kube.Client(p.Kubeconfig())
	if err != nil {
		return say.T("it has no kubeconfig yet")
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return say.T("its API server does not answer")
	}
	s.Kubernetes = programs.Kubernetes
	var waiting []string
	for i := range s.Nodes {
		for j := range nodes.Items {
			if nodes.Items[j].Name == s.Nodes[i].Name {
				s.Nodes[i].Ready = kube.IsReady(&nodes.Items[j], run.Since)
			}
		}
		if !s.Nodes[i].Ready {
			waiting = append(waiting, s.Nodes[i].Name)
		}
	}
	if len(waiting) > 0 {
		return say.T("not Ready: %s", strings.Join(slices.Clip(waiting), ", "))
	}
	return say.Text{}
}
