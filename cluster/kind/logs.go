package kind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// createLog is what kind said when it made the cluster.
const createLog = "create"

func (p *Provider) openLog() (*os.File, error) {
	if err := dirs.Make(p.path("logs")); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(p.path("logs", createLog+".log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, say.Errorf("open the lab's log: %w", err)
	}
	return f, nil
}

// keepLogs copies what the nodes can tell of a start that failed into the lab's
// folder. What cannot be had is not there.
func (p *Provider) keepLogs() {
	dir := p.path("logs", "failed")
	if os.RemoveAll(dir) == nil {
		_ = p.cfg.Engine.provider(&logger{w: io.Discard}).CollectLogs(p.clusterName(), dir)
	}
}

// nodeComponents are what has a log on each node.
var nodeComponents = []string{"containerd", "kubelet"}

// Logs implements cluster.Provider. The components are "create", each node's
// container, such as "podlab-default-worker", and on each node containerd and
// the kubelet, such as "podlab-default-worker/kubelet". Logs of a start that
// failed are files below "failed/".
func (p *Provider) Logs(ctx context.Context, component string, follow bool, w io.Writer) error {
	all, err := p.containers(ctx)
	if err != nil && !errors.Is(err, ErrNoEngine) {
		return err
	}
	if component == "" {
		return p.listLogs(all, w)
	}
	node, part, onNode := strings.Cut(component, "/")
	there := slices.ContainsFunc(all, func(c container) bool { return c.name == node })
	switch {
	case there && !onNode:
		return p.copyLog(ctx, follow, w, "logs", node)
	case there && slices.Contains(nodeComponents, part):
		return p.nodeLog(ctx, node, part, follow, w)
	}
	if !filepath.IsLocal(component) {
		return say.Errorf("there is no log %q: 'podlab cluster logs' lists them", component)
	}
	for _, name := range []string{component + ".log", component} {
		f, err := os.Open(p.path("logs", name))
		if err != nil {
			continue
		}
		defer func() { _ = f.Close() }() // only read
		if info, err := f.Stat(); err != nil || info.IsDir() {
			continue
		}
		_, err = io.Copy(w, f)
		return err
	}
	return say.Errorf("there is no log %q: 'podlab cluster logs' lists them", component)
}

func (p *Provider) listLogs(all []container, w io.Writer) error {
	var names []string
	for _, c := range all {
		names = append(names, c.name)
		for _, part := range nodeComponents {
			names = append(names, c.name+"/"+part)
		}
	}
	root := p.path("logs")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		names = append(names, strings.TrimSuffix(filepath.ToSlash(rel), ".log"))
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return say.Errorf("list logs: %w", err)
	}
	for _, name := range names {
		if _, err := fmt.Fprintln(w, name); err != nil {
			return err
		}
	}
	return nil
}

// nodeLog prints a component's log, which is a file in our own node image and
// in the journal of others.
func (p *Provider) nodeLog(ctx context.Context, node, component string, follow bool, w io.Writer) error {
	more, journal := "", ""
	if follow {
		more, journal = "--follow", "--follow"
	}
	script := fmt.Sprintf(`f=/var/log/podlab/%[1]s.log; if [ -e $f ]; then exec tail %[2]s --lines=+1 $f; else exec journalctl --no-pager %[3]s --unit=%[1]s; fi`, component, more, journal)
	return p.following(ctx, follow, p.Exec(ctx, node, []string{"sh", "-c", script}, cluster.Stdio{Out: w}))
}

func (p *Provider) copyLog(ctx context.Context, follow bool, w io.Writer, args ...string) error {
	if follow {
		args = slices.Insert(args, 1, "--follow")
	}
	cmd := p.cfg.Engine.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = w, w
	return p.following(ctx, follow, cmd.Run())
}

// following takes the end of ctx for the end of following.
func (p *Provider) following(ctx context.Context, follow bool, err error) error {
	if follow && ctx.Err() != nil {
		err = nil
	}
	return err
}
