package lessons

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// Check finds what the schema cannot: ids that clash, objects that nothing uses,
// files that are not there, manifests that are no objects. Expressions are not
// compiled here, and files that nothing uses are left to [Unused]. The error, if
// any, is of type Problems.
func Check(all []*Lesson) error {
	var problems Problems
	order := map[int]string{}
	for _, l := range all {
		c := checker{lesson: l}
		if other, taken := order[l.Order]; taken {
			c.add("/order", "expected an order of its own: %d is that of %s", l.Order, other)
		}
		order[l.Order] = l.ID
		c.check()
		problems = append(problems, c.problems...)
	}
	return problems.Err()
}

type checker struct {
	lesson   *Lesson
	problems Problems
}

func (c *checker) add(pointer, format string, args ...any) {
	c.problems = append(c.problems, Problem{c.lesson.file(), c.lesson.line("%s", pointer), say.T(format, args...)})
}

func (c *checker) check() {
	l := c.lesson
	if folder := path.Base(l.Dir); l.src != nil && folder != l.ID {
		c.add("/id", "expected the folder's name %q, got %q", folder, l.ID)
	}
	if _, err := time.Parse(time.DateOnly, l.Upstream.Checked); err != nil {
		c.add("/upstream/checked", "expected a day of the calendar, got %q", l.Upstream.Checked)
	}
	steps := map[string]bool{}
	for i, s := range l.Steps {
		at := fmt.Sprintf("/steps/%d", i)
		if steps[s.ID] {
			c.add(at+"/id", "expected a step id of its own: %q is there twice", s.ID)
		}
		steps[s.ID] = true
		if len(l.Claims) > 0 && len(s.Claims) > 0 {
			c.add(at+"/claims", "expected no claims of step %s: the lesson claims %s as a whole", s.ID, strings.Join(l.Claims, ", "))
		}
		c.checkStep(at, s)
	}
	c.checkObjects()
	c.checkPictures()
	c.checkFiles()
}

func (c *checker) checkStep(at string, s Step) {
	outcomes, hints := map[string]bool{}, map[string]bool{}
	for i, h := range s.Hints {
		if hints[h] {
			c.add(fmt.Sprintf("%s/hints/%d", at, i), "expected a hint id of its own in step %s: %q is there twice", s.ID, h)
		}
		hints[h] = true
	}
	c.checkPrompts(at, s.Commands)
	for i, o := range s.Outcomes {
		here := fmt.Sprintf("%s/outcomes/%d", at, i)
		if outcomes[o.ID] {
			c.add(here+"/id", "expected an outcome id of its own in step %s: %q is there twice", s.ID, o.ID)
		}
		outcomes[o.ID] = true
		if o.Kind != Stays && o.For.Duration != 0 {
			c.add(here+"/for", "only a stays outcome has a time for which it holds: %s is %s", o.ID, o.Kind)
		}
		if o.Kind != Output && o.Probe != nil {
			c.add(here+"/probe", "only an output outcome has a probe: %s is %s", o.ID, o.Kind)
		}
		if o.Kind == Output && o.Probe == nil && len(s.Commands) == 0 {
			c.add(here, "expected a probe or a command: nothing in step %s prints what %s judges", s.ID, o.ID)
		}
		free, recorded := names(o.Expr)
		if free["output"] != (o.Kind == Output) {
			if o.Kind == Output {
				c.add(here+"/expr", "expected an expression about output: %s is an output outcome", o.ID)
			} else {
				c.add(here+"/expr", "only an output outcome can speak of output: %s is %s", o.ID, o.Kind)
			}
		}
		for _, name := range sorted(recorded) {
			if _, ok := c.lesson.Objects[name]; !ok {
				c.add(here+"/expr", "expected one of the lesson's objects after events or history, got %q", name)
			}
		}
	}
	c.checkWrong(at, s, outcomes)
	c.checkQuestion(at+"/question", s, outcomes)
}

// checkQuestion compares a step's question with its own answers and the step's
// outcomes.
func (c *checker) checkQuestion(at string, s Step, outcomes map[string]bool) {
	q := s.Question
	if q == nil {
		return
	}
	if slices.ContainsFunc(c.lesson.Steps, func(other Step) bool {
		return other.ID != s.ID && other.Question != nil && other.Question.ID == q.ID
	}) {
		c.add(at+"/id", "expected a question id of its own in the lesson: %q is there twice", q.ID)
	}
	if !slices.Contains(q.Answers, q.Right) {
		c.add(at+"/right", "expected one of the answers, got %q", q.Right)
	}
	for i, id := range q.ShownBy {
		if !outcomes[id] {
			c.add(fmt.Sprintf("%s/shownBy/%d", at, i), "expected an outcome of step %s, got %q", s.ID, id)
		}
	}
}

func (c *checker) checkPrompts(at string, commands []Command) {
	for i, cmd := range commands {
		if _, err := regexp.Compile(cmd.Prompt); err != nil {
			c.add(fmt.Sprintf("%s/commands/%d/prompt", at, i), "expected a regular expression: %v", err)
		}
	}
}

// checkWrong compares a step's wrong solutions with its outcomes, by id.
func (c *checker) checkWrong(at string, s Step, outcomes map[string]bool) {
	ids := map[string]bool{}
	for i, w := range s.Wrong {
		here := fmt.Sprintf("%s/wrong/%d", at, i)
		if ids[w.ID] {
			c.add(here+"/id", "expected an id of its own for each wrong solution of step %s: %q is there twice", s.ID, w.ID)
		}
		ids[w.ID] = true
		c.checkPrompts(here, w.Commands)
		for j, id := range w.Met {
			pointer := fmt.Sprintf("%s/met/%d", here, j)
			if !outcomes[id] {
				c.add(pointer, "expected an outcome of step %s, got %q", s.ID, id)
			}
			if _, both := w.Unmet[id]; both {
				c.add(pointer, "an outcome cannot be both met and unmet: %s", id)
			}
		}
		for _, id := range sorted(w.Unmet) {
			pointer := here + "/unmet/" + id
			if !outcomes[id] {
				c.add(pointer, "expected an outcome of step %s, got %q", s.ID, id)
			}
			if _, err := regexp.Compile(w.Unmet[id]); err != nil {
				c.add(pointer, "expected a regular expression: %v", err)
			}
		}
	}
}

// checkObjects finds objects that no expression speaks of.
func (c *checker) checkObjects() {
	used := map[string]bool{}
	for _, e := range c.lesson.Expressions() {
		free, recorded := names(e.Source)
		for n := range free {
			used[n] = true
		}
		for n := range recorded {
			used[n] = true
		}
	}
	for name := range c.lesson.Objects {
		if !used[name] {
			c.add("/objects/"+name, "object %s is used by no expression: take it out", name)
		}
	}
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
