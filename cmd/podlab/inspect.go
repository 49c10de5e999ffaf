package main

import (
	"errors"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// inspection is what there is to teach and what is wrong with it.
type inspection struct {
	lessons  []*lessons.Lesson // those that can be read
	words    *content.Library
	problems error // one a line
}

// inspect loads the lessons and words that are built in and those of folders,
// and checks all of them. The error is one of reading, not of what was read.
func inspect(from []folder) (inspection, error) {
	var in inspection
	all, err := lessonsOf(from)
	broken := lessons.Problems{}
	if err != nil && !errors.As(err, &broken) {
		return in, err
	}
	in.lessons = all
	if in.words, err = wordsOf(from); err != nil {
		return in, err
	}
	if len(broken) > 0 { // the words of a broken lesson would be of none
		in.problems = broken
		return in, nil
	}
	shown := func(lesson string) []string { return shownFiles(in.words.Document(content.English, lesson)) }
	problems := []error{
		lessons.Check(all),
		lessons.Unused(all, shown),
		in.words.Check(all),
		in.words.CheckTranslations(isShipped),
	}
	for _, l := range all {
		problems = append(problems, engine.Compile(l)...)
	}
	in.problems = errors.Join(problems...)
	return in, nil
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
