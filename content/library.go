package content

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/podlab/podlab/lessons"
)

// Shipped holds the words that are built into the program.
//
//go:embed */*.md */messages.yaml
var Shipped embed.FS

// Library is all prose and all messages in all languages. It is safe for
// concurrent use.
type Library struct {
	pages    map[Lang]map[string]*page // by language and lesson
	messages *messages
	problems lessons.Problems
}

var shipped = sync.OnceValues(func() (*Library, error) { return Load(Shipped) })

// Default returns the library that is built into the program.
func Default() (*Library, error) { return shipped() }

// Load reads <lang>/<lesson>.md and <lang>/messages.yaml for every language.
// Mistakes in the files do not make it fail: they are part of what Check
// reports, and the sections that hold them read as far as they could be.
func Load(fsys fs.FS) (*Library, error) {
	lib := &Library{pages: map[Lang]map[string]*page{}}
	for _, lang := range Langs {
		lib.pages[lang] = map[string]*page{}
		files, err := fs.Glob(fsys, string(lang)+"/*.md")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			data, err := fs.ReadFile(fsys, f)
			if err != nil {
				return nil, fmt.Errorf("cannot read the prose: %w", err)
			}
			p, problems := parsePage(f, data)
			lib.pages[lang][strings.TrimSuffix(path.Base(f), ".md")] = p
			lib.problems = append(lib.problems, problems...)
		}
	}
	var problems lessons.Problems
	var err error
	lib.messages, problems, err = loadMessages(fsys)
	lib.problems = append(lib.problems, problems...)
	return lib, err
}

// Langs are the languages that have any words, English first.
func (lib *Library) Langs() []Lang {
	var out []Lang
	for _, l := range Langs {
		if l == English || len(lib.pages[l]) > 0 || lib.messages.has(l) {
			out = append(out, l)
		}
	}
	return out
}

// Document puts a lesson's prose together: the language's own words, and
// English, marked as such, for each section that it lacks. Its sections are
// those of the English file, which [Library.Check] holds to the lesson's steps.
func (lib *Library) Document(lang Lang, lesson string) Document {
	english, own := lib.page(English, lesson), lib.page(lang, lesson)
	doc := Document{Lang: lang, Lesson: lesson, Title: lesson}
	for _, p := range []*page{english, own} {
		if p.title != "" {
			doc.Title = p.title
		}
		if p.summary != "" {
			doc.Summary = p.summary
		}
		if len(p.intro) > 0 {
			doc.Intro = p.intro
		}
	}
	for _, source := range english.sections {
		s, there := own.section(source.Step)
		switch {
		case lang == English:
			s = source.Section
		case !there:
			s = source.Section
			s.Fallback = true
		default:
			s.Stale = s.Pin != source.Hash
			s.Outcomes = fill(s.Outcomes, source.Outcomes)
			s.Hints = fill(s.Hints, source.Hints)
		}
		doc.Sections = append(doc.Sections, s)
	}
	return doc
}

// fill completes a translation's texts with those of the source.
func fill(own, source map[string]string) map[string]string {
	all := make(map[string]string, len(source))
	for id, text := range source {
		all[id] = text
	}
	for id, text := range own {
		all[id] = text
	}
	return all
}

// page returns a lesson's page; an empty one where there is none.
func (lib *Library) page(lang Lang, lesson string) *page {
	if p := lib.pages[lang][lesson]; p != nil {
		return p
	}
	return &page{}
}

func (p *page) section(step string) (Section, bool) {
	i := slices.IndexFunc(p.sections, func(s pageSection) bool { return s.Step == step })
	if i < 0 {
		return Section{}, false
	}
	return p.sections[i].Section, true
}

// has reports whether a language has a file of its own for a lesson.
func (lib *Library) has(lang Lang, lesson string) bool { return lib.pages[lang][lesson] != nil }

// Coverage is how much of a lesson a language has.
type Coverage string

// A language covers a lesson completely when every section is there and
// current; a missing or stale one makes it partial.
const (
	Complete Coverage = "complete"
	Partial  Coverage = "partial"
	Missing  Coverage = "missing"
)

// Coverage says for each language how much of the lesson it has.
func (lib *Library) Coverage(lesson string) map[Lang]Coverage {
	out := map[Lang]Coverage{}
	for _, lang := range Langs {
		current, all := 0, 0
		for _, st := range lib.lessonStatus(lang, lesson) {
			all++
			if st.State == SectionCurrent {
				current++
			}
		}
		switch {
		case !lib.has(lang, lesson):
			out[lang] = Missing
		case current == all:
			out[lang] = Complete
		default:
			out[lang] = Partial
		}
	}
	return out
}

// SectionState is how a translated section stands to its source.
type SectionState string

// The states of a section.
const (
	SectionCurrent SectionState = "current"
	SectionStale   SectionState = "stale" // the English has changed since
	SectionMissing SectionState = "missing"
)

// SectionStatus is the state of one section in one language.
type SectionStatus struct {
	Lang   Lang
	Lesson string
	Step   string // "" is the head: title, summary, introduction
	State  SectionState
	// Hash is that of the English section now, Pin that of the one translated.
	Hash, Pin string
	File      string // where the section stands or should stand
	Line      int    // 0 when missing
}

// Status lists the state of every section in every language, lesson by lesson
// in the order of their names.
func (lib *Library) Status() []SectionStatus {
	ids := slices.Sorted(maps.Keys(lib.pages[English]))
	out := make([]SectionStatus, 0, len(ids)*len(Langs))
	for _, lesson := range ids {
		for _, lang := range Langs {
			out = append(out, lib.lessonStatus(lang, lesson)...)
		}
	}
	return out
}

func (lib *Library) lessonStatus(lang Lang, lesson string) []SectionStatus {
	english, own := lib.page(English, lesson), lib.page(lang, lesson)
	file := path.Join(string(lang), lesson+".md")
	state := func(there bool, pin, hash string) SectionState {
		switch {
		case !there:
			return SectionMissing
		case lang == English || pin == hash:
			return SectionCurrent
		}
		return SectionStale
	}
	head := SectionStatus{Lang: lang, Lesson: lesson, Hash: english.hash, Pin: own.pin, File: file}
	if own.title != "" {
		head.Line = 1
	}
	head.State = state(head.Line > 0, own.pin, english.hash)
	out := make([]SectionStatus, 0, 1+len(english.sections))
	out = append(out, head)
	for _, source := range english.sections {
		st := SectionStatus{Lang: lang, Lesson: lesson, Step: source.Step, Hash: source.Hash, File: file}
		for _, s := range own.sections {
			if s.Step == source.Step {
				st.Pin, st.Line = s.Pin, s.line
			}
		}
		st.State = state(st.Line > 0, st.Pin, source.Hash)
		out = append(out, st)
	}
	return out
}
