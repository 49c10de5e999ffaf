//go:build linux

package embedded

import (
	"bytes"
	"context"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/internal/say"
)

// LoadImages implements cluster.Provider. The refs are names as Pods have
// them; the nodes pull at the same time. An image that a node has in another
// edition than the store is pulled anew.
func (p *Provider) LoadImages(ctx context.Context, refs []string, report func(cluster.Progress)) error {
	report = oneAtATime(report)
	progress := cluster.Progress{Stage: cluster.StageLoad, Unit: "images", Total: int64(len(refs) * len(workers))}
	var mu sync.Mutex
	report(progress)
	wanted, err := p.lookup(refs)
	if err == nil {
		group, ctx := errgroup.WithContext(ctx)
		for _, n := range workers {
			group.Go(func() error {
				return p.loadNode(ctx, n, wanted, func(ref string) {
					mu.Lock()
					defer mu.Unlock()
					progress.Done++
					progress.Detail = say.Plain(ref)
					report(progress)
				})
			})
		}
		err = group.Wait()
	}
	progress.Finished, progress.Err = true, err
	report(progress)
	return err
}

// lookup finds the images in the store.
func (p *Provider) lookup(refs []string) ([]images.Image, error) {
	store, err := images.Open(p.cfg.ImageStore)
	if err != nil {
		return nil, err
	}
	found := make([]images.Image, len(refs))
	for i, ref := range refs {
		if found[i], err = store.Lookup(ref); err != nil {
			return nil, say.Errorf("load image %s: %w: run 'make images'", ref, err)
		}
	}
	return found, nil
}

func (p *Provider) loadNode(ctx context.Context, n node, wanted []images.Image, done func(ref string)) error {
	have, err := p.imagesOn(ctx, n)
	if err != nil {
		return err
	}
	for _, img := range wanted {
		if have[img.Ref] != img.Digest {
			if err := p.Exec(ctx, n.name, []string{"crictl", "pull", img.Ref}, cluster.Stdio{}); err != nil {
				return say.Errorf("load image %s into %s: %w", img.Ref, n.name, err)
			}
		}
		done(img.Ref)
	}
	return nil
}

// imagesOn lists the images that a node has, by full name, with their digests.
func (p *Provider) imagesOn(ctx context.Context, n node) (map[string]string, error) {
	var out bytes.Buffer
	err := p.Exec(ctx, n.name, []string{"ctr", "--namespace", "k8s.io", "images", "list"}, cluster.Stdio{Out: &out})
	if err != nil {
		return nil, say.Errorf("list the images of %s: %w", n.name, err)
	}
	have := make(map[string]string)
	for line := range strings.Lines(out.String()) {
		// REF TYPE DIGEST SIZE …, below a heading
		if f := strings.Fields(line); len(f) > 3 && strings.HasPrefix(f[2], "sha256:") {
			have[f[0]] = f[2]
		}
	}
	return have, nil
}
