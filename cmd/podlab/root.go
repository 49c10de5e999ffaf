package main

import (
	"github.com/spf13/cobra"
)

// version is set by the linker (see the Makefile).
var version = "unknown"

// newRoot builds the command tree. Without a subcommand podlab opens the
// lessons.
func newRoot(s Streams) *cobra.Command {
	o := &options{streams: s}
	root := &cobra.Command{
		Use:   "podlab [LESSON]",
		Short: "Learn Kubernetes on a real cluster of your own",
		Long: `podlab brings up a real Kubernetes cluster on this machine and walks you through
the documented tasks on Pods and containers, in your language. Every step runs
live, and every documented outcome is checked on the cluster.

Without a subcommand it opens the lessons.`,
		Args:              cobra.MaximumNArgs(1),
		Version:           version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return o.configure() },
		RunE: func(c *cobra.Command, args []string) error {
			return learn(c.Context(), o, args)
		},
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	o.register(root.PersistentFlags())
	o.registerScreen(root.Flags())
	root.AddCommand(
		newClusterCommand(o),
		newVerifyCommand(o),
		newLessonsCommand(o),
		newLintCommand(o),
		newTranslateCommand(o),
		newDoctorCommand(o),
		newImagesCommand(o),
		newNodeCommand(o),
	)
	return root
}
