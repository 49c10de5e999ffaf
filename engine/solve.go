package engine

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

const (
	// patience is how long an outcome may take that says nothing about it.
	patience = 60 * time.Second
	// commandLimit is how long one reference command may run.
	commandLimit = 10 * time.Minute
	// promptLimit is how long a program may take to show its prompt.
	promptLimit = 60 * time.Second
	// promptSoon is how long after a command's end the shell may take to show its
	// prompt; one that shows none of podlab's is typed into all the same.
	promptSoon = 500 * time.Millisecond
)

// UnmetError is the end of a step whose reference commands did not bring its
// outcomes about, or failed where the outcomes had been met before.
type UnmetError struct {
	Step     string
	Outcomes []OutcomeStatus // those that are not met
	Failed   []error         // what went wrong with the commands
}

// Error implements error.
func (e *UnmetError) Error() string { return e.Said().String() }

// Said implements [say.Sayer].
func (e *UnmetError) Said() say.Text {
	parts := []say.Text{say.T("step %s is not done", e.Step)}
	for _, o := range e.Outcomes {
		if o.Mismatch == nil || o.Mismatch.Said().IsZero() {
			parts = append(parts, say.Plain(o.Outcome))
			continue
		}
		parts = append(parts, say.T("%s (%s)", o.Outcome, o.Mismatch.Said()))
	}
	return joined(parts, e.Failed)
}

// joined are reasons, and what went wrong beside them.
func joined(reasons []say.Text, failed []error) say.Text {
	for _, err := range failed {
		reasons = append(reasons, say.Of(err))
	}
	return say.Join("; ", reasons...)
}

// EraseLine are the keys, Ctrl-E and Ctrl-U, that clear the line at the shell's
// prompt.
const EraseLine = "\x05\x15"

// ErrRunning is returned by Run when a program has the terminal.
var ErrRunning = say.Errorf("a command still runs in the terminal: wait for its end, or stop it with Ctrl-C")

// Type types a command line into the terminal, in the place of whatever stands
// at the prompt, also of a line whose rest the shell waits for, and Enter. Where
// another program runs it gets the line. A shell that does not run is started
// first.
func (s *Session) Type(line string) error {
	_, err := s.typeLine(line, false)
	return err
}

// Run is Type for a command of the shell: where another program runs nothing is
// typed, and the error is ErrRunning. Just after a command's end it waits, for half
// a second at most, for the prompt.
func (s *Session) Run(line string) error {
	_, err := s.typeLine(line, true)
	return err
}

// past counts what there has been when a line was typed.
type past struct{ commands, ends int }

func (s *Session) typeLine(line string, toShell bool) (before past, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, promptLimit)
	defer cancel()
	if err := s.shell.Start(ctx); err != nil {
		return before, err
	}
	if toShell {
		soon, cancel := context.WithTimeout(ctx, promptSoon)
		defer cancel()
		err := s.waitFor(soon, func() bool { return s.prompt || s.more || s.running != nil })
		if err != nil && soon.Err() == nil {
			return before, err
		}
	}
	if err := s.leaveLine(ctx); err != nil {
		return before, err
	}
	s.mu.Lock()
	if toShell && s.running != nil {
		s.mu.Unlock()
		return before, ErrRunning
	}
	text := keys(line)
	if s.prompt {
		text = EraseLine + text // what the learner has begun to type
	}
	before = past{len(s.commands), s.ends}
	s.mu.Unlock()
	return before, s.typeAll(ctx, text)
}

// leaveLine gives up a line for whose rest the shell waits. Bash loses a Ctrl-C
// that comes just when it asks, so it is sent until the prompt is there.
func (s *Session) leaveLine(ctx context.Context) error {
	for {
		s.mu.Lock()
		more := s.more
		s.mu.Unlock()
		if !more {
			return nil
		}
		if _, err := s.shell.Write([]byte{3}); err != nil {
			return err
		}
		soon, cancel := context.WithTimeout(ctx, promptSoon)
		err := s.waitFor(soon, func() bool { return !s.more })
		cancel()
		if err != nil && (ctx.Err() != nil || errors.Is(err, ErrClosed)) {
			return err
		}
	}
}

// keys are the keys that type a line and Enter. A line of control characters
// alone, such as Ctrl-C, is typed without Enter.
func keys(line string) string {
	control := line != "" && !strings.ContainsFunc(line, func(r rune) bool { return r >= ' ' && r != 0x7f })
	if control && !strings.Contains(line, "\n") {
		return line
	}
	return strings.ReplaceAll(line, "\n", "\r") + "\r"
}

// Solve makes a step current, runs its reference commands one after another in
// the learner's terminal, and waits until its outcomes are met, each at most for
// the time that the lesson gives it. If they are not it returns an *UnmetError,
// and the outcomes go on being judged. So it does when commands of a step that was
// done before fail, unless what they make is there already or the cluster lacks
// what the step needs.
func (s *Session) Solve(ctx context.Context, step string) error {
	s.mu.Lock()
	if i, err := s.stepIndex(step); err == nil && !s.steps[i].done {
		_ = s.keepNote(record{Type: recSolved, Step: step}) // solve says that it is closed
	}
	s.mu.Unlock()
	return s.solve(ctx, step, false)
}

// solve is Solve. With final set, outcomes that are not met in time are given up
// for good.
func (s *Session) solve(ctx context.Context, step string, final bool) error {
	if _, err := s.stepIndex(step); err != nil {
		return err
	}
	s.solving.Lock()
	defer s.solving.Unlock()
	if err := s.Goto(step); err != nil {
		return err
	}
	i, _ := s.stepIndex(step) // found above
	st := s.steps[i]
	if err := s.freeTerminal(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	done, ran := st.done && !s.wanting(st), len(s.commands)
	s.mu.Unlock()
	var failed []error
	for _, c := range st.def.Commands {
		err := s.perform(ctx, c, func() bool { return s.served(st, c) })
		if ctx.Err() != nil || errors.Is(err, ErrClosed) {
			return err
		}
		if err != nil && (!done || !s.isThere(ran)) {
			failed = append(failed, err)
		}
		s.mu.Lock()
		ran = len(s.commands)
		s.mu.Unlock()
	}
	if err := s.await(ctx, st, failed, final); err != nil || !done || len(failed) == 0 {
		return err
	}
	return &UnmetError{Step: step, Failed: failed} // its outcomes are of another time
}

// isThere says whether the last command since then found what it was to make.
func (s *Session) isThere(since int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.commands) > since && strings.Contains(s.lastCommand().printed.text(), "(AlreadyExists)")
}

// freeTerminal brings the terminal to its prompt: a program that still runs, or a
// line that is not whole, is interrupted, and taken away if that does not help.
func (s *Session) freeTerminal(ctx context.Context) error {
	if err := s.shell.Start(ctx); err != nil {
		return err
	}
	free := func() bool { return s.prompt }
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s.mu.Lock()
	busy := s.running != nil
	s.mu.Unlock()
	if busy {
		if _, err := s.shell.Write([]byte{3}); err != nil {
			return err
		}
	}
	err := s.leaveLine(short)
	if err == nil {
		err = s.waitFor(short, free)
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrClosed) {
		return err
	}
	s.shell.Stop()
	if err := s.shell.Start(ctx); err != nil {
		return err
	}
	return s.waitFor(ctx, free)
}

// perform runs one command of a lesson, and if it may be retried again until it
// exits 0 and is enough.
func (s *Session) perform(ctx context.Context, c lessons.Command, enough func() bool) error {
	deadline := time.Now().Add(c.Retry.Duration)
	pause := wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.6, Steps: 6, Cap: 5 * time.Second}
	for {
		cmd, whole, err := s.execute(ctx, c)
		if err != nil {
			return err
		}
		if c.Retry.Duration == 0 {
			if cmd.exit != 0 {
				return say.Errorf("%s: exit status %d", c.Run, cmd.exit)
			}
			return nil
		}
		if whole && enough() {
			return nil
		}
		next := pause.Step()
		if time.Now().Add(next).After(deadline) {
			return say.Errorf("%s: exit status %d after %s of retries", c.Run, cmd.exit, c.Retry.Duration)
		}
		select {
		case <-time.After(next):
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return ErrClosed
		}
	}
}

// served says whether the outcomes that a command's output can bring about have
// come about.
func (s *Session) served(st *stepState, c lessons.Command) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(st.checks, func(ch *check) bool {
		judged := ch.def.Kind == lessons.Output && ch.def.Probe == nil
		return judged && !ch.settled() && ch.expr.CanServe(c.Run, view{s, st, nil})
	})
}

// execute types a command line, what it is to be sent, and waits for its end. It
// went as a whole if it ended with status 0, or, since the status of a program
// that is sent lines is that of the last one, if it was sent them all.
func (s *Session) execute(ctx context.Context, c lessons.Command) (cmd *command, whole bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, commandLimit, say.Errorf("%s: still running after %s", c.Run, commandLimit))
	defer cancel()
	for cmd == nil { // a shell that has ended instead did not run it
		before, err := s.typeLine(c.Run, false)
		if err != nil {
			return nil, false, err
		}
		err = s.waitFor(ctx, func() bool {
			if len(s.commands) > before.commands {
				cmd = s.commands[before.commands]
			}
			return cmd != nil || s.ends > before.ends
		})
		if err != nil {
			return nil, false, cause(ctx, err)
		}
	}
	sent, err := s.send(ctx, c, cmd)
	if err != nil {
		return cmd, false, err
	}
	// The next line is typed when the prompt is there, or it would be lost.
	err = s.waitFor(ctx, func() bool { return !cmd.running() && (s.prompt || s.gone) })
	return cmd, sent && (cmd.exit == 0 || len(c.Send) > 0), cause(ctx, err)
}

// attached is what kubectl says when the program it attaches to shows a prompt
// only after Enter.
var attached = regexp.MustCompile(`try pressing enter\.\s*\z`)

// send types the lines for the program that a command starts, each when its
// prompt is there. It says whether the program lived to be sent them all.
func (s *Session) send(ctx context.Context, c lessons.Command, cmd *command) (all bool, err error) {
	prompt, err := promptPattern(c.Prompt)
	if err != nil {
		return false, say.Errorf("prompt of %s: %w", c.Run, err)
	}
	from := 0 // length of the output that has been answered
	for _, line := range c.Send {
		ended, pressed := false, false
		wctx, cancel := context.WithTimeoutCause(ctx, promptLimit, say.Errorf("%s: no prompt like %q within %s", c.Run, c.Prompt, promptLimit))
		for shown := false; !shown; {
			err = s.waitFor(wctx, func() bool {
				text := cmd.printed.text()
				fresh := text[min(from, len(text)):]
				ended = !cmd.running()
				shown = ended || prompt == nil || prompt.MatchString(fresh)
				return shown || !pressed && attached.MatchString(fresh)
			})
			if err != nil {
				break
			}
			if !shown {
				pressed = true
				if _, err = s.shell.Write([]byte("\r")); err != nil {
					break
				}
			}
		}
		err = cause(wctx, err)
		cancel()
		if err != nil || ended {
			return false, err
		}
		s.mu.Lock()
		from = len(cmd.printed.text())
		s.mu.Unlock()
		if err := s.typeAll(ctx, keys(line)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// cause tells why a wait ended, if it was a time limit of ours.
func cause(ctx context.Context, err error) error {
	if err != nil && errors.Is(err, ctx.Err()) {
		return context.Cause(ctx)
	}
	return err
}

// await waits until a step is done or the time of its outcomes is over.
func (s *Session) await(ctx context.Context, st *stepState, failed []error, final bool) error {
	start := time.Now()
	var last time.Time
	for _, c := range st.checks {
		limit := c.def.Within.Duration
		if limit <= 0 {
			limit = patience
		}
		if end := start.Add(limit + c.def.For.Duration); end.After(last) {
			last = end
		}
	}
	if len(st.checks) == 0 {
		last = start.Add(patience)
	}
	limited, cancel := context.WithDeadline(ctx, last)
	defer cancel()
	err := s.waitFor(limited, func() bool { return st.done })
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrClosed) {
		return err
	}
	unmet := &UnmetError{Step: st.def.ID, Failed: failed}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st.done {
		return nil // at the last moment
	}
	now := time.Now()
	if final {
		s.giveUp(st, failed, now)
	}
	for _, c := range st.checks {
		if !c.settled() {
			unmet.Outcomes = append(unmet.Outcomes, c.copyStatus(now))
		}
	}
	return unmet
}
