package tui

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// handle takes in what happened beside the loop, as the screen does, and tells
// it.
func (p *plain) handle(msg tea.Msg) {
	m := p.m
	switch msg := msg.(type) {
	case stagesMsg:
		p.tellStages(msg.from.latest())
		p.spawn(msg.from.wait)
	case startedMsg:
		p.tellStages(msg.from.latest())
		cmd := m.started(msg)
		if msg.err != nil {
			p.fail(m.glyphs().Unmet+" "+m.words.T("cluster.failed")+": "+msg.err.Error(), msg.err)
			return
		}
		p.say(m.cluster.badge(m.words, m.glyphs()).String())
		p.start(cmd)
	case openedMsg:
		before := msg.page.step
		cmd := m.opened(msg)
		if msg.page != m.lesson { // it was left: what waits is for the one that took its place
			return
		}
		if msg.err != nil {
			p.fail(m.words.T("error.open", "Error", msg.err), msg.err)
			return
		}
		p.toast()
		p.start(cmd)
		p.say(m.words.T("plain.ready"))
		if m.lesson.step != before { // the learner was there before
			p.step()
		} else {
			p.upcoming()
		}
		after := p.after
		p.after = nil
		for _, f := range after {
			f()
		}
	case feedMsg:
		p.feed(msg)
	case actionMsg:
		p.held = &msg
	case tea.BatchMsg:
		for _, cmd := range msg {
			p.start(cmd)
		}
	case progressMsg:
		m.list.progress = msg
	case statusMsg:
		m.cluster.status = msg.status
	case editedMsg:
		m.edited(msg)
	case earlyMsg:
		m.tooEarly(msg)
		p.toast()
	}
}

// settle ends an operation once all that it brought about has been told.
func (p *plain) settle() {
	l := p.m.lesson
	if p.held == nil {
		return
	}
	if l.feed != nil {
		snap := l.feed.session.Snapshot()
		if snap.Step != l.current().ID || !maps.Equal(snap.Done, l.done) {
			return
		}
	}
	msg := *p.held
	p.held = nil
	p.m.acted(msg)
	p.toast()
	if msg.err != nil && !msg.cancelled {
		p.failed = msg.err
	}
	if !l.done[l.current().ID] {
		p.upcoming() // else that was told when it was done
	}
}

// fail tells an error that ends what was waited for. A pipe has nothing more to
// do then.
func (p *plain) fail(text string, err error) {
	p.say(text)
	p.after, p.failed, p.quit = nil, err, !p.prompt
}

// toast tells what the screen would show in its lowest line.
func (p *plain) toast() {
	if p.m.toast != nil {
		p.say(p.m.toast.String())
		p.m.toast = nil
	}
}

// tellStages tells of each stage of the cluster's start when it begins and when
// it ends.
func (p *plain) tellStages(stages []cluster.Progress) {
	if p.told == nil {
		p.told = map[cluster.Stage]bool{}
	}
	for _, s := range stages {
		ended, known := p.told[s.Stage]
		name := p.m.cluster.name(p.m.words, s.Stage)
		switch {
		case s.Finished && s.Err == nil && !ended:
			p.say(p.m.glyphs().Met + " " + name)
		case !known:
			p.say(name + " " + p.m.glyphs().Ellipsis)
		}
		p.told[s.Stage] = s.Finished
	}
}

// feed takes a session's events in, in their order.
func (p *plain) feed(msg feedMsg) {
	m := p.m
	if m.lesson == nil || m.lesson.feed != msg.feed {
		return
	}
	for _, e := range msg.events {
		before := m.lesson.step
		if out, ok := e.(engine.ShellOutput); ok {
			p.say(p.shell.feed(out.Data)...)
			if p.idle = nil; len(p.shell.rest) > 0 && m.lesson.running {
				p.idle = time.After(flushAfter)
			}
			continue
		}
		old := engine.OutcomeStatus{}
		if c, ok := e.(engine.OutcomeChanged); ok {
			old = m.lesson.status(c.Status.Step, c.Status.Outcome)
		}
		cmd := m.feed(feedMsg{feed: msg.feed, events: []engine.Event{e}})
		_ = cmd // it waits for the next batch, as below
		m.overlay = nil
		p.tell(e, old, before)
	}
	m.feed(feedMsg{feed: msg.feed, errs: msg.errs, ended: msg.ended})
	p.toast()
	if msg.ended {
		p.quit = true
		return
	}
	p.spawn(msg.feed.wait)
}

// flushAfter is how long a program that is at a line's middle is waited for
// before that much of the line is shown.
const flushAfter = 400 * time.Millisecond

// tell tells an event.
func (p *plain) tell(e engine.Event, old engine.OutcomeStatus, before int) {
	m, g := p.m, p.m.glyphs()
	l := m.lesson
	switch e := e.(type) {
	case engine.StepStarted:
		if l.step != before {
			p.step()
		}
	case engine.OutcomeChanged:
		if e.Status.State != old.State && (e.Status.State != engine.Pending || old.State == engine.Unmet) {
			p.outcome(e.Status.Step, e.Status.Outcome)
		}
	case engine.StepDone:
		i := l.index(e.Step)
		p.say(fmt.Sprintf("%s %s: %s", g.Met, m.words.T("step.done"), m.heading(i)))
		if i == l.step {
			p.waited("")
			p.upcoming()
		}
	case engine.StepReopened:
		p.say(fmt.Sprintf("%s %s: %s", g.Pending, m.words.T("step.reopened"), m.heading(l.index(e.Step))))
	case engine.LessonDone:
		p.waited("")
		p.say("")
		l.lookBack()
		p.rows(m.summary(plainWidth))
		p.say(m.nextText())
	case engine.CommandFinished:
		p.sayRest()
		p.start(m.readFiles()) // the command may be an editor
		if e.Exit != 0 {
			p.say(m.words.T("plain.failed", "Command", e.Line, "Exit", e.Exit))
			if text := m.mistaken(e); text != "" && l.busy == nil {
				p.say(text)
			}
		}
		if l.busy == nil && !l.done[l.current().ID] {
			p.upcoming()
		}
	case engine.ShellExited:
		l.typed = time.Time{}
	case engine.PictureChanged:
		if e.Picture.Step == l.current().ID {
			p.tellPicture()
		}
	case engine.ClusterLost:
		p.say(g.Unmet + " " + m.words.T("cluster.lost"))
	case engine.ClusterBack:
		p.say(g.Met + " " + m.words.T("cluster.back"))
	}
}

// waited ends the wait for a step.
func (p *plain) waited(text string) {
	if p.waiting.IsZero() {
		return
	}
	p.waiting, p.timeout = time.Time{}, nil
	if text != "" {
		p.say(text)
		p.failed = say.Errorf("%s", text)
	}
}

// outcome tells how one of a step's outcomes stands: mark, word, text, and the
// proof or what is in the way.
func (p *plain) outcome(step, id string) {
	l, w, g := p.m.lesson, p.m.words, p.m.glyphs()
	i := l.index(step)
	if i < 0 {
		return
	}
	for _, o := range l.lesson.Steps[i].Outcomes {
		if o.ID != id {
			continue
		}
		s := l.status(step, id)
		mark, _ := outcomeMark(g, s.State)
		p.say(fmt.Sprintf("%s %s: %s", mark, w.T("state."+string(s.State)), l.label(w, i, id)))
		if detail := outcomeDetail(w, g, o, s); detail != "" {
			p.say("  " + strings.ReplaceAll(detail, "\n", "\n  "))
		}
	}
}

// upcoming tells what Enter does next.
func (p *plain) upcoming() {
	l, w := p.m.lesson, p.m.words
	next, again, ok := l.script.upcoming()
	switch {
	case l.finished:
	case l.done[l.current().ID] && !l.inProgram():
		p.say(w.T("plain.go-on", "Step", p.m.heading(l.onward())))
	case ok && (again || l.script.retrying()):
		p.say(w.T("command.again") + " " + visible(next.text))
	case ok:
		p.say(w.T("plain.next", "Command", visible(next.text)))
	default:
		p.say(w.T("command.none"))
	}
}

// step tells the current step: its heading, prose, question, hints, outcomes.
func (p *plain) step() {
	l, w := p.m.lesson, p.m.words
	p.say("", fmt.Sprintf("%d/%d  %s", l.step+1, len(l.lesson.Steps), p.m.heading(l.step)), "")
	l.prose = typesetCache{}
	p.rows(l.proseRows(w, p.m.glyphs(), plainWidth))
	p.say("", w.T("pane.outcomes"))
	p.outcomes()
	p.upcoming()
}

func (p *plain) outcomes() {
	step := p.m.lesson.current()
	if len(step.Outcomes) == 0 {
		p.say(p.m.words.T("outcome.none"))
	}
	for _, o := range step.Outcomes {
		p.outcome(step.ID, o.ID)
	}
}

// open turns to a lesson and reads it. Its cluster starts at once for somebody
// who types, else with the first command that needs it.
func (p *plain) open(l *lessons.Lesson) {
	p.after, p.pictures = nil, told{}
	p.m.showLesson(l)
	p.m.lesson.plain = true
	p.say("", p.m.lesson.doc.Title)
	p.step()
	if p.prompt {
		p.begin()
	}
}

// begin starts the cluster, or opens the lesson's session on it.
func (p *plain) begin() {
	m := p.m
	if m.cluster.state == clusterRunning {
		p.start(m.openSession())
		return
	}
	if m.cluster.state == clusterStarting && p.told != nil {
		return // it goes on
	}
	p.told = map[cluster.Stage]bool{}
	p.say(m.words.T("cluster.starting") + " " + m.glyphs().Ellipsis)
	p.start(m.startCluster())
}

// with does something with the session, when it is there.
func (p *plain) with(f func()) {
	switch {
	case p.m.lesson == nil:
		p.say(p.m.words.T("plain.open-first"))
	case p.m.lesson.feed != nil:
		f()
	default:
		p.after = append(p.after, f)
		p.begin()
	}
}

func (p *plain) listLessons() {
	m, g := p.m, p.m.glyphs()
	p.say("", m.words.T("list.title"))
	for _, item := range m.list.items {
		text, fraction := "", 0.0
		if m.cfg.Progress != nil {
			pr := m.cfg.Progress(item.lesson.ID)
			if pr.Total > 0 {
				text, fraction = fmt.Sprintf(", %d/%d", pr.Done, pr.Total), float64(pr.Done)/float64(pr.Total)
			}
		}
		mark := g.Todo
		switch {
		case fraction >= 1:
			mark, text = g.Done, text+", "+m.words.T("list.done")
		case fraction > 0:
			mark, text = g.Pending, text+", "+m.words.T("list.begun")
		}
		p.say(fmt.Sprintf("%s %2d  %s (%s; %s%s)", mark, item.lesson.Order, item.doc.Title, item.lesson.ID, m.words.minutes(item.lesson.Minutes), text))
	}
	if m.lesson == nil {
		p.say(m.words.T("plain.open-first"))
	}
}

func (p *plain) listSteps() {
	p.rows(p.m.lesson.stepRows(p.m.glyphs(), plainWidth))
}

// act is the model's act: a long operation on the session.
func (p *plain) act(message string, f func(context.Context, Session) error) {
	p.with(func() {
		p.say(p.m.words.T(message))
		p.start(p.m.act(message, f))
		p.toast()
	})
}
