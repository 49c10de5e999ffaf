package main

import (
	"github.com/spf13/cobra"

	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/cluster/kind/nodeimage"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

func newImagesNodeCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "node FILE",
		Short: "Build the image of kind's nodes for a room without a registry, for 'docker load'",
		Long: `Build the image that the nodes of a kind cluster run, from Debian packages and the
node's own programs, and write it to a file. With 'docker load' it is there for
podlab, which takes it in place of the documented one when that cannot be had.`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := newLabPrograms()
			if err != nil {
				return err
			}
			report := newLineProgress(o).report
			if err := p.ensure(c.Context(), report); err != nil {
				return err
			}
			store, err := images.Open(dirs.Images())
			if err != nil {
				return err
			}
			cfg := nodeimage.Config{Programs: p.dir, Source: p.source, Store: store}
			if err := nodeimage.Build(c.Context(), cfg, args[0], report); err != nil {
				return err
			}
			return o.print(say.T("%[1]s is in %[2]s: 'docker load --input %[2]s'", nodeimage.Ref, args[0]))
		},
	}
}
