package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/muesli/cancelreader"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/tui/paint"
)

// plainWidth is how wide prose is set line by line.
const plainWidth = 80

// The size of the terminal whose output is read line by line: wide, so that few
// lines are broken.
const plainCols, plainRows = 240, 50

// Plain shows the lessons line by line, without moving a cursor, and takes
// commands from in, a line each: for screen readers, logs and pipes. It returns
// at quit, at the end of in, or when ctx ends. With prompt set somebody types, who
// is shown a prompt and may type while something runs; otherwise each command
// waits for the one before it, and the error of the last one that failed is
// Plain's, too. When it returns, the session is closed; the cluster is left running.
func Plain(ctx context.Context, cfg Config, in io.Reader, out io.Writer, prompt bool) error {
	w := newWork(ctx)
	p := &plain{work: w, out: out, prompt: prompt, msgs: make(chan tea.Msg), lines: make(chan string)}
	p.m = newModel(&cfg, w)
	reader, err := cancelreader.NewReader(pollable(in))
	if err != nil { // of /dev/null, say, or where in is closed
		reader, err = cancelreader.NewReader(struct{ io.Reader }{in})
	}
	if err != nil {
		w.end()
		return say.Errorf("cannot read the commands: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.read(reader)
	}()
	err = p.run()
	w.end()
	if reader.Cancel() { // else it is a stream whose reading cannot be broken off
		<-ended
	}
	return errors.Join(err, p.m.slot.close())
}

// pollable hides from the cancelreader that in is a regular file: it can always be
// read, but Linux's epoll refuses it, and the kqueue of macOS does not tell its end.
func pollable(in io.Reader) io.Reader {
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return struct{ io.Reader }{in}
		}
	}
	return in
}

// read passes on what is typed, line by line.
func (p *plain) read(in io.Reader) {
	defer close(p.lines)
	s := bufio.NewScanner(in)
	for s.Scan() {
		select {
		case p.lines <- s.Text():
		case <-p.work.ctx.Done():
			return
		}
	}
	if err := s.Err(); err != nil {
		p.broken = say.Errorf("cannot read the commands: %w", err)
	}
}

// plain is the lessons line by line. It keeps the screen's own model and reads
// from it, so that both know the same of a lesson.
type plain struct {
	m      *Model
	work   *work
	out    io.Writer
	err    error // of in or out
	prompt bool
	shown  bool // the prompt stands there

	msgs  chan tea.Msg
	lines chan string
	// broken says why no more lines come; it is read when lines is closed.
	broken error

	shell    liner
	idle     <-chan time.Time // until an unfinished line is shown
	told     map[cluster.Stage]bool
	after    []func()  // what waits for the session
	waiting  time.Time // until when a step is waited for, zero if none is
	timeout  <-chan time.Time
	begun    <-chan time.Time // until when the shell must have begun what was typed
	pictures told
	held     *actionMsg // an operation that has ended, until its events are here
	failed   error      // of the last action
	quit     bool
}

// spawn runs f beside the loop, which gets what it returns.
func (p *plain) spawn(f func(context.Context) tea.Msg) { p.start(p.work.cmd(f)) }

// start runs a command of the model beside the loop.
func (p *plain) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		select {
		case p.msgs <- msg:
		case <-p.work.ctx.Done():
		}
	}()
}

func (p *plain) run() error {
	p.say(p.m.words.T("plain.welcome"))
	for _, n := range p.m.cfg.Notices {
		p.say("! " + n)
	}
	if p.m.lesson != nil {
		p.open(p.m.lesson.lesson)
	} else {
		p.listLessons()
	}
	lines := p.lines
	for !p.quit && p.err == nil {
		p.ask()
		source := lines
		if p.busy() && (!p.prompt || lines == nil) {
			source = nil
		}
		select {
		case line, ok := <-source:
			if p.shown = false; !ok {
				p.err = errors.Join(p.err, p.broken)
				if lines = nil; !p.busy() || p.prompt {
					p.quit = true
				}
				continue
			}
			p.command(strings.TrimSpace(line))
		case msg := <-p.msgs:
			p.handle(msg)
		case <-p.idle:
			p.sayRest()
		case <-p.begun: // the shell does not run that: a comment, say
			p.begun = nil
			p.m.lesson.typed = time.Time{}
		case <-p.timeout:
			p.waited(p.m.words.T("plain.waited"))
		case <-p.work.ctx.Done():
			return p.work.ctx.Err()
		}
		p.settle()
		if lines == nil && !p.busy() {
			p.quit = true
		}
	}
	if !p.prompt && p.failed != nil {
		return errors.Join(p.err, p.failed)
	}
	return p.err
}

// busy says whether something goes on that the next command of a pipe waits for.
func (p *plain) busy() bool {
	l := p.m.lesson
	if l == nil {
		return false
	}
	if len(p.after) > 0 || l.busy != nil || !p.waiting.IsZero() || !l.typed.IsZero() {
		return true
	}
	next, _, ok := l.script.upcoming()
	return l.running && (!ok || !next.send)
}

// say writes lines below what is there.
func (p *plain) say(lines ...string) {
	if p.shown {
		lines = append([]string{""}, lines...)
		p.shown = false
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(p.out, strings.TrimRight(l, " ")); err != nil && p.err == nil {
			p.err = err
		}
	}
}

// sayRest writes what the terminal has printed of a line that has not ended.
func (p *plain) sayRest() {
	p.idle = nil
	if text := p.shell.flush(); strings.TrimSpace(text) != "" {
		p.say(text)
	}
}

func (p *plain) rows(rows []paint.Row) {
	for _, r := range rows {
		p.say(r.String())
	}
}

// ask shows the prompt to somebody who types.
func (p *plain) ask() {
	if p.prompt && !p.shown && !p.busy() && p.idle == nil {
		_, p.err = fmt.Fprint(p.out, "podlab> ")
		p.shown = true
	}
}
