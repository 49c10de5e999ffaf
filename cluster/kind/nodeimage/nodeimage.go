// Package nodeimage builds the image of a kind node that needs no registry:
// Debian packages, the project's own Kubernetes programs, and the images of the
// control plane, from which the node serves itself.
package nodeimage

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/cluster/images/offline"
	"github.com/podlab/podlab/internal/say"
)

// Ref is the image's name.
const Ref = "docker.io/podlab/node:" + programs.Kubernetes

// StageNodeImage is the building of the image.
const StageNodeImage cluster.Stage = "node-image"

// content are the images that the node brings with it: what kubeadm starts, and
// the sandbox of every Pod. All can be built offline.
var content = []string{
	"registry.k8s.io/kube-apiserver:" + programs.Kubernetes,
	"registry.k8s.io/kube-controller-manager:" + programs.Kubernetes,
	"registry.k8s.io/kube-proxy:" + programs.Kubernetes,
	"registry.k8s.io/kube-scheduler:" + programs.Kubernetes,
	"registry.k8s.io/etcd:3.6.8-0",
	"registry.k8s.io/coredns/coredns:v1.14.2",
	"registry.k8s.io/pause:3.10",
}

// layoutFolder is where the node looks for them.
const layoutFolder = "kind/images"

// Config says where the image's parts are.
type Config struct {
	// Programs is the folder of the node's programs, which must be up to date.
	Programs string
	// Source is the folder of the module node. The programs of a kind node are
	// built from it; empty, they are used as they are.
	Source string
	// Store is the image store.
	Store *images.Store
}

// Build writes the image to a file that 'docker load' takes. It takes minutes
// the first time; the file is complete or not there at all.
func Build(ctx context.Context, c Config, file string, report func(cluster.Progress)) error {
	if report == nil {
		report = func(cluster.Progress) {}
	}
	if c.Source != "" {
		if err := programs.EnsureKind(ctx, c.Source, filepath.Join(c.Programs, "kind"), report); err != nil {
			return err
		}
	}
	if err := c.Store.Ensure(ctx, content, images.Options{Mode: images.ModeOffline, Programs: c.Programs}, report); err != nil {
		return err
	}
	p := cluster.Progress{Stage: StageNodeImage, Unit: "bytes"}
	err := c.build(ctx, file, &p, report)
	p.Finished, p.Err, p.Detail = true, err, say.Text{}
	report(p)
	return err
}

func (c Config) build(ctx context.Context, file string, p *cluster.Progress, report func(cluster.Progress)) error {
	img, err := c.assemble(ctx, func(detail say.Text) {
		p.Detail = detail
		report(*p)
	})
	if err != nil {
		return say.Errorf("build the node image: %w", err)
	}
	tag, err := name.NewTag(Ref)
	if err != nil {
		return err
	}
	if p.Total, err = tarball.CalculateSize(map[name.Reference]v1.Image{tag: img}); err != nil {
		return say.Errorf("build the node image: %w", err)
	}
	p.Detail = say.Plain(file)
	return replace(file, func(w io.Writer) error {
		return tarball.Write(tag, img, &meter{ctx: ctx, to: w, report: func(n int) {
			p.Done += int64(n)
			report(*p)
		}})
	})
}

// assemble puts the layout of the node's images on top of the node itself.
func (c Config) assemble(ctx context.Context, tell func(say.Text)) (v1.Image, error) {
	recipe, found, err := offline.Find(Ref)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, say.Errorf("there is no recipe for %s", Ref)
	}
	b := offline.Builder{Cache: filepath.Join(xdg.CacheHome, "podlab", "debs"), Programs: c.Programs}
	base, err := b.Build(ctx, recipe, tell)
	if err != nil {
		return nil, err
	}
	tell(say.T("the images of the control plane"))
	layer, err := offline.NewLayer(func(w io.Writer) error {
		return c.Store.ExportTo(ctx, content, layoutFolder, w)
	})
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(base.Image, layer)
}

// replace writes a file beside the one wanted and moves it into place.
func replace(file string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return say.Errorf("write the node image: %w", err)
	}
	err = write(tmp)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return errors.Join(say.Errorf("write the node image: %w", err), os.Remove(tmp.Name()))
	}
	return nil
}

// meter passes on until its context ends, and tells how much.
type meter struct {
	ctx    context.Context
	to     io.Writer
	report func(int)
}

func (m *meter) Write(b []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.to.Write(b)
	m.report(n)
	return n, err
}
