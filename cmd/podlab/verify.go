package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// verifyResult is the JSON of "podlab verify -o json".
type verifyResult struct {
	Provider    string         `json:"provider"`
	Kubernetes  string         `json:"kubernetes"`
	Images      string         `json:"images"` // offline or registry; empty where they are the cluster's own
	Lessons     []lessonResult `json:"lessons"`
	Met         int            `json:"met"`
	Unmet       int            `json:"unmet"`
	Unavailable int            `json:"unavailable"`
}

// lessonResult is how a lesson went, and why it could not be played to its end
// if that is so.
type lessonResult struct {
	engine.LessonResult
	Error say.Text `json:"error,omitzero"`
}

func newLessonResult(r engine.LessonResult, err error) lessonResult {
	return lessonResult{r, say.Of(err)}
}

type verifyFlags struct {
	all      bool
	wrong    bool
	output   string
	parallel int
}

func newVerifyCommand(o *options) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify [LESSON...]",
		Short: "Play the lessons' own solutions on the cluster and check every outcome",
		Long: `Play the reference solutions through the same engine as the lessons, without the
screen. Before a step runs, verify also checks that its outcomes are not met yet.
With --wrong it plays each step's wrong solutions before the right one: they must
not be taken for it, and must be told what is different. The exit status is 0 only
if every lesson was played to its end, no outcome stays unmet and every wrong
solution was recognized.`,
		RunE: func(c *cobra.Command, args []string) error {
			return verify(c.Context(), o, f, args)
		},
	}
	c.Flags().BoolVar(&f.all, "all", false, "verify every lesson")
	c.Flags().BoolVar(&f.wrong, "wrong", false, "also play the wrong solutions, which must be recognized")
	c.Flags().StringVarP(&f.output, "output", "o", "text", "text, json or junit")
	f.registerParallel(c.Flags())
	return c
}

func (f *verifyFlags) registerParallel(s *pflag.FlagSet) {
	s.IntVar(&f.parallel, "parallel", 1, "how many lessons to play side by side")
}

func (f verifyFlags) check() error {
	if f.output != "text" && f.output != "json" && f.output != "junit" {
		return say.Errorf("unknown output format %q: use text, json or junit", f.output)
	}
	if f.parallel < 1 {
		return say.Errorf("cannot play %d lessons side by side: --parallel is at least 1", f.parallel)
	}
	return nil
}

func verify(ctx context.Context, o *options, f verifyFlags, args []string) error {
	all, err := o.catalog()
	if err != nil {
		return err
	}
	chosen, err := chooseLessons(all, f.all, args)
	if err != nil {
		return err
	}
	lib, lang, err := o.library()
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	return playAndReport(ctx, o, f, chosen, lib, lang)
}

// playAndReport plays lessons and prints how they went. The error is an
// exitError if that was not as it should be.
func playAndReport(ctx context.Context, o *options, f verifyFlags, chosen []*lessons.Lesson, lib *content.Library, lang content.Lang) error {
	result, err := playOnLab(ctx, o, f, chosen, lang)
	if err != nil {
		return err
	}
	switch f.output {
	case "junit":
		err = writeJUnit(o.streams.Out, result)
	default:
		err = write(o.streams.Out, f.output, result, func(w io.Writer) { o.printVerify(w, result, lib, lang) })
	}
	if err != nil {
		return err
	}
	if !result.passed() {
		return exitError{1}
	}
	return nil
}

// playOnLab brings the lab up with the images of all lessons and plays them.
func playOnLab(ctx context.Context, o *options, f verifyFlags, chosen []*lessons.Lesson, lang content.Lang) (verifyResult, error) {
	l, err := openLab(ctx, o)
	if err != nil {
		return verifyResult{}, err
	}
	if err := consent(ctx, o, l, chosen); err != nil {
		return verifyResult{}, err
	}
	report := newLineProgress(o).report
	if err := l.up(ctx, report); err != nil {
		return verifyResult{}, err
	}
	st, err := l.status(ctx)
	if err != nil {
		return verifyResult{}, err
	}
	if err := l.load(ctx, report, chosen...); err != nil {
		return verifyResult{}, err
	}
	r := newRoster(chosen, longestFirst(chosen, f.wrong))
	p := player{o: o, lab: l, lang: lang, wrong: f.wrong, claim: r.claim, tell: newCommentary(o.streams.Err, chosen)}
	results, err := playAll(ctx, r, f.parallel, p.play)
	if err != nil {
		return verifyResult{}, err
	}
	return newVerifyResult(st, results), nil
}

// chooseLessons turns the command line into some of all lessons, each once; it
// refuses none at all.
func chooseLessons(all []*lessons.Lesson, every bool, ids []string) ([]*lessons.Lesson, error) {
	if every == (len(ids) > 0) {
		return nil, say.Errorf("name the lessons to verify, or use --all: 'podlab lessons' lists them")
	}
	if every {
		return all, nil
	}
	chosen := make([]*lessons.Lesson, 0, len(ids))
	for _, id := range ids {
		l, err := lessons.Find(all, id)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(chosen, l) { // two at a time would take each other's objects away
			chosen = append(chosen, l)
		}
	}
	return chosen, nil
}

// newVerifyResult counts the outcomes of all lessons.
func newVerifyResult(st cluster.Status, all []lessonResult) verifyResult {
	r := verifyResult{Provider: st.Provider, Kubernetes: st.Kubernetes, Images: st.Images, Lessons: all}
	for _, l := range all {
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
	return r
}

// passed says that every lesson was played to its end with nothing unmet and no
// wrong solution taken for a right one.
func (r verifyResult) passed() bool {
	failed := func(w engine.WrongResult) bool { return w.State == engine.Failed }
	return !slices.ContainsFunc(r.Lessons, func(l lessonResult) bool {
		return l.State != engine.Passed || slices.ContainsFunc(l.Steps, func(s engine.StepResult) bool {
			return slices.ContainsFunc(s.Wrong, failed)
		})
	})
}

// verdicts are how lessons went, in words.
var verdicts = map[string]say.Text{
	engine.Passed: say.T("passed"),
	engine.Failed: say.T("failed"),
}

// printVerify is the report for people: what was met with its evidence, what
// was not with its reason.
func (o *options) printVerify(w io.Writer, r verifyResult, lib *content.Library, lang content.Lang) {
	for _, l := range r.Lessons {
		doc := lib.Document(lang, l.ID)
		_, _ = fmt.Fprintf(w, "%s  %s  (%.0f s)\n", o.tell(verdicts[l.State]), doc.Title, l.Seconds)
		if !l.Error.IsZero() {
			_, _ = fmt.Fprintf(w, "  ✗ %s\n", o.tell(l.Error))
		}
		for _, s := range l.Steps {
			for _, out := range s.Outcomes {
				mark, text := "✗", o.tell(out.Reason)
				switch out.State {
				case engine.Met:
					mark, text = "✓", out.Evidence.Text
				case engine.Unavailable:
					mark = "–"
				}
				_, _ = fmt.Fprintf(w, "  %s %s/%s  %s\n", mark, s.ID, out.ID, text)
			}
			for _, x := range s.Wrong {
				_, _ = fmt.Fprintf(w, "  %s\n", o.tell(wrongLine(s.ID, x)))
			}
		}
	}
	from := say.Plain(r.Images)
	if r.Images == "" { // a cluster of the user's
		from = say.T("its own")
	}
	_, _ = fmt.Fprintln(w, o.sayf("%d met, %d unmet, %d unavailable (%s, Kubernetes %s, images: %v)",
		r.Met, r.Unmet, r.Unavailable, r.Provider, r.Kubernetes, from))
}

// wrongLine says how a wrong solution was judged: one that was recognized is as
// it should be.
func wrongLine(step string, r engine.WrongResult) say.Text {
	switch r.State {
	case engine.Passed:
		return say.T("✓ %s: wrong solution %s recognized", step, r.ID)
	case engine.Failed:
		return say.T("✗ %s: wrong solution %s  %s", step, r.ID, r.Reason)
	default:
		return say.T("– %s: wrong solution %s  %s", step, r.ID, r.Reason)
	}
}
