//go:build linux

package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// Logs implements cluster.Provider. The components are "lab-init", those of
// the control plane such as "etcd", and those of a node such as
// "worker-1/kubelet". Logs of a lab that is down stay until its next start.
func (p *Provider) Logs(ctx context.Context, component string, follow bool, w io.Writer) error {
	names, err := p.logNames()
	if err != nil {
		return err
	}
	if component == "" {
		for _, name := range names {
			if _, err := fmt.Fprintln(w, name); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range names {
		if name == component {
			return cluster.CopyLog(ctx, p.path("logs", name+".log"), follow, w)
		}
	}
	if len(names) == 0 {
		return say.Errorf("there are no logs: the cluster was never started")
	}
	return say.Errorf("there is no log %q: the logs are %s", component, strings.Join(names, ", "))
}

// logNames lists the components that have a log, in alphabetical order.
func (p *Provider) logNames() ([]string, error) {
	root := p.path("logs")
	var names []string
	for _, pattern := range []string{"*.log", "*/*.log"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, say.Errorf("list logs: %w", err)
		}
		for _, f := range files {
			name, err := filepath.Rel(root, f)
			if err != nil {
				return nil, say.Errorf("list logs: %w", err)
			}
			names = append(names, strings.TrimSuffix(name, ".log"))
		}
	}
	return names, nil
}

// lastLine is the last line of a component's log as the end of an error
// message, or "".
func (p *Provider) lastLine(component string) string {
	data, err := os.ReadFile(p.path("logs", component+".log"))
	if errors.Is(err, fs.ErrNotExist) || len(bytes.TrimSpace(data)) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return ": " + lines[len(lines)-1]
}
