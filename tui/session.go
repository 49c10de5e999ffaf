package tui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// showLesson turns to a lesson's page, without its session.
func (m *Model) showLesson(l *lessons.Lesson) {
	m.page = pageLesson
	if m.lesson == nil || m.lesson.lesson != l {
		m.lesson = newLessonPage(l, m.cfg.Content.Document(m.lang, l.ID))
		m.slot.wanted(l.ID)
	}
}

// openLesson turns to a lesson and opens its session if the cluster runs.
func (m *Model) openLesson(l *lessons.Lesson) tea.Cmd {
	m.showLesson(l)
	return m.openSession()
}

// openSession opens the session of the lesson on the page, once.
func (m *Model) openSession() tea.Cmd {
	p := m.lesson
	if p == nil || p.feed != nil || p.opening || m.cluster.state != clusterRunning {
		return nil
	}
	p.opening, p.openErr = true, nil
	cols, rows := 80, 24
	if p.plain {
		cols, rows = plainCols, plainRows
	}
	if in := paint.Inner(m.panes().terminal); !m.tooSmall() && !in.Empty() {
		cols, rows = in.Dx(), in.Dy()
	}
	return m.work.cmd(func(ctx context.Context) tea.Msg {
		f, err := m.slot.fill(p.lesson.ID, func() (*feed, error) {
			s, err := m.cfg.Open(ctx, p.lesson.ID)
			if err != nil {
				return nil, err
			}
			return newFeed(s, cols, rows, p.plain), nil
		})
		return openedMsg{page: p, feed: f, err: err}
	})
}

func (m *Model) opened(msg openedMsg) tea.Cmd {
	p := msg.page
	p.opening, p.openErr = false, msg.err
	if msg.feed == nil || p != m.lesson {
		return nil
	}
	p.attach(msg.feed)
	if msg.feed.session.Snapshot().Resumed {
		m.say(paint.Good, "lesson.resumed")
	}
	return tea.Batch(m.work.cmd(p.feed.wait), m.readFiles())
}

// feed takes a session's events in.
func (m *Model) feed(msg feedMsg) tea.Cmd {
	p := m.lesson
	if p == nil || p.feed != msg.feed {
		return nil // of a lesson that was left
	}
	var cmds []tea.Cmd
	for _, e := range msg.events {
		if pic, ok := e.(engine.PictureChanged); ok && m.tooSoon(pic) {
			p.live.next = &pic
			continue
		}
		before := p.verdicts()
		finished := p.handle(e)
		m.tellVerdict(before)
		switch e := e.(type) {
		case engine.ClusterLost:
			m.cluster.state, m.cluster.err = clusterLost, e.Err
		case engine.ClusterBack:
			m.cluster.state, m.cluster.err = clusterRunning, nil
			cmds = append(cmds, m.readStatus())
		case engine.OtherCluster:
			m.say(paint.Warn, "lesson.other-cluster")
		case engine.ShellExited:
			m.say(paint.Warn, "notice.shell-exited")
		case engine.CommandFinished:
			p.act()
			m.failed(e)
			m.takeEarly()
			cmds = append(cmds, m.readFiles()) // it may have been an editor
		case engine.StepDone, engine.StepReopened:
			cmds = append(cmds, m.readProgress())
		}
		if finished && m.page == pageLesson && m.overlay == nil && m.demo == nil {
			m.debrief()
		}
	}
	if p.unsaved != nil {
		m.say(paint.Bad, "lesson.unsaved", "Error", cause(p.unsaved))
	}
	for _, err := range msg.errs {
		if errors.Is(err, engine.ErrRunning) { // it began just before
			p.typed = time.Time{}
			m.stillRuns()
			continue
		}
		m.say(paint.Bad, "error.lesson", "Error", err)
	}
	if msg.ended {
		p.feed = nil
		return tea.Batch(cmds...)
	}
	return tea.Batch(append(cmds, m.work.cmd(p.feed.wait))...)
}

func (m *Model) acted(msg actionMsg) {
	if m.lesson == nil || m.lesson.busy != msg.action {
		return
	}
	m.lesson.busy = nil
	switch {
	case msg.cancelled:
		m.say(paint.Dim, "step.cancelled")
	case msg.err != nil:
		m.say(paint.Bad, "error.action", "Error", msg.err)
	default:
		m.say(paint.Good, msg.action.message+"-done")
	}
}

// cause is the innermost part of an error, for where there is no room for more; of
// several the first.
func cause(err error) error {
	switch e := err.(type) { //nolint:errorlint // it is taken apart
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return cause(inner)
		}
	case interface{ Unwrap() []error }:
		if inner := e.Unwrap(); len(inner) > 0 {
			return cause(inner[0])
		}
	}
	return err
}
