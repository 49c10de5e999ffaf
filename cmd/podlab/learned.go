package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	journals "github.com/podlab/podlab/engine/journal"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

func newProgressCommand(o *options) *cobra.Command {
	return newGroup("progress", "Show, export or reset how far you are with the lessons",
		newProgressShowCommand(o),
		newProgressExportCommand(o),
		newProgressResetCommand(o),
	)
}

func newProgressShowCommand(o *options) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "show [LESSON...]",
		Short: "Show what you have reached, as it was seen then; nothing is checked anew",
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := o.progress(args)
			if err != nil {
				return err
			}
			lib, lang, err := o.library()
			if err != nil {
				return err
			}
			return write(o.streams.Out, output, progressList{list}, func(w io.Writer) { o.printProgress(w, list, lib, lang) })
		},
	}
	outputFlag(c, &output)
	return c
}

func newProgressExportCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "export [LESSON...]",
		Short: "Write what you have reached as JSON, with the evidence and the times",
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := o.progress(args)
			if err != nil {
				return err
			}
			return write(o.streams.Out, "json", progressList{list}, nil)
		},
	}
}

func newProgressResetCommand(o *options) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "reset LESSON...",
		Short: "Forget what you have reached in a lesson; the cluster is left as it is",
		Long: `Forget what you have reached in a lesson. What the lesson made on the cluster stays
there: R in the lesson takes it back.`,
		RunE: func(_ *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return say.Errorf("name the lessons to reset, or use --all")
			}
			chosen, err := o.chosen(args)
			if err != nil {
				return err
			}
			var errs []error
			for _, l := range chosen {
				if err := journals.Remove(journal(l.ID)); err != nil {
					errs = append(errs, say.Errorf("%s: %w", l.ID, err))
				}
			}
			return errors.Join(errs...)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "all lessons")
	return c
}

// progressList is the JSON of progress.
type progressList struct {
	Lessons []engine.Progress `json:"lessons"`
}

// chosen are the lessons that are named, all of them if none is.
func (o *options) chosen(ids []string) ([]*lessons.Lesson, error) {
	all, err := o.catalog()
	if err != nil || len(ids) == 0 {
		return all, err
	}
	var some []*lessons.Lesson
	for _, id := range ids {
		l, err := lessons.Find(all, id)
		if err != nil {
			return nil, err
		}
		some = append(some, l)
	}
	return some, nil
}

// progress reads the journals of lessons.
func (o *options) progress(ids []string) ([]engine.Progress, error) {
	chosen, err := o.chosen(ids)
	if err != nil {
		return nil, err
	}
	list := make([]engine.Progress, 0, len(chosen))
	for _, l := range chosen {
		p, err := engine.ReadProgress(journal(l.ID), l)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// printProgress writes a line a lesson; of a single lesson also its steps, with
// what was reached.
func (o *options) printProgress(w io.Writer, list []engine.Progress, lib *content.Library, lang content.Lang) {
	var t table
	t.row(o.sayf("LESSON"), o.sayf("STEPS"), o.sayf("REACHED"), o.sayf("LAST"), o.sayf("TIME"))
	for _, p := range list {
		met := 0
		for _, s := range p.Steps {
			met += len(s.Met)
		}
		last, spent := "-", "-"
		if !p.Last.IsZero() {
			last = p.Last.Local().Format("2006-01-02 15:04")
			spent = (time.Duration(p.Spent) * time.Second).String()
		}
		t.row(p.Lesson, fmt.Sprintf("%d/%d", p.Done(), len(p.Steps)), strconv.Itoa(met), last, spent)
	}
	t.print(w)
	if len(list) != 1 {
		return
	}
	doc := lib.Document(lang, list[0].Lesson)
	for i, s := range list[0].Steps {
		mark, heading, texts := "○", s.ID, map[string]string{}
		if s.Done {
			mark = "✓"
		}
		if i < len(doc.Sections) {
			heading, texts = doc.Sections[i].Heading, doc.Sections[i].Outcomes
		}
		_, _ = fmt.Fprintf(w, "\n%s %d  %s\n", mark, i+1, heading)
		for _, m := range s.Met {
			text := texts[m.Outcome]
			if text == "" {
				text = m.Outcome
			}
			_, _ = fmt.Fprintf(w, "  ✓ %s\n", text)
			if m.Evidence != nil {
				_, _ = fmt.Fprintf(w, "    %s · %s\n", m.Evidence.Text, m.Evidence.At.Local().Format("2006-01-02 15:04:05"))
			}
		}
	}
}
