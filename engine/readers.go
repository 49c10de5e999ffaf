package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/podlab/podlab/engine/meter"
	"github.com/podlab/podlab/engine/picture"
)

// reader reads something of the cluster again and again until its context ends.
type reader func(context.Context)

// work is the readers that go on, by what they read.
type work struct {
	stops map[string]context.CancelFunc
	all   sync.WaitGroup
}

// keep lets go on what is wanted, starts what is new and stops the rest, without
// waiting for its end.
func (w *work) keep(ctx context.Context, wanted map[string]reader) {
	if w.stops == nil {
		w.stops = map[string]context.CancelFunc{}
	}
	for what, stop := range w.stops {
		if wanted[what] == nil {
			stop()
			delete(w.stops, what)
		}
	}
	for what, read := range wanted {
		if w.stops[what] != nil {
			continue
		}
		ctx, stop := context.WithCancel(ctx)
		w.stops[what] = stop
		w.all.Go(func() {
			defer stop()
			read(ctx)
		})
	}
}

// stop stops all and waits for their end.
func (w *work) stop() {
	for _, stop := range w.stops {
		stop()
	}
	w.all.Wait()
}

// Pauses of readers.
const (
	metricsEvery = 5 * time.Second // the API's own means are renewed every 15
	probesEvery  = time.Second
	readAgain    = 2 * time.Second // after the end of a node's reader
)

// usageReaders adds who reads the Pods' usage: one for each node or, where no
// node can be entered, for each namespace.
func (s *Session) usageReaders(places []picture.Place, readers map[string]reader) {
	if s.cfg.Exec == nil {
		for _, p := range places {
			readers["metrics "+p.Namespace] = func(ctx context.Context) { s.readMetrics(ctx, p.Namespace) }
		}
		return
	}
	byNode := map[string][]string{}
	for _, p := range places {
		byNode[p.Node] = append(byNode[p.Node], p.UID)
	}
	for node, uids := range byNode {
		slices.Sort(uids)
		readers["node "+node+" "+strings.Join(uids, " ")] = func(ctx context.Context) { s.readNode(ctx, node, uids) }
	}
}

// readNode reads cgroups through one command on the node. When that ends, with
// its node perhaps, another one is tried; the series then has a gap.
func (s *Session) readNode(ctx context.Context, node string, uids []string) {
	for ctx.Err() == nil {
		// What is wrong shows by the picture that stays empty.
		_ = meter.Node(ctx, s.cfg.Exec, node, uids, func(readings map[string]picture.Reading) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.portrait.read(readings)
		})
		idle(ctx, readAgain)
	}
}

// readMetrics asks the metrics API.
func (s *Session) readMetrics(ctx context.Context, namespace string) {
	for ctx.Err() == nil {
		s.mu.Lock()
		link := s.link
		s.mu.Unlock()
		found, err := meter.Metrics(ctx, link.Client, namespace)
		s.mu.Lock()
		for _, place := range s.portrait.lives.Places(func(ns, _ string, _ map[string]string) bool { return ns == namespace }) {
			readings := found[place.Pod]
			for id, container := range place.Runs {
				if r, ok := readings[container]; ok {
					r.Run = id
					readings[container] = r
				}
			}
			s.portrait.meters.Read(place.UID, readings)
		}
		if err == nil {
			s.portrait.source = picture.SourceMetrics
			s.portrait.soon()
		}
		s.mu.Unlock()
		idle(ctx, metricsEvery)
	}
}

// readProbes asks a kubelet what it has counted of its probes.
func (s *Session) readProbes(ctx context.Context, node string) {
	for ctx.Err() == nil {
		s.mu.Lock()
		link := s.link
		s.mu.Unlock()
		counts, err := meter.Probes(ctx, link.Client, node)
		if err == nil {
			s.mu.Lock()
			if s.portrait.ticks.Read(node, time.Now(), counts) {
				s.portrait.soon()
			}
			s.mu.Unlock()
		}
		idle(ctx, probesEvery)
	}
}

// idle waits, or until ctx ends.
func idle(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
