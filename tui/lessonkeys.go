package tui

import (
	"context"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/tui/paint"
)

// lessonKey handles a key on a lesson's page.
func (m *Model) lessonKey(k tea.KeyPressMsg) tea.Cmd {
	p := m.lesson
	if p.focus == focusTerminal && p.feed != nil {
		return m.terminalKey(k)
	}
	switch keys := m.keys; {
	case key.Matches(k, keys.Quit):
		return m.askQuit()
	case p.busy != nil && k.Code == tea.KeyEscape:
		p.busy.cancel()
	case key.Matches(k, keys.Back):
		return m.showList()
	case key.Matches(k, keys.Leave):
		m.setFocus(focusTerminal)
	case key.Matches(k, keys.Focus):
		m.moveFocus(1)
	case key.Matches(k, keys.FocusBack):
		m.moveFocus(-1)
	case key.Matches(k, keys.Zoom):
		p.zoom = !p.zoom
	case key.Matches(k, keys.NextStep):
		p.goTo(p.step + 1)
	case key.Matches(k, keys.PrevStep):
		p.goTo(p.step - 1)
	case key.Matches(k, keys.Goto):
		m.overlay = stepPicker(m)
	case key.Matches(k, keys.Language):
		m.overlay = languagePicker(m)
	case key.Matches(k, keys.Help):
		m.overlay = helpBox()
	case key.Matches(k, keys.Search):
		return tea.Batch(m.showList(), m.list.search())
	case key.Matches(k, keys.Picture):
		m.nextPicture()
	case key.Matches(k, keys.Cluster):
		return m.restart()
	case key.Matches(k, keys.Hint):
		m.hint()
	case key.Matches(k, keys.Run):
		return m.enter()
	case key.Matches(k, keys.Edit):
		m.edit()
	case key.Matches(k, keys.Why):
		return m.why()
	case key.Matches(k, keys.Compare):
		m.compare()
	case key.Matches(k, keys.Copy):
		return m.copyText()
	case key.Matches(k, keys.EditFile):
		return m.editFile()
	case key.Matches(k, keys.Answer):
		m.answerKey(k)
	case key.Matches(k, keys.Solve):
		return m.solve()
	case key.Matches(k, keys.CatchUp):
		return m.act("lesson.catching-up", func(ctx context.Context, s Session) error { return s.CatchUp(ctx) })
	case key.Matches(k, keys.Skip):
		return m.skipTo(p.step + 1)
	case key.Matches(k, keys.Palette, keys.Find):
		return m.openPalette()
	case key.Matches(k, keys.ResetStep):
		return m.resetStep()
	case key.Matches(k, keys.ResetLesson):
		return m.askResetLesson()
	default:
		m.scrollKey(k)
	}
	return nil
}

// terminalKey sends a key to the shell, but for the few that are the pane's.
func (m *Model) terminalKey(k tea.KeyPressMsg) tea.Cmd {
	f := m.lesson.feed
	switch {
	case key.Matches(k, m.keys.Find):
		return m.openPalette()
	case key.Matches(k, m.keys.Leave):
		m.setFocus(m.lesson.guide)
	case key.Matches(k, m.keys.ScrollUp):
		f.term.Scroll(max(f.rows-1, 1))
	case key.Matches(k, m.keys.ScrollDown):
		f.term.Scroll(-max(f.rows-1, 1))
	default:
		if p := f.term.Key(k.Key()); len(p) > 0 {
			m.sendKeys(p)
		}
	}
	return nil
}

// sendKeys sends bytes to the shell and shows the end of the screen.
func (m *Model) sendKeys(p []byte) {
	f := m.lesson.feed
	m.lesson.early = time.Time{}
	f.toEnd()
	f.write(p)
}

// setFocus gives a pane the keys.
func (m *Model) setFocus(f focus) {
	p := m.lesson
	p.focus = f
	if f != focusTerminal {
		p.guide = f
	}
}

// moveFocus goes round the panes. The steps are a pane only while folded.
func (m *Model) moveFocus(by int) {
	order := []focus{focusProse, focusOutcomes}
	if m.lesson.pictured() {
		order = append(order, focusLive)
	}
	if m.panes().folded {
		order = append(order, focusSteps)
	}
	order = append(order, focusTerminal)
	at := 0
	for i, f := range order {
		if f == m.lesson.focus {
			at = i
		}
	}
	m.setFocus(order[(at+by+len(order))%len(order)])
}

// scrollKey scrolls the pane that has the keys.
func (m *Model) scrollKey(k tea.KeyPressMsg) {
	p := m.lesson
	if p.focus == focusTerminal {
		return
	}
	box := m.focusBox(m.panes())
	page := max(inner(box).Dy()-1, 1)
	switch keys := m.keys; {
	case key.Matches(k, keys.Up):
		m.scrollPane(p.focus, -1)
	case key.Matches(k, keys.Down):
		m.scrollPane(p.focus, 1)
	case key.Matches(k, keys.PageUp):
		m.scrollPane(p.focus, -page)
	case key.Matches(k, keys.PageDown):
		m.scrollPane(p.focus, page)
	case key.Matches(k, keys.Top):
		p.scroll[p.focus] = 0
	case key.Matches(k, keys.Bottom):
		m.scrollPane(p.focus, 1<<20)
	}
}

// scrollPane scrolls a pane above the terminal; drawing clips it at the end.
func (m *Model) scrollPane(f focus, by int) {
	m.lesson.scroll[f] = max(m.lesson.scroll[f]+by, 0)
}

// edit puts the next command at the shell's prompt for the learner to change.
func (m *Model) edit() {
	p := m.lesson
	l, again, ok := p.script.upcoming()
	if !ok || p.feed == nil {
		return
	}
	typed := p.feed.term.Paste(l.text)
	if !l.send { // else it is for the program that runs
		if p.running || time.Since(p.typed) < settle {
			m.stillRuns()
			return
		}
		typed = append([]byte(engine.EraseLine), typed...) // in the place of what stands there
	}
	if !again {
		p.script.edit()
	}
	m.sendKeys(typed)
	m.setFocus(focusTerminal)
}

// hint shows the step's next hint.
func (m *Model) hint() {
	p := m.lesson
	if len(p.current().Hints) == 0 {
		m.say(paint.Dim, "hint.none")
		return
	}
	if !p.moreHints() {
		m.say(paint.Dim, "hint.none")
	}
	m.setFocus(focusProse)
	m.scrollPane(focusProse, 1<<20)
}

// noSession explains why there is nothing to type into; after a session failed
// to open it tries again.
func (m *Model) noSession() tea.Cmd {
	switch {
	case m.lesson.openErr != nil && m.cluster.state == clusterRunning:
		return m.openSession()
	case m.cluster.state == clusterFailed:
		return m.startCluster()
	default:
		m.say(paint.Dim, "lesson.waiting")
	}
	return nil
}

// act runs a long operation on the session; only one goes on at a time.
func (m *Model) act(message string, f func(context.Context, Session) error) tea.Cmd {
	p := m.lesson
	if p.feed == nil {
		return m.noSession()
	}
	if p.busy != nil {
		m.say(paint.Dim, "step.busy")
		return nil
	}
	ctx, cancel := context.WithCancel(m.work.ctx)
	p.busy = &action{message: message, cancel: cancel}
	p.feed.toEnd() // it may type into the terminal
	s, a := p.feed.session, p.busy
	return m.work.cmd(func(context.Context) tea.Msg {
		defer cancel()
		return actionMsg{action: a, err: f(ctx, s), cancelled: ctx.Err() != nil}
	})
}

func (m *Model) solve() tea.Cmd {
	step := m.lesson.current().ID
	return m.act("step.solving", func(ctx context.Context, s Session) error { return s.Solve(ctx, step) })
}

// skipTo goes on to a step, with the cluster as the steps before it leave it:
// their solutions run, but for those that are done. The lesson's last step can
// only be solved.
func (m *Model) skipTo(step int) tea.Cmd {
	steps := m.lesson.lesson.Steps
	if step >= len(steps) {
		return m.solve()
	}
	id := steps[step].ID
	return m.act("step.skipping", func(ctx context.Context, s Session) error { return s.Skip(ctx, id) })
}

func (m *Model) resetStep() tea.Cmd {
	step := m.lesson.current().ID
	return m.act("step.resetting", func(ctx context.Context, s Session) error { return s.ResetStep(ctx, step) })
}

func (m *Model) askResetLesson() tea.Cmd {
	if m.lesson.feed == nil {
		return m.noSession()
	}
	m.overlay = &confirm{title: "key.reset-lesson", question: "lesson.reset", yes: func() tea.Cmd {
		return m.act("step.resetting", func(ctx context.Context, s Session) error { return s.ResetLesson(ctx) })
	}}
	return nil
}
