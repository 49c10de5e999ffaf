package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/atomicfile"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui"
)

// demoOptions are the flags of podlab demo.
type demoOptions struct {
	speed float64
	cast  string
	size  string
}

func newDemoCommand(o *options) *cobra.Command {
	var d demoOptions
	c := &cobra.Command{
		Use:   "demo LESSON",
		Short: "Play a lesson by itself at a person's pace, for a talk or a recording",
		Long: `Play a lesson by itself, on the real screen and the real cluster, at the pace of a
person who reads, types and looks. Any key ends it. Your own progress is not touched, but what
the lesson makes on the cluster is made anew, and taken away at the end.

With --cast it is recorded as an asciicast v2 file. Where there is no terminal it is only
recorded, in the size of --size.`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return demo(c.Context(), o, d, args[0]) },
	}
	f := c.Flags()
	f.Float64Var(&d.speed, "speed", 1, "how fast: 1 is a person's pace, 2 is twice as fast")
	f.StringVar(&d.cast, "cast", "", "file to record to, as asciicast v2")
	f.StringVar(&d.size, "size", "120x36", "size of a recording without a terminal, columns x rows")
	o.registerScreen(f)
	return c
}

// perKey is the time from key to key at a person's pace.
const perKey = 45 * time.Millisecond

func demo(ctx context.Context, o *options, d demoOptions, id string) (err error) {
	all, err := o.catalog()
	if err != nil {
		return err
	}
	lesson, err := lessons.Find(all, id)
	if err != nil {
		return err
	}
	if d.speed <= 0 || d.speed > 100 {
		return say.Errorf("cannot play at speed %v: use a number above 0, at most 100", d.speed)
	}
	cfg, err := o.look()
	if err != nil {
		return err
	}
	lib, lang, err := o.library()
	if err != nil {
		return err
	}
	in, out, done, err := d.streams(o, &cfg, lib.Document(lang, id).Title)
	if err != nil {
		return err
	}
	var opened atomic.Bool // else there is nothing to see in the recording
	defer func() { err = errors.Join(err, done(opened.Load())) }()
	l, err := openLab(ctx, o)
	if err != nil {
		return err
	}
	if err := consent(ctx, o, l, []*lessons.Lesson{lesson}); err != nil {
		return err
	}
	here, err := enter(l.dir)
	if err != nil {
		return err
	}
	defer here.leave()
	folder, err := os.MkdirTemp("", "podlab-demo-")
	if err != nil {
		return say.Errorf("cannot make a working folder: %w: check that the disk is not full", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what cannot be removed here is in the temporary folder
	cfg.Lessons, cfg.Content, cfg.Lang, cfg.Lesson = all, lib, lang, lesson.ID
	cfg.Cluster = &screen{lab: l, lessons: all}
	cfg.Demo = &tui.Demo{Speed: d.speed}
	cfg.Open = func(ctx context.Context, _ string) (tui.Session, error) {
		if err := l.load(ctx, nil, lesson); err != nil {
			return nil, err
		}
		c, err := l.pictured(lesson, folder, "")
		if err != nil {
			return nil, err
		}
		c.Typing = time.Duration(float64(perKey) / d.speed)
		s, err := engine.Open(ctx, c)
		if err != nil {
			return nil, err
		}
		opened.Store(true)
		return &demoSession{s}, nil
	}
	return tui.Run(ctx, cfg, in, out)
}

// streams are what the demo is shown on: the terminal, a recording, or both.
// done ends the recording, which takes the place of an earlier one only if it is
// to be kept and nothing of it was lost.
func (d demoOptions) streams(o *options, cfg *tui.Config, title string) (in io.Reader, out io.Writer, done func(keep bool) error, err error) {
	in, out, done = o.streams.In, o.streams.Out, func(bool) error { return nil }
	terminal, _ := o.streams.Out.(*os.File)
	width, height := 0, 0
	switch {
	case isTerminal(o.streams.In) && isTerminal(o.streams.Out):
		if width, height, err = term.GetSize(int(terminal.Fd())); err != nil {
			return nil, nil, nil, say.Errorf("cannot ask for the terminal's size: %w", err)
		}
	case d.cast == "":
		return nil, nil, nil, say.Errorf("this is not a terminal, so the demo cannot be shown: record it with --cast FILE")
	default:
		if n, _ := fmt.Sscanf(d.size, "%dx%d", &width, &height); n != 2 || width < 20 || height < 5 {
			return nil, nil, nil, say.Errorf("%q is no size: write columns x rows, such as 120x36", d.size)
		}
		in, terminal = nil, nil
		cfg.Width, cfg.Height = width, height
	}
	if d.cast == "" {
		return in, out, done, nil
	}
	f, err := atomicfile.Create(d.cast, 0o644)
	if err != nil {
		return nil, nil, nil, say.Errorf("cannot write the recording: %w", err)
	}
	file := &recording{File: f}
	c, err := newCast(file, terminal, width, height, title)
	if err != nil {
		return nil, nil, nil, errors.Join(err, file.Close())
	}
	if out = c; terminal == nil {
		out = writerOnly{c}
	}
	return in, out, func(keep bool) error { file.keep = keep && c.err == nil; return c.Close() }, nil
}

// recording is the file of a cast. Closed, it is there if it is to be kept.
type recording struct {
	*atomicfile.File
	keep bool
}

// Close implements io.Closer.
func (r *recording) Close() error {
	if r.keep {
		return r.Commit()
	}
	return r.Discard()
}

// demoSession takes away what the lesson has made before it closes.
type demoSession struct{ *engine.Session }

// cleanUpLimit is how long that may take.
const cleanUpLimit = 2 * time.Minute

// Close implements tui.Session.
func (s *demoSession) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpLimit)
	defer cancel()
	var err error
	if snap := s.Snapshot(); snap.ClusterUp && !snap.LessonDone {
		err = s.ResetLesson(ctx)
	}
	return errors.Join(err, s.Session.Close())
}
