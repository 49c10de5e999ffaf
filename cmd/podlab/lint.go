package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/internal/say"
)

func newLintCommand(o *options) *cobra.Command {
	run, f := false, verifyFlags{wrong: true, output: "text"}
	c := &cobra.Command{
		Use:   "lint [--run [LESSON...]]",
		Short: "Check the lessons: schema, expressions, files, hints and prose",
		Long: `Check every lesson against the schema, compile every expression, compare the prose
with the steps, translations with their English, and words with the glossaries. Each
problem is one line, file:line: what was expected.

Checked are the lessons of --lessons, else those of the nearest folder that has both
lessons and content, beside the ones that are built in.

With --run the lessons that are named, or all, are then played on the cluster with
their right and wrong solutions, as by 'podlab verify --wrong'.`,
		RunE: func(c *cobra.Command, args []string) error {
			if !run && (len(args) > 0 || c.Flags().Changed("parallel")) {
				return say.Errorf("lint checks all lessons at once: name lessons, or how many to play, only with --run")
			}
			from, err := o.workshop()
			if err != nil {
				return err
			}
			in, err := inspect(from)
			if err != nil {
				return err
			}
			chosen, err := chooseLessons(in.lessons, len(args) == 0, args)
			if err != nil && in.problems == nil { // an unknown lesson may be a broken one
				return err
			}
			if err := f.check(); err != nil {
				return err
			}
			if in.problems != nil {
				_, _ = fmt.Fprintln(o.streams.Err, o.tell(in.problems))
				return exitError{1}
			}
			if err := o.print(say.Count(len(in.lessons), "%d lesson: no problems", "%d lessons: no problems", len(in.lessons))); err != nil || !run {
				return err
			}
			lang, _, err := o.language(in.words)
			if err != nil {
				return err
			}
			return playAndReport(c.Context(), o, f, chosen, in.words, lang)
		},
	}
	c.Flags().BoolVar(&run, "run", false, "then play the solutions, right and wrong, on the cluster")
	f.registerParallel(c.Flags())
	return c
}
