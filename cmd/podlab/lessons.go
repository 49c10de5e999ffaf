package main

import (
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

// The JSON of "podlab lessons -o json".
type (
	lessonList struct {
		Lessons []lessonEntry `json:"lessons"`
	}
	lessonEntry struct {
		ID        string            `json:"id"`
		Title     string            `json:"title"`
		Steps     []stepEntry       `json:"steps"`
		Languages map[string]string `json:"languages"` // complete, partial or missing
	}
	stepEntry struct {
		ID       string         `json:"id"`
		Outcomes []outcomeEntry `json:"outcomes"`
	}
	outcomeEntry struct {
		ID   string `json:"id"`
		Kind string `json:"kind"`
		Text string `json:"text"`
	}
)

func newLessonsCommand(o *options) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "lessons",
		Short: "List the lessons with their steps, outcomes and languages",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			lib, lang, err := o.library()
			if err != nil {
				return err
			}
			all, err := o.catalog()
			if err != nil {
				return err
			}
			list := describe(all, lib, lang)
			return write(o.streams.Out, output, list, func(w io.Writer) { o.printLessons(w, list) })
		},
	}
	outputFlag(c, &output)
	return c
}

func describe(all []*lessons.Lesson, lib *content.Library, lang content.Lang) lessonList {
	list := lessonList{Lessons: []lessonEntry{}}
	for _, l := range all {
		doc := lib.Document(lang, l.ID)
		e := lessonEntry{ID: l.ID, Title: doc.Title, Languages: map[string]string{}}
		for lang, state := range lib.Coverage(l.ID) {
			e.Languages[string(lang)] = string(state)
		}
		words := map[string]map[string]string{} // step, outcome: one line
		for _, section := range doc.Sections {
			words[section.Step] = section.Outcomes
		}
		for _, s := range l.Steps {
			step := stepEntry{ID: s.ID, Outcomes: []outcomeEntry{}}
			for _, out := range s.Outcomes {
				step.Outcomes = append(step.Outcomes, outcomeEntry{out.ID, string(out.Kind), words[s.ID][out.ID]})
			}
			e.Steps = append(e.Steps, step)
		}
		list.Lessons = append(list.Lessons, e)
	}
	return list
}

func (o *options) printLessons(w io.Writer, list lessonList) {
	var t table
	t.row(o.sayf("LESSON"), o.sayf("STEPS"), o.sayf("OUTCOMES"), o.sayf("TITLE"))
	for _, l := range list.Lessons {
		outcomes := 0
		for _, s := range l.Steps {
			outcomes += len(s.Outcomes)
		}
		t.row(l.ID, strconv.Itoa(len(l.Steps)), strconv.Itoa(outcomes), l.Title)
	}
	t.print(w)
}
