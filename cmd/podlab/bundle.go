package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/cluster/bundle"
	"github.com/podlab/podlab/cluster/embedded"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

func newBundleCommand(o *options) *cobra.Command {
	return newGroup("bundle", "Carry images and the node's programs to a room without internet, in one file",
		newBundleCreateCommand(o),
		newBundleLoadCommand(o),
	)
}

func newBundleCreateCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "create FILE",
		Short: "Write the lessons' images and the node's programs to a file",
		Long: `Write the images of all lessons and of the cluster, and the node's programs if they
are built, to one file. Images that are not in the local store are pulled or built
first, as --images says; begun again, that goes on where it was interrupted.`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			mode, err := images.ParseMode(o.images)
			if err != nil {
				return err
			}
			refs, err := o.allImages()
			if err != nil {
				return err
			}
			if err := ensureImages(c.Context(), o, mode, refs); err != nil {
				return err
			}
			cfg, err := bundleConfig()
			if err != nil {
				return err
			}
			if err := bundle.Create(c.Context(), cfg, refs, args[0], newLineProgress(o).report); err != nil {
				return err
			}
			return o.print(say.T("%[1]s is complete: take it there and run 'podlab bundle load %[1]s'", args[0]))
		},
	}
}

func newBundleLoadCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "load FILE",
		Short: "Take over what a bundle has; every part is checked",
		Args:  exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return bundleLoad(c.Context(), o, args[0])
		},
	}
}

func bundleLoad(ctx context.Context, o *options, file string) error {
	cfg, err := bundleConfig()
	if err != nil {
		return err
	}
	m, err := bundle.Load(ctx, cfg, file, newLineProgress(o).report)
	if err != nil {
		return err
	}
	images := say.Count(len(m.Images), "loaded %d image", "loaded %d images", len(m.Images))
	programs := say.Count(len(m.Programs), "and %d program", "and %d programs", len(m.Programs))
	return o.print(say.Join(" ", images, programs))
}

func bundleConfig() (bundle.Config, error) {
	store, err := images.Open(dirs.Images())
	if err != nil {
		return bundle.Config{}, err
	}
	p, err := newLabPrograms()
	return bundle.Config{Store: store, Programs: p.dir}, err
}

// allImages are those of the cluster and of every lesson.
func (o *options) allImages() ([]string, error) {
	all, err := o.catalog()
	if err != nil {
		return nil, err
	}
	refs := embedded.Images(true)
	for _, l := range all {
		refs = append(refs, l.Images...)
	}
	return refs, nil
}
