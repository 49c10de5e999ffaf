package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/podlab/podlab/engine/expr"
	"github.com/podlab/podlab/engine/observe"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// check is one outcome of a lesson while it is judged.
type check struct {
	step     *stepState
	def      *lessons.Outcome
	expr     *expr.Program
	evidence *expr.Program
	actual   *expr.Program
	deps     expr.Deps // of expr alone: what makes it true
	shown    expr.Deps // of actual: what the mismatch shows
	needs    []lessons.Need
	status   OutcomeStatus
	// early is the proof of an outcome that looks back, found before its
	// step began.
	early   *proof
	hold    *time.Timer // of a stays outcome whose condition holds
	holdSeq int         // tells a timer that came too late
	probed  *command    // latest result of the outcome's probe
	probing bool
	given   bool // time was given up: it stays as it then was
}

// proof is what makes an outcome met.
type proof struct {
	evidence Evidence
}

// trigger is why an outcome is looked at.
type trigger struct {
	at     time.Time
	object map[string]any // the revision that arrived, if one did
	names  []string       // the lesson's names for it
}

func newCheck(step *stepState, def *lessons.Outcome, o compiled, lessonNeeds []lessons.Need) *check {
	c := &check{
		step: step, def: def, expr: o.expr, evidence: o.evidence, actual: o.actual, deps: o.expr.Deps(),
		needs:  slices.Concat(lessonNeeds, def.Needs),
		status: OutcomeStatus{Step: step.def.ID, Outcome: def.ID, State: Pending},
	}
	if o.actual != nil {
		c.shown = o.actual.Deps()
	}
	return c
}

// looksBack says whether what happened before the outcome's step counts.
func (c *check) looksBack() bool {
	return c.def.Kind == lessons.Once || c.def.Kind == lessons.Output && c.def.Probe == nil
}

// settled says whether nothing will change the outcome any more.
func (c *check) settled() bool { return c.status.State == Met || c.status.State == Unavailable }

// closed says whether the outcome is not judged any more.
func (c *check) closed() bool { return c.given || c.settled() }

func (c *check) begun() bool { return !c.step.begun.IsZero() }

// touched says whether a change is about a variable the outcome mentions.
func (c *check) touched(t observe.Touched) bool {
	for _, d := range []expr.Deps{c.deps, c.shown} {
		if t.Nodes && d.Nodes {
			return true
		}
		if slices.ContainsFunc(t.Objects, func(n string) bool { return d.Objects[n] || d.History[n] }) {
			return true
		}
		if slices.ContainsFunc(t.Events, func(n string) bool { return d.Events[n] }) {
			return true
		}
	}
	return false
}

func (c *check) stopTimer() {
	c.holdSeq++
	if c.hold != nil {
		c.hold.Stop()
		c.hold = nil
	}
}

func (c *check) copyStatus(now time.Time) OutcomeStatus {
	st := c.status
	if st.Evidence != nil {
		e := *st.Evidence
		st.Evidence = &e
	}
	if st.Mismatch != nil {
		m := *st.Mismatch
		st.Mismatch = &m
	}
	if !st.HoldSince.IsZero() {
		st.Holding = now.Sub(st.HoldSince)
	}
	return st
}

// view is what the expressions of one step see, at this moment.
type view struct {
	s    *Session
	step *stepState
	cmd  *command // nil where there is none
}

func (v view) cut() observe.Mark {
	if v.step.cut.After(v.s.cut) {
		return v.step.cut
	}
	return v.s.cut
}

func (v view) Object(name string) any    { return v.s.records.Object(name) }
func (v view) Events(name string) []any  { return v.s.records.Events(name, v.cut()) }
func (v view) History(name string) []any { return v.s.records.History(name, v.cut()) }
func (v view) Nodes() []any              { return v.s.records.Nodes() }
func (v view) Facts() map[string]any     { return v.s.facts.variable() }
func (v view) Command() (string, string, int) {
	if v.cmd == nil {
		return "", "", -1
	}
	return v.cmd.line, v.cmd.printed.text(), v.cmd.exit
}

// judgeAll looks at every outcome. s.mu is held.
func (s *Session) judgeAll(at time.Time) {
	for _, c := range s.checks {
		s.judge(c, trigger{at: at})
	}
}

// judge looks at one outcome of objects, or at an output outcome with all that
// ran since the reset. s.mu is held.
func (s *Session) judge(c *check, t trigger) {
	if c.def.Kind != lessons.Output {
		s.evaluate(c, view{s, c.step, nil}, t)
		return
	}
	if c.def.Probe != nil {
		if c.probed != nil {
			s.evaluate(c, view{s, c.step, c.probed}, t)
		} else if c.begun() && !c.closed() {
			s.miss(c, view{s, c.step, nil}, nil, t.at)
		}
		return
	}
	if c.closed() || !c.begun() && c.early != nil {
		return
	}
	last := view{s, c.step, nil} // with the latest command that says something about it
	for _, cmd := range slices.Backward(s.commands[max(c.step.cmdCut, s.firstCmd):]) {
		v := view{s, c.step, cmd}
		if ok, _ := c.expr.Bool(v); ok {
			s.evaluate(c, v, t)
			return
		}
		if last.cmd == nil && c.expr.Concerns(cmd.line, v) {
			last.cmd = cmd
		}
	}
	switch {
	case last.cmd != nil:
		s.evaluate(c, last, t)
	case c.begun():
		s.miss(c, last, nil, t.at)
	}
}

// evaluate decides what one view says about an outcome. s.mu is held.
func (s *Session) evaluate(c *check, v view, t trigger) {
	if !s.synced && c.def.Kind != lessons.Output {
		return // half a picture proves nothing: an absent object may only not have been listed yet
	}
	if c.closed() || !c.begun() && (!c.looksBack() || c.early != nil) {
		return
	}
	if lacking := s.facts.lacking(c.needs); !lacking.IsZero() {
		return // not known yet, or to become unavailable
	}
	ok, err := c.expr.Bool(v)
	switch {
	case c.def.Kind == lessons.Stays && ok:
		s.holds(c, v, t)
	case c.def.Kind == lessons.Stays:
		s.violated(c, v, err, t.at)
	case ok:
		p := s.prove(c, v, t)
		if c.begun() {
			s.meet(c, p)
		} else {
			c.early = &p
		}
	case c.begun():
		s.miss(c, v, err, t.at)
	}
}

// prove takes the evidence, now.
func (s *Session) prove(c *check, v view, t trigger) proof {
	e := Evidence{At: t.at, Source: s.source(c, v, t), Detail: s.detail(c, v, t)}
	if c.evidence != nil {
		text, err := c.evidence.Text(v)
		if err == nil {
			e.Text = strings.TrimSpace(text)
		}
	}
	if e.Text == "" {
		e.Text = s.explain(c, v, nil)
	}
	if last := s.lastCommand(); last != nil && !last.started.After(t.at) {
		e.After = t.at.Sub(last.started)
	}
	return proof{e}
}

func (s *Session) lastCommand() *command {
	if len(s.commands) == 0 {
		return nil
	}
	return s.commands[len(s.commands)-1]
}

// meet turns an outcome met for good. s.mu is held.
func (s *Session) meet(c *check, p proof) {
	c.stopTimer()
	from := c.step.begun
	if c.step.firstCmd.After(from) {
		from = c.step.firstCmd
	}
	e := p.evidence
	s.notes.act(time.Now())
	c.status.State, c.status.Evidence, c.status.Mismatch, c.status.Reason = Met, &e, nil, say.Text{}
	c.status.MetIn = max(e.At.Sub(from), 0)
	if !c.status.HoldSince.IsZero() {
		c.status.Holding = e.At.Sub(c.status.HoldSince)
		c.status.HoldSince = time.Time{}
	}
	c.early = nil
	s.tellOutcome(c, e.At, true)
	s.finish(c.step, e.At)
}

// miss notes what stands between an outcome and being met, and tells it when it
// is something new. s.mu is held.
func (s *Session) miss(c *check, v view, err error, at time.Time) {
	if v.cmd != nil && c.def.Probe == nil && c.status.Mismatch != nil && !c.expr.Concerns(v.cmd.line, v) {
		return // another command says nothing about it
	}
	m := s.mismatch(c, v, err)
	if c.status.Mismatch != nil && *c.status.Mismatch == m {
		return
	}
	c.status.Mismatch = &m
	s.tellOutcome(c, at, false)
}

// mismatch says what is there in the place of what is expected.
func (s *Session) mismatch(c *check, v view, err error) Mismatch {
	return Mismatch{Expected: strings.TrimSpace(c.expr.String()), Actual: s.explain(c, v, err), Unseen: s.unseen(c, v)}
}

// unseen names the objects by whose past an outcome is decided, if none of them
// has any: what never was cannot be gone, or be another than before.
func (s *Session) unseen(c *check, v view) string {
	var names []string
	for _, name := range c.deps.Names() {
		if !c.deps.History[name] {
			continue
		}
		def := s.lesson.Objects[name]
		if def.Name == "" || len(v.History(name)) > 0 {
			return ""
		}
		names = append(names, def.Kind+" "+def.Name)
	}
	return strings.Join(names, ", ")
}

// explain says what the cluster shows: by the outcome's own words if it has any
// that work now, else by the state of the objects that it mentions.
func (s *Session) explain(c *check, v view, err error) string {
	if c.actual != nil {
		if text, textErr := c.actual.Text(v); textErr == nil {
			return strings.TrimSpace(text)
		}
	}
	var parts []string
	for _, name := range c.deps.Names() {
		parts = append(parts, s.describe(name, v))
	}
	if c.deps.Output && v.cmd != nil {
		lines := strings.Split(strings.TrimSpace(v.cmd.printed.text()), "\n")
		parts = append(parts, v.cmd.source()+": "+strings.TrimSpace(lines[len(lines)-1]))
	}
	if len(parts) == 0 && err != nil {
		parts = append(parts, err.Error())
	}
	return strings.Join(parts, "; ")
}

// describe says how a named object is, with its latest Event.
func (s *Session) describe(name string, v view) string {
	def := s.lesson.Objects[name]
	object, _ := v.Object(name).(map[string]any)
	if def.Name == "" {
		list, _ := v.Object(name).([]any)
		return fmt.Sprintf("%s: %d", def.Kind, len(list))
	}
	text := def.Kind + " " + def.Name + ": "
	if object == nil {
		return text + "-"
	}
	text += summary(object)
	if events := v.Events(name); len(events) > 0 {
		if last, ok := events[len(events)-1].(map[string]any); ok {
			text += "; " + summary(last)
		}
	}
	return text
}

// holds begins or goes on with the time of a stays outcome. s.mu is held.
func (s *Session) holds(c *check, v view, t trigger) {
	if !c.status.HoldSince.IsZero() {
		if held := t.at.Sub(c.status.HoldSince); held >= c.def.For.Duration {
			s.meet(c, s.prove(c, v, t))
		}
		return
	}
	c.status.State, c.status.HoldSince, c.status.Mismatch = Pending, t.at, nil
	c.stopTimer()
	seq := c.holdSeq
	c.hold = time.AfterFunc(c.def.For.Duration-time.Since(t.at), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if c.holdSeq == seq && !s.closed {
			s.evaluate(c, view{s, c.step, nil}, trigger{at: time.Now()})
		}
	})
	s.tellOutcome(c, t.at, false)
}

// violated ends the time of a stays outcome, if it has begun. s.mu is held.
func (s *Session) violated(c *check, v view, err error, at time.Time) {
	if c.status.HoldSince.IsZero() {
		s.miss(c, v, err, at)
		return
	}
	c.stopTimer()
	c.status.State = Unmet
	c.status.Holding, c.status.HoldSince = at.Sub(c.status.HoldSince), time.Time{}
	m := s.mismatch(c, v, err)
	c.status.Mismatch = &m
	s.tellOutcome(c, at, false)
}

// suspend ends the time of all stays outcomes without blame: nobody sees whether
// their conditions hold. s.mu is held.
func (s *Session) suspend(at time.Time) {
	for _, c := range s.checks {
		if c.status.HoldSince.IsZero() {
			continue
		}
		c.stopTimer()
		c.status.HoldSince = time.Time{}
		s.tellOutcome(c, at, false)
	}
}

// giveUp leaves a step's outcomes that are not met as they are, for good: what
// happens later says nothing about them. Their reasons name the commands that
// failed. s.mu is held.
func (s *Session) giveUp(step *stepState, failed []error, at time.Time) {
	for _, c := range step.checks {
		if c.closed() {
			continue
		}
		c.given = true
		c.stopTimer()
		c.status.State, c.status.Reason = Unmet, joined([]say.Text{reason(c, at)}, failed)
		if !c.status.HoldSince.IsZero() {
			c.status.Holding, c.status.HoldSince = at.Sub(c.status.HoldSince), time.Time{}
		}
		s.tellOutcome(c, at, false)
	}
}

// available turns outcomes unavailable whose needs the cluster does not meet,
// and pending again those whose it now does, which opens their steps again. s.mu
// is held.
func (s *Session) available(at time.Time) {
	for _, c := range s.checks {
		lacking := s.facts.lacking(c.needs)
		switch {
		case c.given:
		case !lacking.IsZero() && c.status.State != Met && (c.status.State != Unavailable || !c.status.Reason.Equal(lacking)):
			c.stopTimer()
			c.status.State, c.status.Reason, c.status.Mismatch, c.status.HoldSince = Unavailable, lacking, nil, time.Time{}
			s.tellOutcome(c, at, false)
			s.finish(c.step, at)
		case lacking.IsZero() && (c.status.State == Unavailable || c.status.State == Pending && c.step.done):
			c.status.State, c.status.Reason = Pending, say.Text{}
			s.reopen(c.step, at)
			s.tellOutcome(c, at, false)
		}
	}
}

// tellOutcome sends an outcome's status; what is proven goes to the journal.
// s.mu is held.
func (s *Session) tellOutcome(c *check, at time.Time, keep bool) {
	st := c.copyStatus(at)
	var rec any
	if keep {
		rec = record{Type: recOutcome, At: at, Outcome: &st, Cluster: s.cluster}
	}
	s.out.put(OutcomeChanged{Status: st, At: at}, rec)
	s.notify()
}
