package kind

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Down implements cluster.Provider. What is kept is the lab's folder with its
// logs, and the node image.
func (p *Provider) Down(ctx context.Context) error {
	if _, err := os.Stat(p.cfg.Dir); errors.Is(err, fs.ErrNotExist) && p.cfg.Engine == nil {
		return nil
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return p.tearDown(ctx)
}

// tearDown removes the lab's containers, with their volumes, and the files that
// make no sense without them. It can be repeated, whatever was killed before.
func (p *Provider) tearDown(ctx context.Context) error {
	if p.cfg.Engine != nil {
		if err := p.removeContainers(ctx); err != nil {
			return err
		}
	}
	if err := p.removeShared(); err != nil {
		return err
	}
	for _, name := range []string{"kubeconfig", "kubeconfig.lock"} {
		if err := os.Remove(p.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the lab's files: %w", err)
		}
	}
	return nil
}

func (p *Provider) removeContainers(ctx context.Context) error {
	all, err := p.containers(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	args := []string{"rm", "--force", "--volumes"}
	for _, c := range all {
		args = append(args, c.name)
	}
	if _, err := p.cfg.Engine.output(ctx, args...); err != nil {
		return fmt.Errorf("remove the lab's nodes: %w", err)
	}
	return nil
}
