package tui

import (
	"slices"
	"strings"

	"github.com/podlab/podlab/lessons"
)

// line is one thing that a step asks the learner to type.
type line struct {
	text string
	// send: it is for the program that the command before it started.
	send bool
}

// script is a step's reference solution as a list of lines, and how far the
// learner is with it. It follows what the shell reports, so it goes on by
// itself when the learner types the commands, or has them typed.
type script struct {
	lines   []line
	next    int
	edited  bool // the next line was put at the prompt to be changed
	running int  // the line of the command that runs, -1 for none
	failed  int  // the line that failed and is offered once more, -1 for none
	tries   int  // how often it has failed
}

// attempts is how often a line may fail before the step goes on without it.
const attempts = 3

func newScript(commands []lessons.Command) script {
	s := script{running: -1, failed: -1}
	for _, c := range commands {
		s.lines = append(s.lines, line{text: c.Run})
		for _, l := range c.Send {
			s.lines = append(s.lines, line{text: l, send: true})
		}
	}
	return s
}

// upcoming is the line that comes next; when all were run, it is the last
// command once more, and again is true.
func (s *script) upcoming() (l line, again, ok bool) {
	if s.next < len(s.lines) {
		return s.lines[s.next], false, true
	}
	for i := len(s.lines) - 1; i >= 0; i-- {
		if !s.lines[i].send {
			return s.lines[i], true, true
		}
	}
	return line{}, false, false
}

// sent notes that the next line was typed on the learner's behalf. A shell's
// command is confirmed by started; a line for another program by nothing.
func (s *script) sent() {
	if s.next < len(s.lines) && s.lines[s.next].send {
		s.next++
	}
}

// edit notes that the next line stands at the prompt for the learner to change.
func (s *script) edit() {
	s.edited = true
	s.sent()
}

// started notes that the shell began a line.
func (s *script) started(text string) {
	s.running = -1
	for i := s.next; i < len(s.lines); i++ {
		if l := s.lines[i]; !l.send && (same(l.text, text) || s.edited && i == s.next && akin(l.text, text)) {
			s.next, s.running, s.edited = i+1, i, false
			return
		}
	}
}

// finished notes that the shell's line ended: what was to be sent to its
// program can no longer be. A line that should have made something and failed is
// offered once more, since what follows builds on it; after some failures it is passed
// over, so that the step is never stuck with it.
func (s *script) finished(exit int) {
	if s.running < 0 {
		return
	}
	i := s.running
	s.running = -1
	if exit > 0 && exit <= signalled && makes(s.lines[i].text) {
		if i != s.failed {
			s.failed, s.tries = i, 0
		}
		if s.tries++; s.tries < attempts {
			s.next = i
			return
		}
	}
	s.failed = -1
	for s.next < len(s.lines) && s.lines[s.next].send {
		s.next++
	}
}

// retrying says whether the upcoming line is one that failed.
func (s *script) retrying() bool { return s.failed >= 0 && s.next == s.failed }

// accept notes that a command printed what the step wants to see: one that failed just
// now was meant to.
func (s *script) accept() {
	if s.retrying() {
		s.next++
	}
	s.failed = -1
}

// makes says whether a line changes the cluster by kubectl.
func makes(line string) bool {
	words := strings.Fields(line)
	return len(words) > 1 && words[0] == "kubectl" && slices.Contains([]string{"apply", "create", "label", "patch", "annotate", "run", "replace"}, words[1])
}

// same compares command lines by their words.
func same(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// akin says whether b is a changed a: it calls the same program, and for the
// same thing.
func akin(a, b string) bool {
	fa, fb := strings.Fields(a), strings.Fields(b)
	n := min(2, len(fa))
	return n > 0 && len(fb) >= n && strings.Join(fa[:n], " ") == strings.Join(fb[:n], " ")
}
