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
		path := p.path("logs", name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return cluster.CopyLog(ctx, path, follow, w)
		}
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

// follower runs a command in the node and ends it when its standard input ends: an
// engine that is told to stop an exec leaves the program running.
const follower = `exec 3<&0; "$@" </dev/null & log=$!
{ cat; kill $log; } <&3 >/dev/null 2>&1 &
wait $log`

// nodeLog prints a component's log, which is a file in our own node image and
// in the journal of others.
func (p *Provider) nodeLog(ctx context.Context, node, component string, follow bool, w io.Writer) error {
	script := fmt.Sprintf(`f=/var/log/podlab/%[1]s.log; if [ -e $f ]; then set -- tail "$@" --lines=+1 $f; else set -- journalctl --no-pager "$@" --unit=%[1]s; fi
`, component)
	if !follow {
		return p.Exec(ctx, node, []string{"sh", "-c", script + `exec "$@"`}, cluster.Stdio{Out: w})
	}
	hold, release, err := os.Pipe() // Exec would wait for the end of any other reader
	if err != nil {
		return say.Errorf("read log: %w", err)
	}
	defer func() { _ = errors.Join(hold.Close(), release.Close()) }() // nothing was in it
	defer context.AfterFunc(ctx, func() { _ = release.Close() })()
	return p.following(ctx, follow, p.Exec(ctx, node, []string{"sh", "-c", script + follower, "podlab-logs", "--follow"}, cluster.Stdio{In: hold, Out: w}))
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
