package tui

import (
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// focus is the pane that has the keys.
type focus int

const (
	focusProse focus = iota
	focusOutcomes
	focusLive  // where the step has a picture
	focusSteps // a pane of its own only where panes are folded into tabs
	focusTerminal
)

// lessonPage is one lesson: what the session has told of it, and how the
// learner looks at it.
type lessonPage struct {
	lesson *lessons.Lesson
	doc    content.Document
	files  files
	plain  bool // shown line by line

	// Told by the session.
	feed     *feed // nil while there is no session
	opening  bool
	openErr  error
	outcomes map[outcomeID]engine.OutcomeStatus
	done     map[string]bool // steps
	finished bool            // the lesson
	lost     error           // the cluster does not answer
	unsaved  error           // the journal cannot be written
	running  bool            // the shell runs a command
	asked    []string        // steps that the session was told to go to and has not told to have begun

	// The learner's view.
	step   int
	script script
	hints  map[string]int // shown so far, by step
	// answers are those to the steps' questions, by step; reveal shows the right
	// ones whatever the cluster has shown: to a reader who presses no keys.
	answers map[string]string
	reveal  bool
	focus   focus
	guide   focus // the pane shown above the terminal where panes are folded
	zoom    bool
	scroll  [focusTerminal]int
	live    liveView
	busy    *action
	typed   time.Time // when a command was typed that the shell has not begun
	early   time.Time // when Enter was pressed while a command ran; zero once it was answered
	prose   typesetCache

	// For the offer of a hint.
	failures int       // commands of the step that failed
	acted    time.Time // when something happened last
	waiting  bool      // an idleMsg is on its way
	offered  bool      // since then

	// For the debrief, as the session has them.
	spent  time.Duration
	solved map[string]bool
}

type outcomeID struct{ step, outcome string }

// action is a long operation on the session that the learner asked for.
type action struct {
	message string // id: what goes on
	cancel  func()
}

func newLessonPage(l *lessons.Lesson, doc content.Document) *lessonPage {
	p := &lessonPage{
		lesson:   l,
		files:    files{ours: workFiles(l)},
		outcomes: map[outcomeID]engine.OutcomeStatus{},
		done:     map[string]bool{},
		hints:    map[string]int{},
		answers:  map[string]string{},
	}
	p.setDocument(doc)
	p.show(0)
	return p
}

// workFiles reads the lesson's manifests and files, which are part of the program.
func workFiles(l *lessons.Lesson) map[string]string {
	texts := map[string]string{}
	there, err := l.WorkFiles()
	if err != nil {
		return texts // the prose says which are not there
	}
	for name, from := range there {
		if data, err := fs.ReadFile(l.FS, from); err == nil {
			texts[name] = string(data)
		}
	}
	return texts
}

// filesHere are the files as the current step shows them.
func (p *lessonPage) filesHere() files {
	f := p.files
	f.shown = shownFiles(p.doc, p.step)
	f.still = p.reveal
	return f
}

// setDocument changes the language; the learner's place stays.
func (p *lessonPage) setDocument(doc content.Document) {
	p.doc = doc
	p.prose = typesetCache{}
}

// current is the step that is shown.
func (p *lessonPage) current() *lessons.Step { return &p.lesson.Steps[p.step] }

// section is the current step's prose.
func (p *lessonPage) section() content.Section {
	if p.step < len(p.doc.Sections) {
		return p.doc.Sections[p.step]
	}
	return content.Section{Heading: p.current().ID}
}

// show turns to a step.
func (p *lessonPage) show(step int) {
	p.step = min(max(step, 0), len(p.lesson.Steps)-1)
	p.script = newScript(p.current().Commands)
	p.scroll = [focusTerminal]int{}
	p.files.diff = false
	p.failures = 0
	p.early = time.Time{}
	p.act()
	p.live = liveView{kinds: p.lesson.PicturesOf(p.current())}
	p.prose = typesetCache{}
	if p.focus != focusTerminal {
		p.focus = focusProse
	}
	p.guide = focusProse
}

// goTo turns to a step, and the session with it.
func (p *lessonPage) goTo(step int) {
	if step < 0 || step >= len(p.lesson.Steps) || step == p.step {
		return
	}
	p.show(step)
	if p.feed != nil {
		p.asked = append(p.asked, p.current().ID)
		p.feed.goTo(p.current().ID)
	}
}

// attach takes on a session that was opened.
func (p *lessonPage) attach(f *feed) {
	p.feed, p.opening, p.openErr, p.asked = f, false, nil, nil
	snap := f.session.Snapshot()
	for _, o := range snap.Outcomes {
		p.outcomes[outcomeID{o.Step, o.Outcome}] = o
	}
	for id := range snap.Done {
		p.done[id] = true
	}
	p.recall(snap)
	p.finished = snap.LessonDone
	p.running = snap.Running != ""
	if i := p.index(snap.Step); i >= 0 && i != p.step {
		p.show(i)
	}
}

// recall takes up what the session has kept of the learner's answers and hints,
// and gives it those that came before it was there.
func (p *lessonPage) recall(snap engine.Snapshot) {
	for step, answer := range p.answers {
		if snap.Answers[step] == "" {
			p.feed.answer(step, answer)
		}
	}
	for step, n := range p.hints {
		if n > snap.Hints[step] {
			p.feed.hinted(step, n)
		}
	}
	maps.Copy(p.answers, snap.Answers)
	for step, n := range snap.Hints {
		p.hints[step] = max(p.hints[step], n)
	}
	p.prose = typesetCache{}
}

func (p *lessonPage) index(step string) int {
	return slices.IndexFunc(p.lesson.Steps, func(s lessons.Step) bool { return s.ID == step })
}

// handle takes an event of the session in. It reports whether the lesson has
// just been finished.
func (p *lessonPage) handle(e engine.Event) (finished bool) {
	switch e := e.(type) {
	case engine.StepStarted:
		p.stepStarted(e.Step)
	case engine.StepDone:
		p.done[e.Step] = true
		p.prose = typesetCache{} // its question is answered
	case engine.StepReopened:
		delete(p.done, e.Step)
		p.finished = false
		p.prose = typesetCache{}
	case engine.LessonDone:
		finished = !p.finished
		p.finished = true
	case engine.StepReset:
		p.forget(e.Step)
	case engine.OutcomeChanged:
		if e.Status.State == engine.Met && p.printed(e.Status) {
			p.script.accept()
		}
		p.outcomes[outcomeID{e.Status.Step, e.Status.Outcome}] = e.Status
		if e.Status.State == engine.Met && p.current().Question != nil {
			p.prose = typesetCache{} // it may be what the question is about
		}
	case engine.PictureChanged:
		p.picture(e)
	case engine.CommandStarted:
		p.running, p.typed = true, time.Time{}
		p.script.started(e.Line)
	case engine.CommandFinished:
		p.running = false
		p.script.finished(e.Exit)
	case engine.ShellExited:
		p.running = false
		p.script.finished(0)
	case engine.ClusterLost:
		p.lost = e.Err
	case engine.ClusterBack:
		p.lost = nil
	case engine.JournalFailed:
		p.unsaved = e.Err
	}
	return finished
}

// stepStarted follows the session to a step. While it is behind what the learner
// has asked for, that is what is shown: each step asked for differs from the one
// before, so the session tells of every one, in their order.
func (p *lessonPage) stepStarted(step string) {
	if len(p.asked) > 0 {
		if p.asked[0] == step {
			p.asked = p.asked[1:]
		}
		return
	}
	if i := p.index(step); i >= 0 && i != p.step {
		p.show(i)
	}
}

// forget takes back what is known of a step, or of all with "".
func (p *lessonPage) forget(step string) {
	for _, s := range p.lesson.Steps {
		if step != "" && s.ID != step {
			continue
		}
		delete(p.done, s.ID)
		delete(p.hints, s.ID)
		delete(p.answers, s.ID)
		for _, o := range s.Outcomes {
			delete(p.outcomes, outcomeID{s.ID, o.ID})
		}
	}
	p.finished = false
	p.prose = typesetCache{}
	if step == "" || step == p.current().ID {
		p.script = newScript(p.current().Commands)
	}
}

// printed says whether an outcome is one of the current step's that commands print.
func (p *lessonPage) printed(s engine.OutcomeStatus) bool {
	return s.Step == p.current().ID && slices.ContainsFunc(p.current().Outcomes, func(o lessons.Outcome) bool {
		return o.ID == s.Outcome && o.Kind == lessons.Output
	})
}

// status is where an outcome stands; pending before the session said anything.
func (p *lessonPage) status(step, outcome string) engine.OutcomeStatus {
	if s, ok := p.outcomes[outcomeID{step, outcome}]; ok {
		return s
	}
	return engine.OutcomeStatus{Step: step, Outcome: outcome, State: engine.Pending}
}

// tally counts the current step's outcomes that are met or cannot be.
func (p *lessonPage) tally() (decided, total int) {
	for _, o := range p.current().Outcomes {
		if s := p.status(p.current().ID, o.ID).State; s == engine.Met || s == engine.Unavailable {
			decided++
		}
	}
	return decided, len(p.current().Outcomes)
}

// holding says whether the time of one of the step's outcomes runs.
func (p *lessonPage) holding() bool {
	return slices.ContainsFunc(p.current().Outcomes, func(o lessons.Outcome) bool {
		s := p.status(p.current().ID, o.ID)
		return s.State == engine.Pending && !s.HoldSince.IsZero()
	})
}

// last says whether the current step is the lesson's last.
func (p *lessonPage) last() bool { return p.step == len(p.lesson.Steps)-1 }

// inProgram says whether the step has more to type for the program that it has
// started and that still runs, such as the way out of it.
func (p *lessonPage) inProgram() bool {
	l, again, ok := p.script.upcoming()
	return ok && !again && l.send && p.running && p.script.running >= 0
}

// onward is the step to go on to from one that is done: the next, or at the end the
// first that is not done.
func (p *lessonPage) onward() int {
	if !p.last() {
		return p.step + 1
	}
	for i, s := range p.lesson.Steps {
		if !p.done[s.ID] {
			return i
		}
	}
	return p.step
}

// moreHints shows the next hint and reports whether there was one.
func (p *lessonPage) moreHints() bool {
	id := p.current().ID
	if p.hints[id] >= len(p.current().Hints) {
		return false
	}
	p.hints[id]++
	if p.feed != nil {
		p.feed.hinted(id, p.hints[id])
	}
	p.prose = typesetCache{}
	return true
}
