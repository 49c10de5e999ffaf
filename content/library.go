package content

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// Shipped holds the words that are built into the program.
//
//go:embed */*.md */includes/*.md */messages.yaml */cli.yaml */reports.yaml */glossary.yaml
var Shipped embed.FS

// Library is all prose and all messages in all languages. It is safe for
// concurrent use.
type Library struct {
	files    files
	langs    []Lang                    // podlab's own, then those found
	pages    map[Lang]map[string]*page // by language and lesson
	messages *messages
	problems lessons.Problems // of the pages
}

// Folder is a place that holds words: <lang>/<lesson>.md, <lang>/messages.yaml,
// <lang>/cli.yaml, <lang>/reports.yaml and <lang>/glossary.yaml.
type Folder struct {
	// Name is put before the names of its files where problems and states
	// name them.
	Name string
	FS   fs.FS
}

var shipped = sync.OnceValues(func() (*Library, error) { return Load(Shipped) })

// Default returns the library that is built into the program.
func Default() (*Library, error) { return shipped() }

// Load reads the words of one folder. See [LoadFolders].
func Load(fsys fs.FS) (*Library, error) { return LoadFolders(Folder{FS: fsys}) }

// LoadFolders reads the words of all languages; a file that several folders have
// is taken from the last of them. A folder named like a language's tag ("de",
// "pt-PT") that holds words is a language, podlab's own or not.
//
// Mistakes in the files do not make it fail: they are part of what Check
// reports, and the sections that hold them read as far as they could be.
func LoadFolders(folders ...Folder) (*Library, error) {
	lib, err := LoadMessages(folders...)
	if err != nil {
		return nil, err
	}
	for _, f := range lib.files.named("*.md") {
		p, problems := parsePageIn(f.name, f.data, lib.surroundings(f.lang))
		lib.pages[f.lang][strings.TrimSuffix(f.base, ".md")] = p
		lib.problems = append(lib.problems, problems...)
	}
	return lib, nil
}

// LoadMessages is LoadFolders without the lessons' prose, for those who only tell
// messages: it takes a fraction of the time.
func LoadMessages(folders ...Folder) (*Library, error) {
	all, err := gather(folders)
	if err != nil {
		return nil, say.Errorf("cannot read the words: %w", err)
	}
	lib := &Library{files: all, langs: all.langs(), pages: map[Lang]map[string]*page{}}
	for _, lang := range lib.langs {
		lib.pages[lang] = map[string]*page{}
	}
	lib.messages = newMessages(all.named("messages.yaml"))
	for _, name := range sentenceFiles {
		lib.messages.addSentences(all.named(name))
	}
	return lib, nil
}

// surroundings are what the pages of a language take from elsewhere.
func (lib *Library) surroundings(lang Lang) scanner {
	return scanner{
		say: func(id string) string { return lib.T(lang, id, nil) },
		include: func(name string) (file, text string, ok bool) {
			for _, l := range []Lang{lang, English} {
				if f, there := lib.files[path.Join(string(l), includes, name)]; there {
					return f.name, string(f.data), true
				}
			}
			return "", "", false
		},
	}
}

// Langs are the languages that have any words, English first.
func (lib *Library) Langs() []Lang {
	var out []Lang
	for _, l := range lib.langs {
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
		if p.untranslated {
			continue
		}
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
			s = asked(s, source.Section)
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

// section returns what the page says of a step, unless that is no translation.
func (p *page) section(step string) (Section, bool) {
	i := slices.IndexFunc(p.sections, func(s pageSection) bool { return s.Step == step && !s.untranslated })
	if i < 0 {
		return Section{}, false
	}
	return p.sections[i].Section, true
}
