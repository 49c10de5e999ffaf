// Package doctor looks at what a lab cluster needs of this machine and says,
// for each thing, what it found and what to do.
//
// It changes nothing: what must be tried is tried in namespaces that end with
// the trial.
package doctor

import (
	"context"
	"sync"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// State is how a check ended.
type State string

// The states of a check.
const (
	OK   State = "ok"
	Warn State = "warn" // something will be slower, or not to be seen
	Fail State = "fail" // no cluster will start here
)

// Check is one thing that was looked at.
type Check struct {
	ID    string   `json:"id"`
	State State    `json:"state"`
	Found say.Text `json:"found"`
	// Advice says what to do; empty when all is well.
	Advice say.Text `json:"advice,omitzero"`
}

// Options say what to look at.
type Options struct {
	// State is the folder in which the lab will keep its files; it need not
	// be there yet.
	State string
	// Programs is the folder of the node's programs.
	Programs string
	// Provider is who will run the cluster, "kind", "embedded" or "existing": what
	// only others need is no failure. Empty, it is not decided.
	Provider string
	// Offline keeps Run from asking registries whether they are there.
	Offline bool
}

// timeout bounds each check: one that hangs is one that fails.
const timeout = 4 * time.Second

// Run makes all checks, several at the same time, and returns them in a fixed
// order. It takes a few seconds at most.
func Run(ctx context.Context, opts Options) []Check {
	return run(ctx, thisMachine(), opts)
}

// check is one of the checks, with its name.
type check struct {
	id   string
	look func(context.Context) Check
}

// doctor is one run.
type doctor struct {
	machine
	opts Options
}

func run(ctx context.Context, m machine, opts Options) []Check {
	d := &doctor{machine: m, opts: opts}
	all := d.all()
	checks := make([]Check, len(all))
	var running sync.WaitGroup
	for i, c := range all {
		running.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			checks[i] = c.look(ctx)
			checks[i].ID = c.id
		})
	}
	running.Wait()
	forProvider(checks, opts.Provider)
	return checks
}

func ok(found say.Text) Check           { return Check{State: OK, Found: found} }
func warn(found, advice say.Text) Check { return Check{State: Warn, Found: found, Advice: advice} }
func fail(found, advice say.Text) Check { return Check{State: Fail, Found: found, Advice: advice} }
