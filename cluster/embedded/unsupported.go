//go:build !linux

package embedded

import (
	"context"
	"io"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

var errNotLinux = say.Errorf("the embedded cluster needs Linux: choose another with --provider")

// Check implements cluster.Checker.
func (p *Provider) Check() error { return errNotLinux }

// Up implements cluster.Provider.
func (p *Provider) Up(context.Context, func(cluster.Progress)) error { return errNotLinux }

// Down implements cluster.Provider. There is never anything to stop.
func (p *Provider) Down(context.Context) error { return nil }

// Purge removes nothing: there is nothing.
func (p *Provider) Purge(context.Context) error { return nil }

// Status implements cluster.Provider.
func (p *Provider) Status(context.Context) (cluster.Status, error) {
	return cluster.Status{Provider: p.Name(), Name: p.cfg.Name, State: cluster.Absent, Reason: say.Of(errNotLinux)}, nil
}

// WaitAddons fails.
func (p *Provider) WaitAddons(context.Context) error { return errNotLinux }

// Exec implements cluster.Provider.
func (p *Provider) Exec(context.Context, string, []string, cluster.Stdio) error { return errNotLinux }

// LoadImages implements cluster.Provider.
func (p *Provider) LoadImages(context.Context, []string, func(cluster.Progress)) error {
	return errNotLinux
}

// Logs implements cluster.Provider.
func (p *Provider) Logs(context.Context, string, bool, io.Writer) error { return errNotLinux }
