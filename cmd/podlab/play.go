package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// player plays lessons on one lab, each in a session and a working folder of
// its own.
type player struct {
	o     *options
	lab   *lab
	lang  content.Lang
	wrong bool // also the wrong solutions
	claim func(ctx context.Context, claims []string) (release func(), err error)
	tell  *commentary
}

// play plays one lesson to its end and cleans up after it, also when ctx ends.
func (p player) play(ctx context.Context, lesson *lessons.Lesson) (engine.LessonResult, error) {
	folder, err := os.MkdirTemp("", "podlab-verify-")
	if err != nil {
		return engine.LessonResult{ID: lesson.ID, Lang: string(p.lang), State: engine.Failed, Steps: []engine.StepResult{}},
			say.Errorf("cannot make a working folder: %w: check that the disk is not full", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what cannot be removed here is in the temporary folder
	start := time.Now()
	tell := func(v any) { p.tell.say(lesson.ID, time.Since(start), p.o.tell(v)) }
	plain := func(format string, a ...any) { tell(say.Plain(fmt.Sprintf(format, a...))) }
	tell(say.T("begins"))
	session, err := p.lab.session(lesson, folder, "")
	if err != nil {
		return engine.LessonResult{ID: lesson.ID, Lang: string(p.lang), State: engine.Failed, Steps: []engine.StepResult{}}, err
	}
	result, err := engine.Play(ctx, session, engine.PlayOptions{
		Lang:  string(p.lang),
		Wrong: p.wrong,
		Claim: p.claim,
		Tell: func(e engine.Event) {
			switch e := e.(type) {
			case engine.WrongStarted:
				tell(say.T("  %s: wrong solution %s", e.Step, e.Wrong))
			case engine.WrongDone:
				tell(say.T("  %v", wrongLine(e.Step, e.Result)))
			case engine.CommandStarted:
				plain("  $ %s", e.Line)
			case engine.OutcomeChanged:
				if s := e.Status; s.State == engine.Met {
					plain("  ✓ %s/%s: %s", s.Step, s.Outcome, s.Evidence.Text)
				}
			}
		},
	})
	switch {
	case err == nil:
		tell(verdicts[result.State])
	case ctx.Err() != nil:
		tell(say.T("interrupted: %v", err))
	default:
		tell(say.T("%v: %v", verdicts[result.State], err))
	}
	return result, err
}

// playAll plays the lessons of r, at most parallel at a time, and returns how each
// went in the order in which they were given; they begin in another, best the
// longest first, so that none of them is alone at the end. A lesson that cannot be played does not keep the others from
// it; when ctx ends no more lessons are begun, and the error is its error once
// those that were begun have ended.
func playAll(ctx context.Context, r *roster, parallel int, play func(context.Context, *lessons.Lesson) (engine.LessonResult, error)) ([]lessonResult, error) {
	results := make([]lessonResult, len(r.all))
	var workers sync.WaitGroup
	for range min(parallel, len(r.all)) {
		workers.Go(func() {
			for i, ok := r.next(); ok; i, ok = r.next() {
				if ctx.Err() == nil {
					result, err := play(ctx, r.all[i])
					results[i] = newLessonResult(result, err)
				}
				r.done(i)
			}
		})
	}
	workers.Wait()
	return results, ctx.Err()
}

// longestFirst are the indices of lessons by the time they need.
func longestFirst(all []*lessons.Lesson, wrong bool) []int {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(need(all[b], wrong), need(all[a], wrong)) })
	return order
}

// What a command, and the reset after a wrong solution, about take.
const (
	perCommand = time.Second
	perReset   = 4 * time.Second
)

// need estimates how long a lesson takes to play, with its wrong solutions or
// without: its commands, and the times through which outcomes must hold. It is
// good for comparing lessons, not for foretelling.
func need(l *lessons.Lesson, wrong bool) time.Duration {
	var sum time.Duration
	for _, s := range l.Steps {
		hold := time.Duration(0)
		for _, o := range s.Outcomes {
			hold = max(hold, o.For.Duration)
		}
		sum += hold + time.Duration(len(s.Commands))*perCommand
		if !wrong {
			continue
		}
		for _, w := range s.Wrong {
			sum += time.Duration(len(w.Commands))*perCommand + perReset
		}
	}
	return sum
}

// commentary tells on one stream how several lessons go: each line names its
// lesson and the time since that began. It is safe for concurrent use.
type commentary struct {
	width int // of the longest lesson's name

	mu sync.Mutex
	w  io.Writer
}

func newCommentary(w io.Writer, all []*lessons.Lesson) *commentary {
	c := &commentary{w: w}
	for _, l := range all {
		c.width = max(c.width, len(l.ID))
	}
	return c
}

// say writes text, whose lines stay together.
func (c *commentary) say(lesson string, since time.Duration, text string) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		_, _ = fmt.Fprintf(&b, "%-*s %6.1fs  %s\n", c.width, lesson, since.Seconds(), strings.TrimRight(line, "\r\n"))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(c.w, b.String())
}
