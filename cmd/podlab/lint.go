package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

func newLintCommand(o *options) *cobra.Command {
	run, f := false, verifyFlags{wrong: true, output: "text"}
	c := &cobra.Command{
		Use:   "lint [--run [LESSON...]]",
		Short: "Check the lessons: schema, expressions, files, hints and prose",
		Long: `Check every lesson against the schema, compile every expression and compare the
prose with the steps. Each problem is one line, file:line: what was expected.

With --run the lessons that are named, or all, are then played on the cluster with
their right and wrong solutions, as by 'podlab verify --wrong'.`,
		RunE: func(c *cobra.Command, args []string) error {
			if !run && (len(args) > 0 || c.Flags().Changed("parallel")) {
				return errors.New("lint checks all lessons at once: name lessons, or how many to play, only with --run")
			}
			chosen, err := chooseLessons(len(args) == 0, args)
			if unknown := new(lessons.UnknownError); errors.As(err, &unknown) {
				return err // other errors are what lint reports
			}
			if err := f.check(); err != nil {
				return err
			}
			n, err := lint(o)
			if err != nil {
				_, _ = fmt.Fprintln(o.streams.Err, err)
				return exitError{1}
			}
			if _, err := fmt.Fprintf(o.streams.Out, "%d lessons: no problems\n", n); err != nil || !run {
				return err
			}
			lib, lang, err := o.library()
			if err != nil {
				return err
			}
			return playAndReport(c.Context(), o, f, chosen, lib, lang)
		},
	}
	c.Flags().BoolVar(&run, "run", false, "then play the solutions, right and wrong, on the cluster")
	f.registerParallel(c.Flags())
	return c
}

// lint returns the number of lessons checked, or all problems joined.
func lint(o *options) (int, error) {
	all, err := lessons.All()
	if err != nil {
		return 0, err
	}
	lib, _, err := o.library()
	if err != nil {
		return 0, err
	}
	shown := func(lesson string) []string { return shownFiles(lib.Document(content.English, lesson)) }
	problems := []error{lessons.Check(all), lessons.Unused(all, shown), lib.Check(all)}
	for _, l := range all {
		problems = append(problems, engine.Compile(l)...)
	}
	return len(all), errors.Join(problems...)
}

// shownFiles are the files of a lesson that its prose shows.
func shownFiles(doc content.Document) []string {
	var names []string
	var note func([]content.Block)
	note = func(blocks []content.Block) {
		for _, b := range blocks {
			if b.Kind == content.Manifest {
				names = append(names, b.Info)
			}
			note(b.Children)
		}
	}
	note(doc.Intro)
	for _, s := range doc.Sections {
		note(s.Blocks)
	}
	return names
}
