// Package observe watches a lesson's objects on a cluster and keeps every
// revision it is told of.
//
// There is one watch for each resource and namespace, however many outcomes ask
// for it. Nothing is polled: between changes the API server is left alone. Only
// while the cluster does not answer, or does not know a kind yet, is it asked
// again, with growing pauses.
package observe

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// Target is what one watch watches.
type Target struct {
	APIVersion string
	Kind       string
	// Namespace is ignored for cluster-scoped kinds; "" is every namespace.
	Namespace string
}

// Verb is what happened to an object.
type Verb string

// The verbs of a Change.
const (
	Added    Verb = "added"
	Modified Verb = "modified"
	Deleted  Verb = "deleted"
)

// Mark is a moment in a cluster's life: revisions of one epoch are ordered.
// The epoch grows when a different cluster answers.
type Mark struct {
	Epoch    int
	Revision uint64
}

// After says whether m is later than o.
func (m Mark) After(o Mark) bool {
	return m.Epoch > o.Epoch || m.Epoch == o.Epoch && m.Revision > o.Revision
}

// Change is one observed revision of an object.
type Change struct {
	Target Target
	Verb   Verb
	// Object is the revision as JSON values, without managedFields; for a
	// deleted object its last one. It must not be changed.
	Object map[string]any
	Mark   Mark
	At     time.Time
}

// Config says what to watch and whom to tell. The functions are called one at a
// time for each watch, from several goroutines.
type Config struct {
	// Kubeconfig is read again whenever the cluster has been lost.
	Kubeconfig string
	Targets    []Target
	Changed    func(Change)
	// Synced is called after each Connected, when all watches have told
	// what there is, of the kinds that the cluster knows.
	Synced func()
	// Lost is called when the API server stops answering, or does not at first.
	Lost func(error)
	// Connected is called whenever the API server answers (again), before
	// changes from it are told.
	Connected func(*Link)
}

// Observer watches until its context ends.
type Observer struct {
	cfg    Config
	stores []*store

	mu      sync.Mutex
	link    *Link // nil while the cluster does not answer
	epoch   int
	cluster string // identity of the cluster of this epoch
	pending int    // targets not yet synced
}

// New makes an Observer; Run makes it watch.
func New(cfg Config) *Observer {
	o := &Observer{cfg: cfg}
	for _, t := range cfg.Targets {
		o.stores = append(o.stores, &store{observer: o, target: t, known: map[string]map[string]any{}})
	}
	return o
}

// Link is the connection to the cluster, or nil while it does not answer.
func (o *Observer) Link() *Link {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.link
}

// Run watches until ctx ends, through any loss of the cluster, and returns when
// all its goroutines have ended.
func (o *Observer) Run(ctx context.Context) {
	ctx = klog.NewContext(ctx, logr.Discard()) // client-go would write over the screen
	for ctx.Err() == nil {
		link := o.connect(ctx)
		if link == nil {
			return
		}
		o.mu.Lock()
		o.link = link
		o.pending = len(o.stores)
		o.mu.Unlock()
		if o.cfg.Connected != nil {
			o.cfg.Connected(link)
		}
		var watches sync.WaitGroup
		for _, s := range o.stores {
			s.begin(link)
			watches.Go(func() { s.watch(link.ctx, link) })
		}
		<-link.ctx.Done()
		o.mu.Lock()
		o.link = nil
		o.mu.Unlock()
		watches.Wait()
	}
}

func (o *Observer) synced() {
	o.mu.Lock()
	o.pending--
	done := o.pending == 0
	o.mu.Unlock()
	if done && o.cfg.Synced != nil {
		o.cfg.Synced()
	}
}
