package kind

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	kindcluster "sigs.k8s.io/kind/pkg/cluster"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// The stages of this provider besides the general ones.
const (
	StageNodeImage  cluster.Stage = "node-image" // pull the nodes' image
	StageContainers cluster.Stage = "containers" // start the nodes' containers
)

// startLimit bounds how long a start may take on a slow machine; the pull of
// the node image is not part of it.
const startLimit = 6 * time.Minute

// Up implements cluster.Provider. A lab that is there, as after a restart of the
// engine or of the machine, is started again; one that was never made to its end
// is made anew.
func (p *Provider) Up(ctx context.Context, report func(cluster.Progress)) error {
	r := newReporter(report)
	st, err := p.Status(ctx)
	if err != nil {
		return err
	}
	if st.State == cluster.Running && !p.lacking() {
		return nil
	}
	if p.cfg.Engine == nil {
		return say.Errorf("a kind cluster cannot be made: %w", ErrNoEngine)
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if st, err = p.Status(ctx); err != nil { // another podlab may have started it meanwhile
		return err
	}
	switch {
	case st.State == cluster.Running && !p.lacking():
		return nil
	case len(st.Nodes) == workers+1 && !p.unfinished():
		return p.start(ctx, r, p.wake, p.stop)
	}
	if err := p.ensureImage(ctx, r); err != nil {
		return err
	}
	// What is there is of a podlab that was killed while it made the lab, or of a
	// lab whose containers somebody removed.
	if err := p.tearDown(ctx); err != nil {
		return err
	}
	return p.start(ctx, r, p.create, p.tearDown)
}

// unfinished tells whether a podlab began to make the lab in this folder and was
// killed before its end: kind starts all containers first, and writes the
// kubeconfig last. A lab of which the folder knows nothing may be somebody else's.
func (p *Provider) unfinished() bool {
	_, begun := os.Stat(p.path("nodes"))
	_, ended := os.Stat(p.Kubeconfig())
	return begun == nil && ended != nil
}

// lacking tells whether a podlab began to start the lab in this folder and was
// killed before the lab had everything that belongs to it.
func (p *Provider) lacking() bool {
	_, begun := os.Stat(p.Trace())
	_, ended := os.Stat(p.wholeFile())
	return begun == nil && ended != nil
}

// wholeFile is there while the lab has everything that belongs to it.
func (p *Provider) wholeFile() string { return p.path("whole") }

func (p *Provider) markWhole() error {
	if err := os.WriteFile(p.wholeFile(), nil, 0o600); err != nil {
		return say.Errorf("remember that the lab is whole: %w: check that the disk is not full, and run this again", err)
	}
	return nil
}

// startFunc makes the nodes run. It calls running as soon as their containers
// do, which is long before the nodes are Ready.
type startFunc func(ctx context.Context, r *reporter, running func()) error

// start makes the nodes run by the given way and waits until the lab is ready.
// What the nodes are equipped with gets into them while they start.
// If it fails its logs are kept and it is undone: nothing is left running.
func (p *Provider) start(ctx context.Context, r *reporter, nodes startFunc, undo func(context.Context) error) error {
	limited, cancel := context.WithTimeoutCause(ctx, startLimit,
		say.Errorf("the cluster is not ready after %s: see 'podlab cluster logs'", startLimit))
	defer cancel()
	began := time.Now()
	beside := errgroup.Group{}
	var once sync.Once
	_ = os.Remove(p.wholeFile()) // mostly it is not there
	err := nodes(limited, r, func() {
		once.Do(func() { beside.Go(func() error { return p.equip(limited) }) })
	})
	if err == nil {
		err = p.waitReady(limited, r, began)
	}
	if err == nil {
		r.begin(cluster.StageLoad)
		err = r.end(beside.Wait())
	}
	if err == nil && p.cfg.Addons {
		r.begin(cluster.StageAddons)
		err = r.end(addons.Apply(limited, p.Kubeconfig()))
	}
	if err == nil {
		err = p.markWhole()
	}
	if err == nil {
		return nil
	}
	if cause := context.Cause(limited); cause != nil {
		err = cause
	}
	cancel()
	_ = beside.Wait() // it failed with the rest, or for that
	r.fail(err)
	after := context.WithoutCancel(ctx)
	if ctx.Err() == nil {
		p.keepLogs()
	}
	return errors.Join(err, undo(after))
}

// ensureImage makes the engine have the node image.
func (p *Provider) ensureImage(ctx context.Context, r *reporter) error {
	if p.cfg.Engine.HasImage(ctx, p.cfg.NodeImage) {
		return nil
	}
	r.begin(StageNodeImage)
	cmd := p.cfg.Engine.command(ctx, "pull", p.cfg.NodeImage)
	out, w := io.Pipe()
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = w, &errs
	if err := cmd.Start(); err != nil {
		return r.end(say.Errorf("pull the node image: %w", err))
	}
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		followPull(out, r.detail)
	}()
	err := cmd.Wait()
	_ = w.Close() // never fails
	<-followed
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err != nil:
		err = say.Errorf("pull the node image %s: %s: let its registry through, or load one with 'podlab images node FILE' and '%s load --input FILE'",
			p.cfg.NodeImage, lastLine(errs.String(), err), p.cfg.Engine.Program)
	}
	return r.end(err)
}

// followPull counts the layers that an engine says it has begun and finished.
func followPull(out io.Reader, tell func(done, total int64, detail string)) {
	begun, done := make(map[string]bool), make(map[string]bool)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		layer, what, ok := strings.Cut(lines.Text(), ": ")
		if !ok || strings.Contains(layer, " ") {
			continue
		}
		switch {
		case strings.HasPrefix(what, "Pulling fs layer"), strings.HasPrefix(what, "Waiting"):
			begun[layer] = true
		case strings.HasPrefix(what, "Pull complete"), strings.HasPrefix(what, "Already exists"):
			begun[layer], done[layer] = true, true
		default:
			continue
		}
		tell(int64(len(done)), int64(len(begun)), layer)
	}
	_, _ = io.Copy(io.Discard, out) // a line too long to scan must not block the engine
}

func lastLine(text string, err error) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	return err.Error()
}

// phases are kind's, with the stages that they are to the user.
var phases = []struct {
	prefix string
	stage  cluster.Stage
}{
	{"Preparing nodes", StageContainers},
	{"Starting control-plane", cluster.StageControlPlane},
	{"Joining worker nodes", cluster.StageNodes},
}

// create has kind make the cluster. kind takes no context: when ctx ends the
// containers are taken away from under it until it gives up.
func (p *Provider) create(ctx context.Context, r *reporter, running func()) error {
	config, err := p.clusterConfig()
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.engineFile(), []byte(p.cfg.Engine.Program), 0o600); err != nil {
		return say.Errorf("remember the lab: %w", err)
	}
	log, err := p.openLog()
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // what could not be written is not missed
	l := &logger{w: log, begin: func(phase string) {
		for _, known := range phases {
			if strings.HasPrefix(phase, known.prefix) {
				if known.stage == cluster.StageControlPlane {
					running()
				}
				r.begin(known.stage)
				return
			}
		}
		r.detail(0, 0, phase)
	}}
	provider := p.cfg.Engine.provider(l)
	done := make(chan error, 1)
	go func() {
		done <- provider.Create(p.clusterName(),
			kindcluster.CreateWithV1Alpha4Config(config),
			kindcluster.CreateWithKubeconfigPath(p.Kubeconfig()),
			kindcluster.CreateWithRetain(true), // the logs are wanted
		)
	}()
	for {
		select {
		case err := <-done:
			if err != nil && ctx.Err() == nil {
				return say.Errorf("make the kind cluster: %w", err)
			}
			return context.Cause(ctx)
		case <-ctx.Done():
			if err := p.removeContainers(context.WithoutCancel(ctx)); err != nil {
				l.write(err.Error()) // it is tried again, and once more at the end
			}
			select {
			case err := <-done:
				return errors.Join(context.Cause(ctx), err)
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
}

// wake starts the containers of a lab that was there before, and reads its
// kubeconfig anew: the engine may have given it another port.
func (p *Provider) wake(ctx context.Context, r *reporter, running func()) error {
	r.begin(StageContainers)
	all, err := p.containers(ctx)
	if err != nil {
		return err
	}
	// One after the other, so that each gets the address that it had.
	for _, c := range all {
		if c.running {
			continue
		}
		if _, err := p.cfg.Engine.output(ctx, "start", c.name); err != nil {
			return say.Errorf("start node %s: %w", c.name, err)
		}
	}
	running()
	provider := p.cfg.Engine.provider(&logger{w: io.Discard})
	text, err := provider.KubeConfig(p.clusterName(), false)
	if err != nil {
		return say.Errorf("read the lab's kubeconfig: %w", err)
	}
	if err := os.WriteFile(p.Kubeconfig(), []byte(text), 0o600); err != nil {
		return say.Errorf("write the lab's kubeconfig: %w", err)
	}
	return nil
}

// stop undoes wake: the lab is there, as it was.
func (p *Provider) stop(ctx context.Context) error {
	all, err := p.containers(ctx)
	if err != nil {
		return err
	}
	args := []string{"stop"}
	for _, c := range all {
		args = append(args, c.name)
	}
	if _, err := p.cfg.Engine.output(ctx, args...); err != nil {
		return say.Errorf("stop the lab's nodes: %w", err)
	}
	return nil
}

// waitReady returns when the API server answers, all nodes have said since they
// were started that they are Ready, and Pods can be made. Where the engine does not
// tell when that was, the time given counts. kind's own waiting ends without an
// error when its time is up.
func (p *Provider) waitReady(ctx context.Context, r *reporter, began time.Time) error {
	client, err := kube.Client(p.Kubeconfig())
	if err != nil {
		return err
	}
	if err := kube.WaitAPI(ctx, client, "/readyz"); err != nil {
		return err
	}
	r.begin(cluster.StageNodes)
	r.unit = "nodes"
	// The control plane keeps a taint of its own, which does not count.
	err = kube.WaitNodes(ctx, client, workers+1, p.startTimes(ctx, began), func(ready int, name string) {
		r.detail(int64(ready), workers+1, name)
	})
	if err != nil {
		return err
	}
	return r.end(kube.WaitServiceAccount(ctx, client))
}

// equip makes the folders in the nodes that lessons use, whatever image the
// nodes run, and brings them the addons' images, unless they get those from the
// store themselves when a Pod needs them.
func (p *Provider) equip(ctx context.Context) error {
	all, err := p.containers(ctx)
	if err != nil {
		return err
	}
	group, made := errgroup.WithContext(ctx)
	for _, c := range all {
		group.Go(func() error {
			return p.Exec(made, c.name, []string{"mkdir", "-p", kubeletDropIn, "/etc/kubernetes/manifests", "/var/lib/kubelet/seccomp"}, cluster.Stdio{})
		})
	}
	if err := group.Wait(); err != nil || !p.cfg.Addons || p.cfg.ImageStore == "" || p.servesItself(ctx, all[0].name) {
		return err
	}
	return p.LoadImages(ctx, Images(), nil)
}

// lock makes this process the only one that starts or stops the lab. It waits
// for another one to finish. The kernel unlocks when a process dies.
func (p *Provider) lock(ctx context.Context) (unlock func(), err error) {
	return dirs.LockLab(ctx, p.cfg.Dir, "lock")
}

// reporter reports one stage after another.
type reporter struct {
	mu      sync.Mutex
	report  func(cluster.Progress)
	current cluster.Progress
	unit    string
}

func newReporter(report func(cluster.Progress)) *reporter {
	if report == nil {
		report = func(cluster.Progress) {}
	}
	return &reporter{report: report}
}

// begin ends the stage before and begins another, unless that is the one.
func (r *reporter) begin(s cluster.Stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current.Stage == s {
		return
	}
	r.finish(nil)
	r.current = cluster.Progress{Stage: s}
	r.unit = "layers"
	r.report(r.current)
}

// detail tells how far the stage is; without a total only what is being done.
func (r *reporter) detail(done, total int64, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current.Stage == "" {
		return
	}
	r.current.Detail = say.Plain(what)
	if total > 0 {
		r.current.Done, r.current.Total, r.current.Unit = done, total, r.unit
	}
	r.report(r.current)
}

// end ends the stage and returns its error.
func (r *reporter) end(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finish(err)
	return err
}

// fail ends the stage, if there is one, by an error.
func (r *reporter) fail(err error) { _ = r.end(err) }

func (r *reporter) finish(err error) {
	if r.current.Stage == "" {
		return
	}
	r.current.Finished, r.current.Err = true, err
	r.report(r.current)
	r.current = cluster.Progress{}
}
