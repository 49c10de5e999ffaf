package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// verifyResult is the JSON of "podlab verify -o json".
type verifyResult struct {
	Provider    string                `json:"provider"`
	Kubernetes  string                `json:"kubernetes"`
	Images      string                `json:"images"` // offline or registry
	Lessons     []engine.LessonResult `json:"lessons"`
	Met         int                   `json:"met"`
	Unmet       int                   `json:"unmet"`
	Unavailable int                   `json:"unavailable"`
}

type verifyFlags struct {
	all    bool
	output string
}

func newVerifyCommand(o *options) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify [LESSON...]",
		Short: "Play the lessons' own solutions on the cluster and check every outcome",
		Long: `Play the reference solutions through the same engine as the lessons, without the
screen. Before a step runs, verify also checks that its outcomes are not met yet.
The exit status is 0 only if no outcome stays unmet.`,
		RunE: func(c *cobra.Command, args []string) error {
			return verify(c.Context(), o, f, args)
		},
	}
	c.Flags().BoolVar(&f.all, "all", false, "verify every lesson")
	c.Flags().StringVarP(&f.output, "output", "o", "text", "text, json or junit")
	return c
}

func verify(ctx context.Context, o *options, f verifyFlags, args []string) error {
	chosen, err := chooseLessons(f.all, args)
	if err != nil {
		return err
	}
	lib, lang, err := o.library()
	if err != nil {
		return err
	}
	if f.output != "text" && f.output != "json" && f.output != "junit" {
		return fmt.Errorf("unknown output format %q: use text, json or junit", f.output)
	}
	l, err := openLab(o)
	if err != nil {
		return err
	}
	if err := l.up(ctx, newLineProgress(o.streams.Err).report); err != nil {
		return err
	}
	st, err := l.status(ctx)
	if err != nil {
		return err
	}
	result := verifyResult{Provider: st.Provider, Kubernetes: st.Kubernetes, Images: st.Images, Lessons: []engine.LessonResult{}}
	for _, lesson := range chosen {
		if err := l.load(ctx, lesson, newLineProgress(o.streams.Err).report); err != nil {
			return err
		}
		r, err := playLesson(ctx, o, l, lesson, lang)
		result.add(r)
		if err != nil {
			return err
		}
	}
	switch f.output {
	case "junit":
		err = writeJUnit(o.streams.Out, result)
	default:
		err = write(o.streams.Out, f.output, result, func(w io.Writer) { printVerify(w, result, lib, lang) })
	}
	if err != nil {
		return err
	}
	if result.Unmet > 0 {
		return exitError{1}
	}
	return nil
}

// chooseLessons turns the command line into lessons; it refuses none at all.
func chooseLessons(all bool, ids []string) ([]*lessons.Lesson, error) {
	if all == (len(ids) > 0) {
		return nil, fmt.Errorf("name the lessons to verify, or use --all: 'podlab lessons' lists them")
	}
	if all {
		return lessons.All()
	}
	chosen := make([]*lessons.Lesson, 0, len(ids))
	for _, id := range ids {
		l, err := lessons.Get(id)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, l)
	}
	return chosen, nil
}

// playLesson verifies one lesson in a workspace of its own that is removed
// afterwards, and tells each outcome on standard error as it is decided.
func playLesson(ctx context.Context, o *options, l *lab, lesson *lessons.Lesson, lang content.Lang) (engine.LessonResult, error) {
	folder, err := os.MkdirTemp("", "podlab-verify-")
	if err != nil {
		return engine.LessonResult{}, fmt.Errorf("cannot make a working folder: %w: check that the disk is not full", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what cannot be removed here is in the temporary folder
	cfg := l.session(lesson, folder, "")
	start := time.Now()
	say := func(format string, a ...any) {
		_, _ = fmt.Fprintf(o.streams.Err, "%6.1fs  "+format+"\n", append([]any{time.Since(start).Seconds()}, a...)...)
	}
	say("%s", lesson.ID)
	return engine.Play(ctx, cfg, engine.PlayOptions{
		Lang: string(lang),
		Tell: func(e engine.Event) {
			switch e := e.(type) {
			case engine.CommandStarted:
				say("  $ %s", e.Line)
			case engine.OutcomeChanged:
				if s := e.Status; s.State == engine.Met {
					say("  ✓ %s/%s: %s", s.Step, s.Outcome, s.Evidence.Text)
				}
			}
		},
	})
}

func (r *verifyResult) add(l engine.LessonResult) {
	r.Lessons = append(r.Lessons, l)
	for _, s := range l.Steps {
		for _, o := range s.Outcomes {
			switch o.State {
			case engine.Met:
				r.Met++
			case engine.Unavailable:
				r.Unavailable++
			default:
				r.Unmet++
			}
		}
	}
}

// printVerify is the report for people: what was met with its evidence, what
// was not with its reason.
func printVerify(w io.Writer, r verifyResult, lib *content.Library, lang content.Lang) {
	for _, l := range r.Lessons {
		doc := lib.Document(lang, l.ID)
		_, _ = fmt.Fprintf(w, "%s  %s  (%.0f s)\n", l.State, doc.Title, l.Seconds)
		for _, s := range l.Steps {
			for _, o := range s.Outcomes {
				mark, text := "✗", o.Reason
				switch o.State {
				case engine.Met:
					mark, text = "✓", o.Evidence.Text
				case engine.Unavailable:
					mark = "–"
				}
				_, _ = fmt.Fprintf(w, "  %s %s/%s  %s\n", mark, s.ID, o.ID, text)
			}
		}
	}
	_, _ = fmt.Fprintf(w, "%d met, %d unmet, %d unavailable (%s, Kubernetes %s, %s images)\n",
		r.Met, r.Unmet, r.Unavailable, r.Provider, r.Kubernetes, r.Images)
}
