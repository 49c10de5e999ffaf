package kind

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/internal/say"
)

// LoadImages implements cluster.Provider. Images go into the nodes as archives
// of one platform: an engine's own store may lack the parts of others, and then
// what it saves cannot be loaded. Nodes of our own image pull from the store.
func (p *Provider) LoadImages(ctx context.Context, refs []string, report func(cluster.Progress)) error {
	if report == nil {
		report = func(cluster.Progress) {}
	}
	progress := cluster.Progress{Stage: cluster.StageLoad, Unit: "images"}
	err := p.loadImages(ctx, refs, &progress, report)
	progress.Finished, progress.Err = true, err
	report(progress)
	return err
}

func (p *Provider) loadImages(ctx context.Context, refs []string, progress *cluster.Progress, report func(cluster.Progress)) error {
	store, err := images.Open(p.cfg.ImageStore)
	if err != nil {
		return err
	}
	wanted := make([]images.Image, len(refs))
	for i, ref := range refs {
		if wanted[i], err = store.Lookup(ref); err != nil {
			return say.Errorf("load image %s: %w", ref, err)
		}
	}
	nodes, err := p.containers(ctx)
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		return cluster.ErrNotRunning
	}
	progress.Total = int64(len(refs) * len(nodes))
	report(*progress)
	var mu sync.Mutex
	done := func(ref string) {
		mu.Lock()
		defer mu.Unlock()
		progress.Done++
		progress.Detail = say.Plain(ref)
		report(*progress)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, n := range nodes {
		group.Go(func() error { return p.loadNode(ctx, store, n.name, wanted, done) })
	}
	return group.Wait()
}

// loadNode loads what a node has not, or has in another edition.
func (p *Provider) loadNode(ctx context.Context, store *images.Store, node string, wanted []images.Image, done func(ref string)) error {
	have, err := p.imagesOn(ctx, node)
	if err != nil {
		return err
	}
	pulls := p.servesItself(ctx, node)
	for _, img := range wanted {
		if have[img.Ref] != img.Digest {
			if pulls {
				err = p.Exec(ctx, node, []string{"crictl", "pull", img.Ref}, cluster.Stdio{})
			} else {
				err = p.importImage(ctx, store, node, img.Ref)
			}
			if err != nil {
				return say.Errorf("load image %s into %s: %w", img.Ref, node, err)
			}
		}
		done(img.Ref)
	}
	return nil
}

// servesItself tells whether a node gets images from the store by itself, as
// those of our own image do.
func (p *Provider) servesItself(ctx context.Context, node string) bool {
	return p.Exec(ctx, node, []string{"test", "-e", nodeStore + "/index.json", "-a", "-e", "/kind/images/index.json"}, cluster.Stdio{}) == nil
}

func (p *Provider) importImage(ctx context.Context, store *images.Store, node, ref string) error {
	r, w := io.Pipe()
	exported := make(chan error, 1)
	go func() {
		err := store.Export(ctx, []string{ref}, w)
		_ = w.CloseWithError(err) // never fails
		exported <- err
	}()
	err := p.Exec(ctx, node, []string{"ctr", "--namespace", "k8s.io", "images", "import", "-"}, cluster.Stdio{In: r})
	_ = r.Close() // if the node did not read to the end, the export ends now
	if cause := <-exported; cause != nil && !errors.Is(cause, io.ErrClosedPipe) {
		return cause
	}
	return err
}

// imagesOn lists the images that a node has, by full name, with their digests.
func (p *Provider) imagesOn(ctx context.Context, node string) (map[string]string, error) {
	var out bytes.Buffer
	err := p.Exec(ctx, node, []string{"ctr", "--namespace", "k8s.io", "images", "list"}, cluster.Stdio{Out: &out})
	if err != nil {
		return nil, say.Errorf("list the images of %s: %w", node, err)
	}
	return parseImages(out.String()), nil
}

func parseImages(list string) map[string]string {
	have := make(map[string]string)
	for line := range strings.Lines(list) {
		// REF TYPE DIGEST SIZE …, below a heading
		if f := strings.Fields(line); len(f) > 3 && strings.HasPrefix(f[2], "sha256:") {
			have[f[0]] = f[2]
		}
	}
	return have
}
