package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/cluster/images/offline"
	"github.com/podlab/podlab/internal/dirs"
)

func newImagesCommand(o *options) *cobra.Command {
	return newGroup("images", "Build, pull, list or load the lessons' images",
		newImagesBuildCommand(o),
		newImagesPullCommand(o),
		newImagesListCommand(o),
		newImagesLoadCommand(o),
		newImagesNodeCommand(o),
	)
}

func newImagesBuildCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "build",
		Short: "Build the offline set from Debian packages and Go modules",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			refs, err := offline.Refs()
			if err != nil {
				return err
			}
			p, err := newLabPrograms()
			if err != nil {
				return err
			}
			if err := p.ensure(c.Context(), newLineProgress(o).report); err != nil {
				return err
			}
			return ensureImages(c.Context(), o, images.ModeOffline, refs)
		},
	}
}

func newImagesPullCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "pull [IMAGE...]",
		Short: "Pull the lessons' images (or those named) from their registries, by digest",
		RunE: func(c *cobra.Command, refs []string) error {
			if len(refs) == 0 {
				var err error
				if refs, err = o.allImages(); err != nil {
					return err
				}
			}
			return ensureImages(c.Context(), o, images.ModeRegistry, refs)
		},
	}
}

func newImagesLoadCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "load [IMAGE...]",
		Short: "Load the lessons' images (or those named) from the local store into the cluster's nodes",
		RunE: func(c *cobra.Command, refs []string) error {
			if len(refs) == 0 {
				var err error
				if refs, err = o.allImages(); err != nil {
					return err
				}
			}
			l, err := openLab(c.Context(), o)
			if err != nil {
				return err
			}
			st, err := l.provider.Status(c.Context())
			if err != nil {
				return err
			}
			if st.State != cluster.Running {
				return cluster.ErrNotRunning
			}
			slices.Sort(refs)
			return l.provider.LoadImages(c.Context(), slices.Compact(refs), newLineProgress(o).report)
		},
	}
}

func ensureImages(ctx context.Context, o *options, mode images.Mode, refs []string) error {
	store, err := images.Open(dirs.Images())
	if err != nil {
		return err
	}
	programs, err := newLabPrograms()
	if err != nil {
		return err
	}
	return store.Ensure(ctx, refs, images.Options{Mode: mode, Programs: programs.dir}, newLineProgress(o).report)
}

func newImagesListCommand(o *options) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the images of the local store and where they come from",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			store, err := images.Open(dirs.Images())
			if err != nil {
				return err
			}
			list, err := store.List()
			if err != nil {
				return err
			}
			return write(o.streams.Out, output, list, func(w io.Writer) {
				var t table
				t.row(o.sayf("IMAGE"), o.sayf("ORIGIN"), "MB", o.sayf("DIGEST"))
				for _, i := range list {
					t.row(i.Ref, string(i.Origin), fmt.Sprintf("%.1f", float64(i.Size)/1e6), i.Digest)
				}
				t.print(w)
			})
		},
	}
	outputFlag(c, &output)
	return c
}
