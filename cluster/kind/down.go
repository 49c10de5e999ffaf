package kind

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/podlab/podlab/internal/say"
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
	for _, name := range []string{"whole", "kubeconfig", "kubeconfig.lock"} {
		if err := os.Remove(p.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return say.Errorf("remove the lab's files: %w", err)
		}
	}
	return nil
}

// removeLimit is how long an engine may take to remove the containers. Some
// wait for ever for one whose processes do not end.
const removeLimit = time.Minute

func (p *Provider) removeContainers(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, removeLimit)
	defer cancel()
	return p.remove(limited)
}

func (p *Provider) remove(ctx context.Context) error {
	all, err := p.containers(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	args := []string{"rm", "--force", "--volumes"}
	for _, c := range all {
		args = append(args, c.name)
	}
	_, err = p.cfg.Engine.output(ctx, args...)
	switch program := p.cfg.Engine.Program; {
	case ctx.Err() != nil:
		return say.Errorf("remove the lab's nodes: %w: restart %s, then run '%s %s' and this again", err, program, program, strings.Join(args, " "))
	case err != nil:
		return say.Errorf("remove the lab's nodes: %w", err)
	}
	return nil
}
