package main

import (
	"context"
	"os"
	"runtime/debug"

	"golang.org/x/term"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/choice"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui"
)

// learn opens the screen: the list of lessons, or the lesson that is named.
func learn(ctx context.Context, o *options, args []string) error {
	all, err := o.catalog()
	if err != nil {
		return err
	}
	chosen := ""
	if len(args) == 1 {
		lesson, err := lessons.Find(all, args[0])
		if err != nil {
			return err
		}
		chosen = lesson.ID
	}
	cfg, err := o.look()
	if err != nil {
		return err
	}
	lib, lang, note, err := o.speak()
	if err != nil {
		return err
	}
	l, err := openLab(ctx, o)
	if err != nil {
		return err
	}
	if err := consent(ctx, o, l, all); err != nil {
		return err
	}
	here, err := enter(l.dir)
	if err != nil {
		return err
	}
	defer here.leave()
	notices := o.unnoted(note)
	if here.other != 0 {
		notices = append(notices, lib.Printer(lang).T("notice.attached", "PID", here.other))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25) // a screen that is mostly idle can spare the time, a laptop rather not the memory
	}
	s := &screen{lab: l, lessons: all}
	cfg.Lessons = all
	cfg.Content = lib
	cfg.Lang = lang
	cfg.KeepLang = keepLang
	cfg.Cluster = s
	cfg.Open = s.open
	cfg.Progress = s.progress
	cfg.Editor = func(path string) error {
		cmd, err := editor(os.Getenv, path, o.streams.In, o.streams.Out, o.streams.Err)
		if err != nil {
			return err
		}
		return cmd.Run()
	}
	cfg.Notices = notices
	cfg.Lesson = chosen
	if o.plain() {
		return tui.Plain(ctx, cfg, o.streams.In, o.streams.Out, isTerminal(o.streams.In))
	}
	return tui.Run(ctx, cfg, o.streams.In, o.streams.Out)
}

// isTerminal tells whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// screen is the lab as the screen sees it.
type screen struct {
	lab     *lab
	lessons []*lessons.Lesson
}

// Start implements tui.Backend.
func (s *screen) Start(ctx context.Context, report func(cluster.Progress)) error {
	return s.lab.up(ctx, report)
}

// Status implements tui.Backend.
func (s *screen) Status(ctx context.Context) (cluster.Status, error) {
	return s.lab.status(ctx)
}

// pictured is session for the screen, which draws the lesson's pictures.
func (l *lab) pictured(lesson *lessons.Lesson, workspace, journal string) (engine.Config, error) {
	config, err := l.session(lesson, workspace, journal)
	config.Pictures = true
	if l.provider.Name() != choice.Existing {
		config.Exec = l.provider.Exec
	}
	return config, err
}

// open starts the session of a lesson, its images being on the nodes.
func (s *screen) open(ctx context.Context, id string) (tui.Session, error) {
	lesson, err := lessons.Find(s.lessons, id)
	if err != nil {
		return nil, err
	}
	if err := s.lab.load(ctx, nil, lesson); err != nil {
		return nil, err
	}
	for _, dir := range []string{dirs.Progress(), dirs.Workspace(s.lab.name, id)} {
		if err := dirs.Make(dir); err != nil {
			return nil, err
		}
	}
	config, err := s.lab.pictured(lesson, dirs.Workspace(s.lab.name, id), journal(id))
	if err != nil {
		return nil, err
	}
	session, err := engine.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	return session, nil
}

// progress reads how far the learner is with a lesson from its journal.
func (s *screen) progress(id string) tui.LessonProgress {
	for _, l := range s.lessons {
		if l.ID == id {
			p, _ := engine.ReadProgress(journal(id), l) // what cannot be read is not done
			return tui.LessonProgress{Done: p.Done(), Total: len(l.Steps)}
		}
	}
	return tui.LessonProgress{}
}
