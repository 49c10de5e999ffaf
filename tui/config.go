package tui

import (
	"context"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// Config is what Run needs of the rest of the program.
type Config struct {
	Lessons []*lessons.Lesson // in the order of the list
	Content *content.Library
	Lang    content.Lang // at start; English if empty
	// KeepLang keeps the language that the learner has chosen, for the next start; nil
	// keeps none. It is called by one goroutine at a time.
	KeepLang func(content.Lang) error
	Cluster  Backend
	// Open starts a session of a lesson on the running cluster. It is called
	// once the cluster runs; only one session is open at a time.
	Open func(ctx context.Context, lesson string) (Session, error)
	// Progress reads how far the learner is with a lesson.
	Progress func(lesson string) LessonProgress
	// Drafts, if not nil, makes the screen a preview of lessons as they are
	// written, without a cluster: it blocks until there is a new state to show,
	// and returns nil once ctx ends.
	Drafts func(ctx context.Context) *Draft
	// Editor opens a file in the learner's editor, on the program's own terminal,
	// and blocks until the editor ends; nil where there is none.
	Editor func(path string) error
	// Idle is how long nothing happens in a step before a hint is offered; 0 is
	// two minutes.
	Idle time.Duration
	// Notices are shown on the list of lessons, in the learner's language.
	Notices []string
	// Lesson is the id of a lesson to show at once instead of the list.
	Lesson string

	// Demo, if not nil, lets Lesson play itself.
	Demo *Demo
	// Width and Height are the size of the screen, in full colours, where the
	// output is no terminal; else 0.
	Width, Height int

	ASCII   bool // borders and marks in ASCII
	NoColor bool // no colours, whatever the terminal can do
	// Theme is the colours' name, one of Themes; "" is ThemeAuto.
	Theme string
	// ReducedMotion leaves out what moves by itself: the cursor does not blink,
	// and what changes all the time is drawn seldom.
	ReducedMotion bool
	// Environ is the program's environment, os.Environ() if nil: TERM and
	// NO_COLOR count.
	Environ []string
}

// The themes. ThemeAuto asks the terminal for its background and its colours.
const (
	ThemeAuto  = "auto"
	ThemeDark  = "dark"
	ThemeLight = "light"
	Theme16    = "16"
)

// Themes are the names of all themes.
var Themes = []string{ThemeAuto, ThemeDark, ThemeLight, Theme16}

// LessonProgress is how many of a lesson's steps are done.
type LessonProgress struct{ Done, Total int }

// Backend is the cluster as the screen sees it.
type Backend interface {
	// Start blocks until the cluster runs; it returns at once if it does.
	// report is called from one goroutine at a time.
	Start(ctx context.Context, report func(cluster.Progress)) error
	// Status says what runs now.
	Status(ctx context.Context) (cluster.Status, error)
}

// Session is one open lesson; *engine.Session is one.
type Session interface {
	// Events is the session's ordered stream; it is closed by Close.
	Events() <-chan engine.Event
	// Snapshot is where the lesson stands now.
	Snapshot() engine.Snapshot
	// Write sends what was typed to the shell.
	Write(p []byte) (int, error)
	Resize(cols, rows int)
	// Type sends a line to the terminal and Enter: to the shell, or to the program
	// that runs there.
	Type(line string) error
	// Run is Type for a command: where a program runs nothing is typed, and the
	// error is engine.ErrRunning.
	Run(line string) error
	// Goto makes a step the current one.
	Goto(step string) error
	// Solve runs the step's reference solution and returns when its
	// outcomes are decided.
	Solve(ctx context.Context, step string) error
	// CatchUp solves the steps before the current one.
	CatchUp(ctx context.Context) error
	// Skip goes to a step once it has solved those before it that are not
	// done.
	Skip(ctx context.Context, step string) error
	// Answer keeps the answer to a step's question, the first one for good;
	// Hinted how many of its hints were shown.
	Answer(step, answer string) error
	Hinted(step string, shown int) error
	// Edited are those of the lesson's files that the learner has changed, by
	// name; File is where the learner's copy of one is.
	Edited() (map[string]string, error)
	File(name string) (path string, err error)
	ResetStep(ctx context.Context, step string) error
	ResetLesson(ctx context.Context) error
	Close() error
}
