package content

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// Check compares the words with the lessons: every step, outcome and hint has
// its English text, no language speaks of any that is not there, and the
// manifests shown exist and have the lines that are marked. Every language
// keeps to its glossary. What a translation
// lacks or has gone stale is no problem: it is its status. The error, if any,
// is of type lessons.Problems.
func (lib *Library) Check(all []*lessons.Lesson) error {
	problems := append(slices.Clone(lib.problems), lib.files.checkWords()...)
	problems = append(problems, lib.messages.check()...)
	for _, s := range lib.messages.sentences {
		problems = append(problems, s.check()...)
	}
	for _, lang := range lib.langs {
		known := map[string]bool{}
		for _, l := range all {
			known[l.ID] = true
			p := lib.pages[lang][l.ID]
			if p == nil {
				if lang == English {
					problems = append(problems, lessons.Problem{File: path.Join("en", l.ID+".md"), Message: say.T("expected the lesson's English prose: the file is not there")})
				}
				continue
			}
			c := pageCheck{page: p, lang: lang, lesson: l}
			c.run()
			problems = append(problems, c.problems...)
		}
		for id, p := range lib.pages[lang] {
			if !known[id] {
				problems = append(problems, lessons.Problem{File: p.file, Message: say.T("there is no lesson %q", id)})
			}
		}
	}
	return problems.Err()
}

type pageCheck struct {
	page     *page
	lang     Lang
	lesson   *lessons.Lesson
	problems lessons.Problems
}

func (c *pageCheck) add(line int, format string, args ...any) {
	c.problems = append(c.problems, lessons.Problem{File: c.page.file, Line: line, Message: say.T(format, args...)})
}

func (c *pageCheck) run() {
	steps := map[string]lessons.Step{}
	for _, s := range c.lesson.Steps {
		steps[s.ID] = s
		if _, ok := c.page.section(s.ID); !ok && c.lang == English {
			c.add(0, "expected a section ## … {#%s}", s.ID)
		}
	}
	c.order()
	for _, s := range c.page.sections {
		step, ok := steps[s.Step]
		if !ok {
			c.add(s.line, "lesson %s has no step %q", c.lesson.ID, s.Step)
			continue
		}
		if s.untranslated {
			continue // it is not shown
		}
		outcomes := make([]string, 0, len(step.Outcomes))
		for _, o := range step.Outcomes {
			outcomes = append(outcomes, o.ID)
		}
		c.texts(s, "outcome", outcomes, s.outcomeLine)
		c.texts(s, "hint", step.Hints, s.hintLine)
		c.question(s, step.Question)
		if c.lang == English && s.Pin != "" {
			c.add(s.line, "English is the source: a pin has no meaning here")
		}
		if c.lang != English && s.Pin == "" {
			c.add(s.line, "expected a pin: {#%s en=\"…\"}", s.Step)
		}
	}
	for _, m := range c.page.manifests {
		c.manifest(m)
	}
}

// order holds the English sections to the order of the steps, since documents
// take theirs from it.
func (c *pageCheck) order() {
	if c.lang != English {
		return
	}
	last := -1
	for _, s := range c.page.sections {
		i := slices.IndexFunc(c.lesson.Steps, func(step lessons.Step) bool { return step.ID == s.Step })
		if i < 0 {
			continue // reported as unknown
		}
		if i < last {
			c.add(s.line, "expected the sections in the order of the steps: %s comes before %s", s.Step, c.lesson.Steps[last].ID)
			return
		}
		last = i
	}
}

// texts compares the ids that have a text with those that need one. A
// translation must be whole within a section, or two languages would mix.
func (c *pageCheck) texts(s pageSection, what string, want []string, have map[string]int) {
	for _, id := range want {
		if _, ok := have[id]; !ok {
			c.add(s.line, "expected {{< %s %q >}} in section %s", what, id, s.Step)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		if !slices.Contains(want, id) {
			c.add(have[id], "step %s has no %s %q", s.Step, what, id)
		}
	}
}

func (c *pageCheck) manifest(m manifestUse) {
	var data []byte
	err := fs.ErrNotExist
	for _, dir := range []string{"manifests", "files"} {
		if data, err = fs.ReadFile(c.lesson.FS, path.Join(dir, m.file)); err == nil {
			break
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		c.add(m.line, "lesson %s has no file %q in manifests or files", c.lesson.ID, m.file)
	case err != nil:
		c.add(m.line, "cannot read %s: %v", m.file, err)
	default:
		lines := bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n")) + 1
		for _, mark := range m.marks {
			if mark > lines {
				c.add(m.line, "expected marks within the %d lines of %s, got %d", lines, m.file, mark)
				return
			}
		}
	}
}
