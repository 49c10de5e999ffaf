package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// version is set by the linker (see the Makefile).
var version = "unknown"

// oneLesson accepts no lesson or one; whoever types more means a command.
func oneLesson(c *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return say.Errorf("unknown command %q%w", args[0], meant(c, args[0]))
}

// meant ends an error about a word that is no command of c.
func meant(c *cobra.Command, word string) error {
	if near := c.SuggestionsFor(word); len(near) > 0 {
		return say.Errorf(": did you mean '%s %s'?", c.CommandPath(), near[0])
	}
	return say.Errorf(": run '%s --help' to see them all", c.CommandPath())
}

// newRoot builds the command tree. Without a subcommand podlab opens the
// lessons.
func newRoot(o *options) *cobra.Command {
	s := o.streams
	root := &cobra.Command{
		Use:   "podlab [LESSON]",
		Short: "Learn Kubernetes on a real cluster of your own",
		Long: `podlab brings up a real Kubernetes cluster on this machine and walks you through
the documented tasks on Pods and containers, in your language. Every step runs
live, and every documented outcome is checked on the cluster.

Without a subcommand it opens the lessons.`,
		Args:                       oneLesson,
		SuggestionsMinimumDistance: 2, // typing mistakes
		Version:                    version,
		SilenceErrors:              true,
		SilenceUsage:               true,
		DisableAutoGenTag:          true,
		PersistentPreRunE:          func(*cobra.Command, []string) error { return o.configure() },
		RunE: func(c *cobra.Command, args []string) error {
			err := learn(c.Context(), o, args)
			if unknown := new(lessons.UnknownError); errors.As(err, &unknown) && len(unknown.Near) == 0 && len(c.SuggestionsFor(unknown.ID)) > 0 {
				return say.Errorf("no lesson or command %q%w", unknown.ID, meant(c, unknown.ID))
			}
			return err
		},
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	o.register(root.PersistentFlags())
	o.registerScreen(root.Flags())
	o.registerPlain(root.Flags())
	root.AddCommand(
		newClusterCommand(o),
		newVerifyCommand(o),
		newLessonsCommand(o),
		newProgressCommand(o),
		newLintCommand(o),
		newNewCommand(o),
		newPreviewCommand(o),
		newDemoCommand(o),
		newTranslateCommand(o),
		newDoctorCommand(o),
		newImagesCommand(o),
		newBundleCommand(o),
		newNodeCommand(o),
	)
	speakHelp(root, o)
	return root
}
