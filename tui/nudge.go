package tui

import (
	"path"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/engine/mistype"
	"github.com/podlab/podlab/tui/paint"
)

const (
	// idle is how long nothing happens in a step before a hint is offered.
	idle = 2 * time.Minute
	// failures is how many of the learner's commands fail before one is.
	failures = 2
	// signalled is what a shell adds to the number of the signal that ended a
	// command, such as that of Ctrl-C.
	signalled = 128
)

type idleMsg struct{ page *lessonPage }

// failed looks at a command of the learner's that failed: it suggests what may
// have been meant, or names the file that the learner has changed; after several it
// offers a hint.
func (m *Model) failed(e engine.CommandFinished) {
	p := m.lesson
	if e.Exit == 0 || e.Exit > signalled || p.busy != nil {
		return
	}
	if text := m.mistaken(e); text != "" {
		m.toast = paint.R(paint.Warn, text)
		return
	}
	if name := p.files.named(e.Line); name != "" {
		m.say(paint.Warn, "hint.edited", "File", name, "Compare", m.keys.Compare.Help().Key, "Reset", m.keys.ResetStep.Help().Key)
		return
	}
	if p.failures++; p.failures >= failures && p.stuck() {
		p.failures = 0
		m.say(paint.Dim, "hint.offer", "Key", m.keys.Hint.Help().Key)
	}
}

// mistaken says what a command that failed was probably meant to be; "" if that
// cannot be told.
func (m *Model) mistaken(e engine.CommandFinished) string {
	mistake, ok := mistype.Find(e.Line, e.Exit, m.lesson.known())
	if !ok {
		return ""
	}
	return m.words.T("mistype."+string(mistake.Kind), "Wrong", mistake.Wrong, "Right", mistake.Right)
}

// known is what the lesson has names for.
func (p *lessonPage) known() mistype.Known {
	k := mistype.Known{Namespace: p.lesson.Namespace}
	folders := map[string]bool{}
	for name := range p.files.ours {
		k.Files = append(k.Files, name)
		for dir := path.Dir(name); dir != "." && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
			k.Files = append(k.Files, dir)
		}
	}
	for _, o := range p.lesson.Objects {
		kind := strings.ToLower(o.Kind)
		k.Resources = append(k.Resources, kind, kind+"s")
		if o.Name != "" && (o.Namespace == "" || o.Namespace == p.lesson.Namespace) && !clusterWide[kind] {
			k.Objects = append(k.Objects, o.Name)
		}
	}
	return k
}

// clusterWide are the kinds of the lessons' objects that are in no namespace.
var clusterWide = map[string]bool{
	"namespace": true, "node": true, "persistentvolume": true, "apiservice": true, "customresourcedefinition": true,
	"clusterrole": true, "clusterrolebinding": true, "gmsacredentialspec": true,
	"mutatingwebhookconfiguration": true, "validatingwebhookconfiguration": true,
}

// stuck says whether a hint would be of use: the step is begun, not done, and has
// one that was not shown.
func (p *lessonPage) stuck() bool {
	id := p.current().ID
	return p.feed != nil && p.busy == nil && !p.done[id] && !p.running && !p.holding() && p.hints[id] < len(p.current().Hints)
}

// watchIdle waits, once, until nothing has happened for a while.
func (m *Model) watchIdle() tea.Cmd {
	p := m.lesson
	if m.page != pageLesson || p.waiting || p.offered || !p.stuck() || m.cfg.Drafts != nil {
		return nil
	}
	p.waiting = true
	return m.work.after(time.Until(p.acted.Add(m.idle())), idleMsg{p})
}

func (m *Model) idle() time.Duration {
	if m.cfg.Idle > 0 {
		return m.cfg.Idle
	}
	return idle
}

// idled offers a hint if nothing has happened meanwhile.
func (m *Model) idled(msg idleMsg) {
	p := msg.page
	p.waiting = false
	if p != m.lesson || m.page != pageLesson || time.Since(p.acted) < m.idle() || !p.stuck() {
		return
	}
	p.offered = true
	if m.toast == nil {
		m.say(paint.Dim, "hint.offer", "Key", m.keys.Hint.Help().Key)
	}
}

// act notes that something happens in the lesson.
func (p *lessonPage) act() { p.acted, p.offered = time.Now(), false }
