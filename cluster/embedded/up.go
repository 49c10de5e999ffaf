//go:build linux

package embedded

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/say"
)

// startLimit bounds how long a start may take on a slow machine.
const startLimit = 4 * time.Minute

// Up implements cluster.Provider.
func (p *Provider) Up(ctx context.Context, report func(cluster.Progress)) error {
	report = oneAtATime(report)
	if p.attach(ctx) {
		return nil
	}
	if p.cfg.Source != "" {
		if err := programs.Ensure(ctx, p.cfg.Source, p.cfg.Programs, report); err != nil {
			return err
		}
	}
	groups, err := p.preflight()
	if err != nil {
		return err
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if p.attach(ctx) { // another podlab has started it meanwhile
		return nil
	}
	if err := p.bringUp(ctx, groups, report); err != nil {
		// Also when ctx is cancelled: nothing is left running.
		err = errors.Join(err, p.tearDown(context.WithoutCancel(ctx)))
		if ctx.Err() == nil { // it had the time, and the seed may be why it failed
			err = errors.Join(err, p.uproot())
		}
		return err
	}
	return nil
}

// attach tells whether the lab runs, is ready and lacks nothing.
func (p *Provider) attach(ctx context.Context) bool {
	run, err := p.running()
	if err != nil || run == nil || !fileExists(p.wholeFile()) {
		return false
	}
	s, err := p.Status(ctx)
	return err == nil && s.State == cluster.Running
}

// bringUp starts the lab, unless a podlab that was killed did, and waits until
// it is ready.
func (p *Provider) bringUp(ctx context.Context, groups *cgroup.Tree, report func(cluster.Progress)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit,
		say.Errorf("the cluster is not ready after %s: see 'podlab cluster logs'", startLimit))
	defer cancel()
	run, err := p.running()
	if err != nil {
		return err
	}
	fresh := false
	if run == nil {
		if err := p.tearDown(ctx); err != nil { // what a lab that was killed left
			return err
		}
		if err := os.RemoveAll(p.path("logs")); err != nil {
			return say.Errorf("remove the logs of the last run: %w", err)
		}
		err := stage(report, cluster.StageCertificates, p.makeCertificates)
		if err != nil {
			return err
		}
		if fresh, err = p.sow(); err != nil {
			return err
		}
		if run, err = p.start(groups); err != nil {
			return err
		}
	}
	if err := p.waitReady(ctx, run, report); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	if fresh {
		if err := p.keepSeed(run); err != nil {
			return err
		}
	}
	if p.cfg.Addons {
		err := stage(report, cluster.StageAddons, func() error { return addons.Apply(ctx, p.Kubeconfig()) })
		if err != nil {
			return err
		}
	}
	if err := os.WriteFile(p.wholeFile(), nil, 0o600); err != nil {
		return say.Errorf("remember the lab: %w", err)
	}
	return nil
}

// addons are what Up installs if it is to.
var addons = kube.Addons{DNSIP: dnsIP, Domain: domain}

// WaitAddons returns when CoreDNS and metrics-server are ready. Metrics of a
// Pod come some seconds later still.
func (p *Provider) WaitAddons(ctx context.Context) error { return addons.Wait(ctx, p.Kubeconfig()) }

// waitReady returns when the API server answers and both nodes are Ready.
func (p *Provider) waitReady(ctx context.Context, run *runInfo, report func(cluster.Progress)) error {
	client, err := kube.Client(p.Kubeconfig())
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	watching, done := context.WithCancel(ctx)
	defer done()
	group.Go(func() error { return p.watchSupervisor(watching, run) })
	group.Go(func() error {
		defer done()
		err := stage(report, cluster.StageControlPlane, func() error { return kube.WaitAPI(ctx, client, readyPath) })
		if err != nil {
			return err
		}
		return p.waitNodes(ctx, client, run, report)
	})
	return group.Wait()
}

func (p *Provider) waitNodes(ctx context.Context, client kubernetes.Interface, run *runInfo, report func(cluster.Progress)) error {
	progress := cluster.Progress{Stage: cluster.StageNodes, Total: int64(len(workers)), Unit: "nodes"}
	report(progress)
	err := kube.WaitNodes(ctx, client, len(workers), func(string) time.Time { return run.Since }, func(ready int, name string) {
		progress.Done, progress.Detail = int64(ready), say.Plain(name)
		report(progress)
	})
	if err == nil {
		err = kube.WaitServiceAccount(ctx, client)
	}
	progress.Finished, progress.Err = true, err
	report(progress)
	return err
}

// watchSupervisor fails when the supervisor ends before ctx does.
func (p *Provider) watchSupervisor(ctx context.Context, run *runInfo) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if !run.alive() {
				return say.Errorf("the lab's supervisor ended%s", p.lastLine("lab-init"))
			}
		}
	}
}

// stage reports a stage that has no parts to count.
func stage(report func(cluster.Progress), name cluster.Stage, do func() error) error {
	report(cluster.Progress{Stage: name})
	err := do()
	report(cluster.Progress{Stage: name, Finished: true, Err: err})
	return err
}

func oneAtATime(report func(cluster.Progress)) func(cluster.Progress) {
	if report == nil {
		return func(cluster.Progress) {}
	}
	var mu sync.Mutex
	return func(p cluster.Progress) {
		mu.Lock()
		defer mu.Unlock()
		report(p)
	}
}
