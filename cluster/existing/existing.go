// Package existing uses a cluster that the user has: a context of a kubeconfig
// that they name. The context alone is copied into the lab's folder; the file
// itself is only read. What lessons make there carries a label; bringing such a
// lab down deletes that and leaves the rest of the cluster as it is.
package existing

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// Config says which cluster.
type Config struct {
	// Name of the lab, and its folder.
	Name, Dir string
	// Kubeconfig is the user's file, and Context one of its contexts.
	Kubeconfig, Context string
}

// Provider is the cluster.Provider of a cluster that is there already.
type Provider struct{ cfg Config }

var (
	_ cluster.Provider = (*Provider)(nil)
	_ cluster.Checker  = (*Provider)(nil)
)

// New returns the provider of one lab. It touches nothing.
func New(cfg Config) *Provider { return &Provider{cfg: cfg} }

// answerLimit is how long the API server may take to answer.
const answerLimit = 10 * time.Second

// ErrNoShell is returned by Exec.
var ErrNoShell = say.Errorf("a cluster of your own gives no shell on its nodes")

// Name implements cluster.Provider.
func (p *Provider) Name() string { return "existing" }

// Kubeconfig implements cluster.Provider: the lab's copy, of one context.
func (p *Provider) Kubeconfig() string { return filepath.Join(p.cfg.Dir, "existing.kubeconfig") }

// Check implements cluster.Checker.
func (p *Provider) Check() error {
	_, err := p.context()
	return err
}

// context reads the user's file and returns what the context needs of it.
func (p *Provider) context() (*clientcmdapi.Config, error) {
	if p.cfg.Kubeconfig == "" || p.cfg.Context == "" {
		return nil, say.Errorf("a cluster of your own is named by --kubeconfig FILE and --context NAME")
	}
	all, err := clientcmd.LoadFromFile(p.cfg.Kubeconfig)
	if err != nil {
		return nil, say.Errorf("read your kubeconfig: %w", err)
	}
	if all.Contexts[p.cfg.Context] == nil {
		names := strings.Join(slices.Sorted(maps.Keys(all.Contexts)), ", ")
		return nil, say.Errorf("%s has no context %q: it has %s", p.cfg.Kubeconfig, p.cfg.Context, names)
	}
	all.CurrentContext = p.cfg.Context
	if err := clientcmdapi.MinifyConfig(all); err != nil {
		return nil, say.Errorf("read context %s: %w", p.cfg.Context, err)
	}
	// Certificates in files of their own come along; relative names are the file's.
	if err := clientcmd.ResolveLocalPaths(all); err != nil {
		return nil, say.Errorf("read context %s: %w", p.cfg.Context, err)
	}
	if err := clientcmdapi.FlattenConfig(all); err != nil {
		return nil, say.Errorf("read context %s: %w", p.cfg.Context, err)
	}
	return all, nil
}

// Up implements cluster.Provider: it starts nothing, and returns when the
// cluster answers and a node is Ready.
func (p *Provider) Up(ctx context.Context, report func(cluster.Progress)) error {
	if report == nil {
		report = func(cluster.Progress) {}
	}
	report(cluster.Progress{Stage: cluster.StageControlPlane, Detail: say.Plain(p.cfg.Context)})
	err := p.attach(ctx)
	report(cluster.Progress{Stage: cluster.StageControlPlane, Finished: true, Err: err})
	return err
}

// attach copies the context once its cluster has answered. Until then the lab
// keeps the copy that it has, by which Down finds what is left elsewhere.
func (p *Provider) attach(ctx context.Context) error {
	config, err := p.context()
	if err != nil {
		return err
	}
	client, err := p.client(config)
	if err != nil {
		return err
	}
	st, err := p.look(ctx, client)
	if err != nil {
		return err
	}
	if st.State != cluster.Running {
		return say.Errorf("context %s cannot be used: %v", p.cfg.Context, st.Reason)
	}
	if err := dirs.Make(p.cfg.Dir); err != nil {
		return err
	}
	part := p.Kubeconfig() + ".new"
	if err := clientcmd.WriteToFile(*config, part); err != nil {
		return say.Errorf("copy context %s: %w", p.cfg.Context, err)
	}
	if err := os.Rename(part, p.Kubeconfig()); err != nil {
		return say.Errorf("copy context %s: %w", p.cfg.Context, err)
	}
	return nil
}

// client is how a cluster of the user's file is reached.
func (p *Provider) client(config *clientcmdapi.Config) (*rest.Config, error) {
	client, err := clientcmd.NewDefaultClientConfig(*config, nil).ClientConfig()
	if err != nil {
		return nil, say.Errorf("read context %s: %w", p.cfg.Context, err)
	}
	client.QPS = -1 // as for the copy
	return client, nil
}

// Down implements cluster.Provider: what lessons made on the cluster and left
// there is deleted, found by its label, and the lab forgets the cluster. That it
// does also where the cluster does not answer; the error then says what to do.
// Where the user may not list or delete what a lesson may have made, the lab
// remembers the cluster.
//
// If the lab ever made something, and a context is named whose cluster is not
// that of the lab's copy, the same is deleted there.
func (p *Provider) Down(ctx context.Context) error {
	all, err := p.used()
	if err != nil || len(all) == 0 {
		return err
	}
	for _, s := range all {
		failed := p.sweep(ctx, s)
		if failed == nil {
			continue
		}
		owner, _ := p.Owner() // it is there, or the sweep's error says why not
		if apierrors.IsForbidden(failed) {
			err = errors.Join(err, say.Errorf("remove what lessons left on the cluster: %w: run this again with --kubeconfig and --context of somebody who may, or have what has the label %s=%s deleted", failed, Label, owner))
		} else {
			err = errors.Join(err, say.Errorf("remove what lessons left on the cluster: %w: it has the label %s=%s, delete it by hand", failed, Label, owner))
		}
	}
	if ctx.Err() != nil || apierrors.IsForbidden(err) {
		return err // it was not done to the end: the copy is for the next time
	}
	return errors.Join(err, p.forget())
}

// used are the clusters that may have objects of the lab.
func (p *Provider) used() ([]site, error) {
	var all []site
	kept, err := clientcmd.LoadFromFile(p.Kubeconfig())
	if err == nil {
		client, err := kube.Config(p.Kubeconfig())
		if err != nil {
			return nil, errors.Join(err, p.forget())
		}
		all = append(all, siteOf(client, kept))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(say.Errorf("read the lab's kubeconfig: %w", err), p.forget())
	}
	if _, err := os.Stat(p.ownerFile()); errors.Is(err, fs.ErrNotExist) || p.cfg.Kubeconfig == "" && p.cfg.Context == "" {
		return all, nil // nothing was made, or nothing is named
	}
	named, err := p.context()
	switch {
	case err == nil:
	case kept != nil && (p.cfg.Context == "" || p.cfg.Context == kept.CurrentContext):
		return all, nil // the user's file may not have it any more
	default:
		return nil, err
	}
	client, err := p.client(named)
	if err != nil {
		return nil, err
	}
	now := siteOf(client, named)
	if len(all) > 0 && all[0].config.Host == client.Host {
		now.namespaces = append(now.namespaces, all[0].namespaces...)
		all = nil // what is named is newer than the copy
	}
	return append(all, now), nil
}

// forget removes the lab's copy of the context.
func (p *Provider) forget() error {
	if err := os.Remove(p.Kubeconfig()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return say.Errorf("forget the cluster: %w", err)
	}
	return nil
}

// Status implements cluster.Provider. The cluster is Absent until the lab uses
// it, and Running while one of its nodes is Ready.
func (p *Provider) Status(ctx context.Context) (cluster.Status, error) {
	s := cluster.Status{Provider: p.Name(), Name: p.cfg.Name, State: cluster.Absent}
	if _, err := os.Stat(p.Kubeconfig()); errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	s.State = cluster.Broken
	config, err := kube.Config(p.Kubeconfig())
	if err != nil {
		return s, err
	}
	return p.look(ctx, config)
}

// look asks a cluster what it is.
func (p *Provider) look(ctx context.Context, config *rest.Config) (cluster.Status, error) {
	s := cluster.Status{Provider: p.Name(), Name: p.cfg.Name, State: cluster.Broken}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return s, say.Errorf("reach the cluster: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		s.Reason = say.T("its API server: %v", err)
		return s, nil
	}
	ready := 0
	for i := range nodes.Items {
		n := &nodes.Items[i]
		ok := kube.IsReady(n, time.Time{})
		if ok {
			ready++
		}
		s.Kubernetes = n.Status.NodeInfo.KubeletVersion
		s.Nodes = append(s.Nodes, cluster.NodeStatus{Name: n.Name, Ready: ok})
	}
	if ready == 0 {
		s.Reason = say.T("none of its nodes is Ready")
		return s, nil
	}
	s.State = cluster.Running
	return s, nil
}

// Exec implements cluster.Provider and fails with ErrNoShell.
func (p *Provider) Exec(context.Context, string, []string, cluster.Stdio) error { return ErrNoShell }

// LoadImages implements cluster.Provider and does nothing: the cluster pulls
// its images itself.
func (p *Provider) LoadImages(_ context.Context, _ []string, report func(cluster.Progress)) error {
	if report != nil {
		report(cluster.Progress{Stage: cluster.StageLoad, Detail: say.T("the cluster pulls its images itself"), Finished: true})
	}
	return nil
}

// Logs implements cluster.Provider: there are none.
func (p *Provider) Logs(_ context.Context, component string, _ bool, _ io.Writer) error {
	if component == "" {
		return nil
	}
	return say.Errorf("podlab has no logs of a cluster of your own: ask whoever runs it")
}
