package engine

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/podlab/podlab/engine/expr"
	"github.com/podlab/podlab/engine/journal"
	"github.com/podlab/podlab/engine/meter"
	"github.com/podlab/podlab/engine/observe"
	"github.com/podlab/podlab/engine/probe"
	"github.com/podlab/podlab/engine/shell"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// Config of a session.
type Config struct {
	Lesson *lessons.Lesson
	// Kubeconfig is the lab's own; the file may come later.
	Kubeconfig string
	// Workspace is the folder in which the learner works. The lesson's
	// manifests and files are copied into it; those that are there already
	// stay as the learner left them.
	Workspace string
	// Journal is the file that keeps the learner's progress; "" keeps none.
	Journal string
	// Podlab is the path of the executable that is kubectl when called by
	// that name; "" leaves kubectl to the PATH.
	Podlab string
	// Facts says what the cluster can do; nil is DetectFacts. It is called
	// whenever the cluster answers (again), and when a step needs what was
	// missing before: then for two minutes, with pauses that grow.
	Facts func(context.Context) (Facts, error)
	// Env is added to the shell's environment, NAME=value.
	Env        []string
	Cols, Rows int
	// Typing is the time from key to key when a line is typed for the learner;
	// 0 types it at once.
	Typing time.Duration
	// Pictures has the lesson's pictures drawn and told. It costs a watch of all
	// Pods where one shows nodes, and readers while a step shows usage or probes.
	Pictures bool
	// Exec runs commands on the cluster's nodes, to read what containers use;
	// nil has the metrics API asked instead.
	Exec meter.Exec

	probe prober // nil is probe.Run
}

// BusyError is the error of Open when another program has the lesson open.
type BusyError = journal.BusyError

// ErrBusy is what errors.As looks for in the error of Open.
type ErrBusy = *BusyError

// ErrClosed is returned by the methods of a session that is closed.
var ErrClosed = say.Errorf("the lesson is closed")

// Session plays one lesson on one cluster. All methods are safe for concurrent
// use. Close must be called.
type Session struct {
	cfg      Config
	lesson   *lessons.Lesson
	observer *observe.Observer
	shell    *shell.Shell
	journal  *journal.Journal // nil without one
	out      *stream
	ctx      context.Context
	stop     context.CancelFunc
	tasks    sync.WaitGroup // everything that runs beside the callers
	solving  sync.Mutex     // held by Solve, ResetStep and ResetLesson
	settled  chan struct{}  // closed when the cluster was first seen whole
	settling sync.Once

	mu       sync.Mutex
	closed   bool
	changed  chan struct{} // closed and renewed when the state changes
	steps    []*stepState
	checks   []*check
	current  int
	done     bool // the lesson
	resumed  bool
	other    bool // progress was made on another cluster
	records  *observe.Records
	cluster  string // UID
	cut      observe.Mark
	cutFrom  savedCut // of the journal, until its cluster answers
	synced   bool
	up       bool
	link     *observe.Link
	portrait *portrait // nil without pictures
	facts    Facts
	factsRun bool
	askAgain *time.Timer     // asks for the facts again; nil unless the step lacks something
	pauses   wait.Backoff    // that are left until it does
	historic map[string]bool // names whose history or Events an expression reads
	live     map[string]bool // containers that run, by Pod and container
	pods     map[string]types.UID
	probe    prober
	proven   map[string]bool // clusters on which the journal's outcomes were proven
	seeds    []record        // of the journal: what was seen, and what of it was gone
	seen     map[sight]bool  // objects of which the journal has a revision
	commands []*command
	firstCmd int // commands before it are from before the lesson's reset
	running  *command
	prompt   bool // the shell shows its prompt
	more     bool // the shell waits for the rest of a line
	gone     bool // the shell has ended
	ends     int  // how often it has
	judging  bool // a look at the running command's output is due
	notes    notes
}

// sight is an object under the name that a lesson has for it.
type sight struct{ name, uid string }

// stepState is where a step stands.
type stepState struct {
	def      *lessons.Step
	checks   []*check
	begun    time.Time // zero: not yet
	firstCmd time.Time // when its first command began, zero: not yet
	cut      observe.Mark
	cutFrom  savedCut // of the journal, until its cluster answers
	cmdCut   int      // commands before it do not count
	done     bool
	ranLast  bool // its last command has been run
}

// prober runs a probe's command: probe.Run, but in tests.
type prober func(context.Context, *rest.Config, kubernetes.Interface, probe.Command) (probe.Result, error)

// Open loads the lesson's progress, prepares the workspace and starts to watch
// the cluster, whether it answers yet or not. It does not wait for the cluster
// and does not start the shell. ctx bounds Open itself; Close ends the session.
func Open(ctx context.Context, cfg Config) (_ *Session, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(cfg.Lesson.Steps) == 0 {
		return nil, say.Errorf("lesson %s has no steps", cfg.Lesson.ID)
	}
	outcomes, errs := compile(cfg.Lesson)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	cfg.Workspace, err = filepath.Abs(cfg.Workspace)
	if err != nil {
		return nil, say.Errorf("cannot find the lesson's working folder: %w", err)
	}
	if cfg.probe == nil {
		cfg.probe = probe.Run
	}
	if cfg.Facts == nil {
		cfg.Facts = func(ctx context.Context) (Facts, error) { return DetectFacts(ctx, cfg.Kubeconfig) }
	}
	s := &Session{
		cfg: cfg, lesson: cfg.Lesson, settled: make(chan struct{}), changed: make(chan struct{}), seen: map[sight]bool{},
		historic: map[string]bool{}, proven: map[string]bool{}, live: map[string]bool{},
		pods: map[string]types.UID{}, probe: cfg.probe, notes: newNotes(),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.lay(outcomes)
	if cfg.Journal != "" {
		if err := s.load(); err != nil {
			s.stop()
			return nil, err
		}
	}
	var kept journaler
	if s.journal != nil {
		kept = s.journal
	}
	s.out = newStream(kept)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := unpack(cfg.Lesson.FS, cfg.Workspace, false); err != nil {
		return nil, err
	}
	s.shell, err = shell.New(shell.Config{
		Dir: cfg.Workspace, Kubeconfig: cfg.Kubeconfig, Podlab: cfg.Podlab, Env: cfg.Env, Keep: variables(cfg.Lesson),
		Cols: cfg.Cols, Rows: cfg.Rows, Tell: s.onShell,
	})
	if err != nil {
		return nil, err
	}
	selectors, err := selectors(cfg.Lesson)
	if err != nil {
		return nil, err
	}
	s.records = observe.NewRecords(selectors)
	watched := targets(cfg.Lesson, selectors, outcomes)
	if cfg.Pictures {
		s.portrait = newPortrait(cfg.Lesson, selectors)
		watched = join(watched, pictureTargets(cfg.Lesson))
	}
	s.observer = observe.New(observe.Config{
		Kubeconfig: cfg.Kubeconfig, Targets: watched,
		Changed: s.onChange, Synced: s.onSynced, Lost: s.onLost, Connected: s.onConnected,
	})
	s.mu.Lock()
	if s.resumed {
		s.resume()
	} else {
		s.out.put(nil, s.header())
		s.begin(0)
	}
	s.mu.Unlock()
	s.tasks.Go(func() { s.observer.Run(s.ctx) })
	if s.portrait != nil {
		s.tasks.Go(s.portray)
	}
	return s, nil
}

// lay sets out the lesson's steps and outcomes, all pending.
func (s *Session) lay(outcomes []compiled) {
	for i := range s.lesson.Steps {
		s.steps = append(s.steps, &stepState{def: &s.lesson.Steps[i]})
	}
	for _, o := range outcomes {
		step := s.steps[o.step]
		c := newCheck(step, &step.def.Outcomes[o.outcome], o, s.lesson.Needs)
		step.checks = append(step.checks, c)
		s.checks = append(s.checks, c)
		for _, p := range []*expr.Program{o.expr, o.evidence, o.actual} {
			if p != nil {
				maps.Copy(s.historic, p.Deps().History)
				maps.Copy(s.historic, p.Deps().Events)
			}
		}
	}
}

// Events is the session's one ordered stream. A slow reader misses nothing and
// holds nothing up but the terminal, which waits when several MiB of its output
// are unread. The channel is closed by Close.
func (s *Session) Events() <-chan Event { return s.out.events }

// Snapshot is the state of a session at one moment.
type Snapshot struct {
	Lesson string
	Step   string // the current one
	// Begun and Done are the steps that were ever current, and those whose
	// outcomes are all met or unavailable.
	Begun, Done map[string]bool
	LessonDone  bool
	Outcomes    []OutcomeStatus // of all steps, in the lesson's order
	// Resumed says that the session goes on where an earlier one stopped;
	// OtherCluster that some of it was proven on another cluster.
	Resumed, OtherCluster bool
	ClusterUp             bool
	// Running is the command line that runs in the terminal, if any.
	Running string
	// Facts are zero until the cluster has been asked.
	Facts Facts
	// Answers are the learner's, Hints how many were shown, Solved which
	// solutions were played: each by step.
	Answers map[string]string
	Hints   map[string]int
	Solved  map[string]bool
	// Spent is how long the learner has been at the lesson, without the pauses.
	Spent time.Duration
}

// Snapshot returns a copy of the session's state.
func (s *Session) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := Snapshot{
		Lesson: s.lesson.ID, Step: s.steps[s.current].def.ID,
		Begun: map[string]bool{}, Done: map[string]bool{}, LessonDone: s.done,
		Resumed: s.resumed, OtherCluster: s.other, ClusterUp: s.up, Facts: s.facts,
		Answers: maps.Clone(s.notes.answers), Hints: maps.Clone(s.notes.hints), Solved: maps.Clone(s.notes.solved),
		Spent: s.notes.spent,
	}
	for _, step := range s.steps {
		if !step.begun.IsZero() {
			snap.Begun[step.def.ID] = true
		}
		if step.done {
			snap.Done[step.def.ID] = true
		}
	}
	if s.running != nil {
		snap.Running = s.running.line
	}
	for _, c := range s.checks {
		snap.Outcomes = append(snap.Outcomes, c.copyStatus(time.Now()))
	}
	return snap
}

// Write sends what the learner typed to the terminal; it starts the shell if it
// does not run.
func (s *Session) Write(p []byte) (int, error) { return s.shell.Write(p) }

// Resize tells the terminal's programs its size.
func (s *Session) Resize(cols, rows int) { s.shell.Resize(cols, rows) }

// Close ends the shell with all that it started, the watches and the journal,
// and closes the stream of events. It returns when nothing of the session runs
// any more; its error tells what of the progress could not be saved. More than one
// call is allowed.
func (s *Session) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for _, c := range s.checks {
		c.stopTimer()
	}
	s.stopAsking()
	s.mu.Unlock()
	s.stop()
	s.out.release() // the terminal may wait for a reader that is gone
	if s.shell != nil {
		s.shell.Close()
	}
	s.tasks.Wait()
	return s.out.close()
}

// notify wakes who waits for the state to change. s.mu is held.
func (s *Session) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// waitFor waits until ok is true; ok is called with s.mu held.
func (s *Session) waitFor(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		holds, changed := ok(), s.changed
		s.mu.Unlock()
		if holds {
			return nil
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stepIndex finds a step by its id.
func (s *Session) stepIndex(id string) (int, error) {
	i := slices.IndexFunc(s.steps, func(st *stepState) bool { return st.def.ID == id })
	if i < 0 {
		return 0, say.Errorf("lesson %s has no step %q", s.lesson.ID, id)
	}
	return i, nil
}
