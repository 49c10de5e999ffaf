package content

import (
	"maps"
	"path"
	"slices"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

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
	for _, lang := range lib.langs {
		current, stale, all := 0, 0, 0
		for _, st := range lib.lessonStatus(lang, lesson) {
			all++
			switch st.State {
			case SectionCurrent:
				current++
			case SectionStale:
				stale++
			}
		}
		switch {
		case current+stale == 0:
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
	// Unpinned is set where a section that was a copy of the English one is no
	// longer: it has been translated, or begun, but not been pinned.
	Unpinned bool
}

// Status lists the state of every section in every language, lesson by lesson
// in the order of their names.
func (lib *Library) Status() []SectionStatus {
	ids := slices.Sorted(maps.Keys(lib.pages[English]))
	out := make([]SectionStatus, 0, len(ids)*len(lib.langs))
	for _, lesson := range ids {
		for _, lang := range lib.langs {
			out = append(out, lib.lessonStatus(lang, lesson)...)
		}
	}
	return out
}

func (lib *Library) lessonStatus(lang Lang, lesson string) []SectionStatus {
	english, own := lib.page(English, lesson), lib.page(lang, lesson)
	file := own.file
	if file == "" {
		file = path.Join(path.Dir(path.Dir(english.file)), string(lang), lesson+".md")
	}
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
	if own.file != "" && !own.untranslated {
		head.Line = 1
	}
	head.State = state(head.Line > 0, own.pin, english.hash)
	head.Unpinned = begun(own.pin, own.hash)
	out := make([]SectionStatus, 0, 1+len(english.sections))
	out = append(out, head)
	for _, source := range english.sections {
		st := SectionStatus{Lang: lang, Lesson: lesson, Step: source.Step, Hash: source.Hash, File: file}
		for _, s := range own.sections {
			switch {
			case s.Step != source.Step:
			case s.untranslated:
				st.Unpinned = begun(s.Pin, s.Hash)
			default:
				st.Pin, st.Line = s.Pin, s.line
			}
		}
		st.State = state(st.Line > 0, st.Pin, source.Hash)
		out = append(out, st)
	}
	return out
}

// Head is the name of a page's part before its first step (title, summary and
// introduction) where parts are named.
const Head = "head"

// Part is the name of the section: its step or [Head].
func (s SectionStatus) Part() string {
	if s.Step == "" {
		return Head
	}
	return s.Step
}

// CheckTranslations holds podlab's own languages to the English text: none has
// a stale section, and none lacks one of the lessons that must be there in all.
// The error, if any, is of type lessons.Problems.
func (lib *Library) CheckTranslations(inAll func(lesson string) bool) error {
	var problems lessons.Problems
	for _, s := range lib.Status() {
		if !slices.Contains(Langs, s.Lang) {
			continue
		}
		switch {
		case s.State == SectionStale:
			problems = append(problems, lessons.Problem{File: s.File, Line: s.Line, Message: say.T(
				"%s is stale, its English has changed: see 'podlab translate status %s --lang %s', then 'podlab translate pin %s %s --lang %s'",
				s.Part(), s.Lesson, s.Lang, s.Lesson, s.Part(), s.Lang)})
		case s.State == SectionMissing && inAll(s.Lesson):
			problems = append(problems, lessons.Problem{File: s.File, Message: say.T(
				"%s is not translated: 'podlab translate new %s' puts the English text there", s.Part(), s.Lang)})
		}
	}
	return problems.Err()
}

// MessageStatus is how many of the program's messages a language has.
type MessageStatus struct{ Total, Missing int }

// Messages says how many of the English messages and sentences a language has.
func (lib *Library) Messages(lang Lang) MessageStatus {
	m := lib.messages
	sentences := m.allSentences()
	s := MessageStatus{Total: len(m.keys(English)) + len(sentences)}
	for id := range m.keys(English) {
		if m.keys(lang)[id] == nil {
			s.Missing++
		}
	}
	own := m.translated(lang)
	for english := range sentences {
		if _, ok := own[english]; !ok && lang != English {
			s.Missing++
		}
	}
	return s
}

// Source is the text of a lesson's part in a language as a translator sees it:
// heading and body, without ids and pins. It is "" where the language has none.
func (lib *Library) Source(lang Lang, lesson, step string) string {
	text, _, _ := lib.page(lang, lesson).partText(step)
	return text
}

// SourceOf is Source of a file's text, such as an earlier one, with the hash
// of the part.
func SourceOf(data []byte, step string) (text, hash string) {
	p, _ := parsePage("", data) // what it may lack now is no matter
	text, hash, _ = p.partText(step)
	return text, hash
}
