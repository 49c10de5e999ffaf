package tui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/cluster"
)

// startInterval is the least time between two frames of a start's progress.
const startInterval = 60 * time.Millisecond

// startCluster starts the cluster and reports its stages.
func (m *Model) startCluster() tea.Cmd {
	m.cluster = clusterView{state: clusterStarting, status: m.cluster.status}
	s := &starter{every: startInterval, ready: make(chan struct{}, 1), done: make(chan struct{})}
	if m.cfg.ReducedMotion {
		s.every = m.beat()
	}
	start := m.work.cmd(func(ctx context.Context) tea.Msg {
		defer close(s.done)
		msg := startedMsg{from: s, err: m.cfg.Cluster.Start(ctx, s.report)}
		if msg.err == nil {
			msg.status, msg.err = m.cfg.Cluster.Status(ctx)
		}
		return msg
	})
	return tea.Batch(start, m.work.cmd(s.wait))
}

// started takes in how the start ended. A lesson that waited for the cluster
// gets its session.
func (m *Model) started(msg startedMsg) tea.Cmd {
	m.cluster.stages = msg.from.latest()
	m.cluster.err = msg.err
	if msg.err != nil {
		m.cluster.state = clusterFailed
		return nil
	}
	m.cluster.state, m.cluster.status = clusterRunning, msg.status
	if m.lesson != nil {
		m.lesson.lost = nil
	}
	return m.openSession()
}

// restart starts a cluster that failed or was lost again; progress is kept.
func (m *Model) restart() tea.Cmd {
	if m.cluster.state != clusterFailed && m.cluster.state != clusterLost {
		return nil
	}
	return m.startCluster()
}

// readStatus asks what the cluster is now.
func (m *Model) readStatus() tea.Cmd {
	return m.work.cmd(func(ctx context.Context) tea.Msg {
		status, err := m.cfg.Cluster.Status(ctx)
		if err != nil {
			return nil // the session tells when the cluster is lost
		}
		return statusMsg{status}
	})
}

// nodesInterval is the time between two looks at nodes that are not ready.
const nodesInterval = time.Second

// awaitNodes looks at the cluster again while nodes are not ready: it answers
// before they are.
func (m *Model) awaitNodes() tea.Cmd {
	unready := func(n cluster.NodeStatus) bool { return !n.Ready }
	if m.cluster.state != clusterRunning || !slices.ContainsFunc(m.cluster.status.Nodes, unready) {
		return nil
	}
	return m.work.after(nodesInterval, nodesMsg{})
}

// readProgress reads how far the learner is with each lesson.
func (m *Model) readProgress() tea.Cmd {
	return m.work.cmd(func(context.Context) tea.Msg {
		if m.cfg.Progress == nil {
			return nil
		}
		all := progressMsg{}
		for _, l := range m.cfg.Lessons {
			all[l.ID] = m.cfg.Progress(l.ID)
		}
		return all
	})
}
