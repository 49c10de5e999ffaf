package tui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

// plainCommand is a command of the line mode.
type plainCommand struct {
	names []string // the first is the one that the help shows
	takes string   // what comes after the name, for the help
	help  string   // message id
	open  bool     // it needs an open lesson
	do    func(p *plain, arg string)
}

// plainCommands are all commands, in the order of the help. The short names are
// the screen's keys.
func plainCommands() []plainCommand {
	return []plainCommand{
		{[]string{"run", ""}, "", "key.run", true, func(p *plain, _ string) { p.enter() }},
		{[]string{"!", "$"}, "COMMAND", "plain.type", true, (*plain).typeLine},
		{[]string{"stop", "^c"}, "", "plain.stop", true, func(p *plain, _ string) { p.stop() }},
		{[]string{"wait"}, "", "plain.wait", true, func(p *plain, _ string) { p.wait() }},
		{[]string{"hint", "h"}, "", "key.hint", true, func(p *plain, _ string) { p.hint() }},
		{[]string{"answer", "a"}, "N", "key.answer", true, (*plain).answer},
		{[]string{"solve", "s"}, "", "key.solve", true, func(p *plain, _ string) {
			step := p.m.lesson.current().ID
			p.act("step.solving", func(ctx context.Context, s Session) error { return s.Solve(ctx, step) })
		}},
		{[]string{"next", "n"}, "", "key.next-step", true, func(p *plain, _ string) { p.goTo(p.m.lesson.step + 1) }},
		{[]string{"back", "p"}, "", "key.previous-step", true, func(p *plain, _ string) { p.goTo(p.m.lesson.step - 1) }},
		{[]string{"goto", "g"}, "N", "key.go-to", true, func(p *plain, arg string) { p.numbered(arg, p.goTo) }},
		{[]string{"skip", "S"}, "[N]", "key.skip", true, (*plain).skip},
		{[]string{"catchup", "u"}, "", "key.catch-up", true, func(p *plain, _ string) {
			p.act("lesson.catching-up", func(ctx context.Context, s Session) error { return s.CatchUp(ctx) })
		}},
		{[]string{"reset", "r"}, "", "key.reset-step", true, func(p *plain, _ string) {
			step := p.m.lesson.current().ID
			p.act("step.resetting", func(ctx context.Context, s Session) error { return s.ResetStep(ctx, step) })
		}},
		{[]string{"restart", "R"}, "", "key.reset-lesson", true, func(p *plain, _ string) {
			p.act("step.resetting", func(ctx context.Context, s Session) error { return s.ResetLesson(ctx) })
		}},
		{[]string{"outcomes", "o"}, "", "plain.outcomes", true, func(p *plain, _ string) { p.outcomes() }},
		{[]string{"picture", "v"}, "", "plain.picture", true, func(p *plain, _ string) { p.picture() }},
		{[]string{"why", "w"}, "N", "key.why", true, (*plain).why},
		{[]string{"read"}, "", "plain.read", true, func(p *plain, _ string) { p.step() }},
		{[]string{"diff", "d"}, "", "key.compare", true, func(p *plain, _ string) {
			p.m.lesson.files.diff = !p.m.lesson.files.diff
			p.step()
		}},
		{[]string{"steps"}, "", "plain.steps", true, func(p *plain, _ string) { p.listSteps() }},
		{[]string{"lessons"}, "", "plain.lessons", false, func(p *plain, _ string) { p.listLessons() }},
		{[]string{"open"}, "N", "key.open", false, (*plain).openNamed},
		{[]string{"language", "lang", "l"}, "xx", "key.language", false, (*plain).language},
		{[]string{"help", "?"}, "", "key.help", false, func(p *plain, _ string) { p.help() }},
		{[]string{"quit", "q", "exit"}, "", "key.quit", false, func(p *plain, _ string) { p.quit = true }},
	}
}

// command does what a line says.
func (p *plain) command(line string) {
	name, arg, _ := strings.Cut(line, " ")
	if line != "" && (line[0] == '!' || line[0] == '$') {
		name, arg = line[:1], line[1:]
	}
	all := plainCommands()
	i := slices.IndexFunc(all, func(c plainCommand) bool { return slices.Contains(c.names, name) })
	_, err := strconv.Atoi(line)
	switch {
	case i < 0 && err == nil && p.m.lesson != nil: // as the screen takes a digit
		p.answer(line)
	case i < 0:
		p.say(p.m.words.T("plain.unknown", "Name", name))
	case all[i].open && p.m.lesson == nil:
		p.say(p.m.words.T("plain.open-first"))
	default:
		all[i].do(p, strings.TrimSpace(arg))
		p.toast()
	}
}

// enter runs the next command; when the step is done it goes on to the next.
func (p *plain) enter() {
	l := p.m.lesson
	if l.done[l.current().ID] && !l.finished && !l.inProgram() {
		p.goTo(l.onward())
		return
	}
	p.with(func() {
		l.typed = time.Time{}
		next, _, _ := l.script.upcoming()
		if p.start(p.m.runNext()); next.send {
			l.typed = time.Time{} // nothing confirms it
			p.upcoming()
		}
		p.begun = time.After(promptLimit)
	})
}

// promptLimit is how long the shell has to begin a line.
const promptLimit = 5 * time.Second

// typeLine types a line of the learner's own: into the shell, or into the
// program that it runs.
func (p *plain) typeLine(line string) {
	p.with(func() {
		l := p.m.lesson
		if !l.running {
			l.typed = time.Now()
			p.begun = time.After(promptLimit)
		} else if next, _, ok := l.script.upcoming(); ok && next.send && next.text == line {
			l.script.sent()
		}
		l.feed.typeLine(line)
	})
}

// stop stops what goes on: an operation, a wait, the command in the terminal.
func (p *plain) stop() {
	l := p.m.lesson
	p.waited(p.m.words.T("step.cancelled"))
	switch {
	case l.busy != nil:
		l.busy.cancel()
	case l.feed != nil:
		l.feed.write([]byte{3})
	}
}

// patienceOf is how long a step is waited for: as long as the lesson gives its
// outcomes, and a minute where it says nothing.
func patienceOf(step *lessons.Step) time.Duration {
	longest := time.Minute
	for _, o := range step.Outcomes {
		longest = max(longest, o.Within.Duration+o.For.Duration)
	}
	return longest
}

func (p *plain) wait() {
	p.with(func() {
		l := p.m.lesson
		if l.done[l.current().ID] {
			return
		}
		d := patienceOf(l.current())
		p.waiting, p.timeout = time.Now().Add(d), time.After(d)
	})
}

func (p *plain) hint() {
	l := p.m.lesson
	if !l.moreHints() {
		p.say(p.m.words.T("hint.none"))
		return
	}
	hints := l.current().Hints
	n := l.hints[l.current().ID]
	p.say(p.m.words.T("hint.title", "N", n, "Total", len(hints)), l.section().Hints[hints[n-1]])
}

func (p *plain) answer(arg string) {
	l := p.m.lesson
	n, err := strconv.Atoi(arg)
	q := l.current().Question
	if err != nil || q == nil || n < 1 || n > len(q.Answers) {
		p.say(p.m.words.T("plain.no-such", "Name", arg))
		return
	}
	if l.verdict(l.current()) == unanswered {
		l.take(n - 1)
	}
	p.rows(l.proseQuestion(p.m.words, p.m.glyphs(), plainWidth))
}

func (p *plain) goTo(step int) {
	l := p.m.lesson
	if step < 0 || step >= len(l.lesson.Steps) || step == l.step {
		p.upcoming()
		return
	}
	l.goTo(step)
	p.step()
}

// numbered does something with the step whose number was typed.
func (p *plain) numbered(arg string, f func(step int)) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > len(p.m.lesson.lesson.Steps) {
		p.say(p.m.words.T("plain.no-such", "Name", arg))
		return
	}
	f(n - 1)
}

func (p *plain) skip(arg string) {
	skip := func(step int) {
		l := p.m.lesson
		id := l.lesson.Steps[min(step, len(l.lesson.Steps)-1)].ID
		p.act("step.skipping", func(ctx context.Context, s Session) error { return s.Skip(ctx, id) })
	}
	if arg == "" {
		skip(p.m.lesson.step + 1)
		return
	}
	p.numbered(arg, skip)
}

// why tells all that is known of one of the step's outcomes; of the first where
// none is named.
func (p *plain) why(arg string) {
	l := p.m.lesson
	n := 1
	if arg != "" {
		n, _ = strconv.Atoi(arg) // 0 if it is none
	}
	if n < 1 || n > len(l.current().Outcomes) {
		p.say(p.m.words.T("plain.no-such", "Name", arg))
		return
	}
	if l.heldBack(l.current(), l.current().Outcomes[n-1].ID) { // it would answer the question
		p.say(p.m.words.T("why.nothing"))
		return
	}
	p.rows(l.whyRows(p.m.words, p.m.glyphs(), l.step, n-1, plainWidth))
}

func (p *plain) openNamed(arg string) {
	for _, l := range p.m.cfg.Lessons {
		if l.ID == arg || strconv.Itoa(l.Order) == arg {
			p.open(l)
			return
		}
	}
	p.say(p.m.words.T("plain.no-such", "Name", arg))
}

func (p *plain) language(arg string) {
	if !slices.Contains(p.m.cfg.Content.Langs(), content.Lang(arg)) {
		var all []string
		for _, l := range p.m.cfg.Content.Langs() {
			all = append(all, string(l)+" "+l.Name())
		}
		p.say(strings.Join(all, ", "))
		return
	}
	if p.prompt {
		p.start(p.m.speak(content.Lang(arg)))
	} else {
		p.m.setLang(content.Lang(arg))
	}
	if p.m.lesson != nil {
		p.step()
	}
}

func (p *plain) help() {
	for _, c := range plainCommands() {
		name := c.names[0]
		if c.takes != "" {
			name += " " + c.takes
		}
		if len(c.names) > 1 && c.names[1] != "" {
			name += ", " + c.names[1]
		}
		p.say(fmt.Sprintf("  %-16s %s", name, p.m.words.T(c.help)))
	}
}
