package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui"
)

func newPreviewCommand(o *options) *cobra.Command {
	c := &cobra.Command{
		Use:   "preview [LESSON]",
		Short: "Show lessons as they are written, without a cluster",
		Long: `Open the lessons of --lessons, or of the nearest folder with lessons and content, as the
learner will see them. What you save in the prose or in lesson.yaml is shown at once, and
what is wrong with it in the terminal's place. Where standard output is no terminal, the lesson
is written there as plain text.`,
		Args: maxArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return preview(c.Context(), o, args)
		},
	}
	o.registerScreen(c.Flags())
	return c
}

// textWidth is how wide a lesson is where it is written as plain text.
const textWidth = 80

func preview(ctx context.Context, o *options, args []string) error {
	from, err := o.workshop()
	if err != nil {
		return err
	}
	chosen := ""
	if len(args) == 1 {
		chosen = args[0]
	}
	all, err := lessonsOf(from)
	broken := lessons.Problems{}
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	lib, err := wordsOf(from)
	if err != nil {
		return err
	}
	lang, note, err := o.language(lib)
	if err != nil {
		return err
	}
	cfg, err := o.look()
	if err != nil {
		return err
	}
	if chosen != "" && len(broken) == 0 {
		if _, err := lessons.Find(all, chosen); err != nil {
			return err
		}
	}
	if !isTerminal(o.streams.In) || !isTerminal(o.streams.Out) {
		if len(broken) > 0 {
			return broken
		}
		lesson, err := lessons.Find(all, chosen)
		if err != nil {
			return err
		}
		o.note(note)
		return tui.WriteText(o.streams.Out, lib, lang, lesson, textWidth)
	}
	w := &watcher{from: from}
	cfg.Lessons = all
	cfg.Content = lib
	cfg.Lang = lang
	cfg.KeepLang = keepLang
	cfg.Drafts = w.next
	cfg.Progress = func(string) tui.LessonProgress { return tui.LessonProgress{} }
	cfg.Notices = o.unnoted(note)
	cfg.Lesson = chosen
	return tui.Run(ctx, cfg, o.streams.In, o.streams.Out)
}

// pause is the time between two looks at the files: short enough that what is
// saved seems to be there at once.
const pause = 100 * time.Millisecond

// watcher reads folders of lessons whenever a file in them has changed. It looks
// at all files again and again: that works on every file system, shared ones
// too, and costs next to nothing.
type watcher struct {
	from []folder
	seen uint64 // the files' state when they were last read
	load bool   // they have been read, but not checked
}

// look sums up the names, sizes and times of all files.
func (w *watcher) look() uint64 {
	sum := fnv.New64a()
	for _, f := range w.from {
		for _, dir := range []string{f.lessons(), f.content()} {
			_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
				if err != nil {
					return nil //nolint:nilerr // it has just gone
				}
				if info, err := d.Info(); err == nil {
					_, _ = fmt.Fprintln(sum, name, info.Size(), info.ModTime().UnixNano())
				}
				return nil
			})
		}
	}
	return sum.Sum64()
}

// next returns what there is now when something has changed, at once and
// unchecked, and then the same again with its problems. Whatever the files
// hold, it does not fail.
func (w *watcher) next(ctx context.Context) *tui.Draft {
	for {
		now := w.look()
		if now != w.seen {
			w.seen, w.load = now, true
			return w.draft(false)
		}
		if w.load {
			w.load = false
			return w.draft(true)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// draft reads the files, and checks them if asked to.
func (w *watcher) draft(check bool) (d *tui.Draft) {
	d = &tui.Draft{Checked: check}
	defer func() {
		if r := recover(); r != nil { // a preview outlives even a mistake of podlab's own
			d.Problems = say.Errorf("podlab cannot read this: %v", r)
		}
	}()
	problem := func(err error) {
		if err != nil {
			d.Problems = err
		}
	}
	if check {
		in, err := inspect(w.from)
		d.Lessons, d.Content = in.lessons, in.words
		problem(errors.Join(err, in.problems))
		return d
	}
	var err error
	d.Lessons, err = lessonsOf(w.from)
	problem(err)
	if d.Content, err = wordsOf(w.from); err != nil {
		problem(err)
	}
	return d
}
