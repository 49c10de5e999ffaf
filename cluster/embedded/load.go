package embedded

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/images"
)

// LoadImages implements cluster.Provider. The refs are names as Pods have
// them; the nodes pull at the same time.
func (p *Provider) LoadImages(ctx context.Context, refs []string, report func(cluster.Progress)) error {
	report = oneAtATime(report)
	progress := cluster.Progress{Stage: cluster.StageLoad, Unit: "images", Total: int64(len(refs) * len(workers))}
	var mu sync.Mutex
	report(progress)
	group, ctx := errgroup.WithContext(ctx)
	for _, n := range workers {
		group.Go(func() error {
			have, err := p.imagesOn(ctx, n)
			if err != nil {
				return err
			}
			for _, ref := range refs {
				name, err := images.Normalize(ref)
				if err != nil {
					return err
				}
				if !have[name] {
					if err := p.pull(ctx, n, name); err != nil {
						return err
					}
				}
				mu.Lock()
				progress.Done++
				progress.Detail = ref
				report(progress)
				mu.Unlock()
			}
			return nil
		})
	}
	err := group.Wait()
	progress.Finished, progress.Err = true, err
	report(progress)
	return err
}

// imagesOn lists the images that a node has, by full name.
func (p *Provider) imagesOn(ctx context.Context, n node) (map[string]bool, error) {
	var out bytes.Buffer
	err := p.Exec(ctx, n.name, []string{"ctr", "--namespace", "k8s.io", "images", "list", "--quiet"}, cluster.Stdio{Out: &out})
	if err != nil {
		return nil, fmt.Errorf("list the images of %s: %w", n.name, err)
	}
	have := make(map[string]bool)
	for _, name := range strings.Fields(out.String()) {
		have[name] = true
	}
	return have, nil
}

func (p *Provider) pull(ctx context.Context, n node, name string) error {
	if err := p.Exec(ctx, n.name, []string{"crictl", "pull", name}, cluster.Stdio{}); err != nil {
		return fmt.Errorf("load image %s into %s: %w: run 'make images'", name, n.name, err)
	}
	return nil
}
