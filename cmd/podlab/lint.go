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
	return &cobra.Command{
		Use:   "lint",
		Short: "Check the lessons: schema, expressions, files, hints and prose",
		Long: `Check every lesson against the schema, compile every expression and compare the
prose with the steps. Each problem is one line, file:line: what was expected.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			n, err := lint(o)
			if err != nil {
				_, _ = fmt.Fprintln(o.streams.Err, err)
				return exitError{1}
			}
			_, err = fmt.Fprintf(o.streams.Out, "%d lessons: no problems\n", n)
			return err
		},
	}
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
