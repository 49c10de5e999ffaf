package content

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// sentenceFiles hold what package say says, by the English sentence in the code:
// cli.yaml the words of the command line, reports.yaml errors, findings and
// reasons. Each sentence has a translation, or, where it counts, one for each
// plural form. English needs no such files.
var sentenceFiles = []string{"cli.yaml", "reports.yaml"}

// sentence is the translation of one English sentence.
type sentence struct {
	counted bool
	forms   map[string]string // by plural form; only "other" where it does not count
}

// sentences are a language's translations by their English, read when the first
// is asked for: a program that speaks one language need not read them all.
type sentences struct {
	lang  Lang
	files []file
	once  sync.Once
	// What follows is for those who have called read.
	all     map[string]sentence
	counted *i18n.Localizer
	broken  lessons.Problems
}

// read reads the files unless that is done. It is safe for concurrent use.
func (s *sentences) read() {
	s.once.Do(func() {
		s.all = map[string]sentence{}
		bundle := i18n.NewBundle(s.lang.tag())
		for _, f := range s.files {
			all, err := parseSentences(f.data)
			if err != nil {
				line, message := yamlMistake(err)
				s.broken = append(s.broken, lessons.Problem{File: f.name, Line: line, Message: message})
				continue
			}
			for english, own := range all {
				s.all[english] = own
				if own.counted {
					count(bundle, s.lang, english, own)
				}
			}
		}
		s.counted = i18n.NewLocalizer(bundle, string(s.lang))
	})
}

// check finds what is wrong with the translations.
func (s *sentences) check() lessons.Problems {
	s.read()
	problems := slices.Clone(s.broken)
	for _, f := range s.files {
		all, err := parseSentences(f.data)
		if err != nil {
			continue // reported
		}
		for _, english := range slices.Sorted(maps.Keys(all)) {
			line := lineOfKey(f.data, strconv.Quote(english))
			problems = append(problems, checkSentence(f.name, line, s.lang, english, all[english])...)
		}
	}
	return problems
}

func parseSentences(data []byte) (map[string]sentence, error) {
	var raw map[string]any
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	all := map[string]sentence{}
	for english, v := range raw {
		forms, counted := v.(map[string]any)
		if !counted {
			forms = map[string]any{"other": v}
		}
		s := sentence{counted, map[string]string{}}
		for form, text := range forms {
			s.forms[form] = fmt.Sprint(text)
		}
		all[english] = s
	}
	return all, nil
}

// count hands a sentence with plural forms to go-i18n, which knows which is for
// which number.
func count(bundle *i18n.Bundle, lang Lang, english string, s sentence) {
	f := s.forms
	_ = bundle.AddMessages(lang.tag(), &i18n.Message{ // fails only for languages without plural rules
		ID: english, Zero: f["zero"], One: f["one"], Two: f["two"], Few: f["few"], Many: f["many"], Other: f["other"],
	})
}

// checkSentence finds plural forms that lack, and values that a translation shows
// otherwise than its English.
func checkSentence(file string, line int, lang Lang, english string, s sentence) lessons.Problems {
	var problems lessons.Problems
	add := func(format string, args ...any) {
		problems = append(problems, lessons.Problem{File: file, Line: line, Message: say.T(format, args...)})
	}
	if s.counted {
		for _, form := range plurals(lang) {
			if s.forms[form] == "" {
				add("expected the plural form %q of %q", form, english)
			}
		}
	}
	for _, form := range slices.Sorted(maps.Keys(s.forms)) {
		want, got := Verbs(english), Verbs(s.forms[form])
		fits := slices.Equal(got, want) || s.counted && form != "other" && isPart(got, want)
		if !fits {
			add("expected the values %s as in %q, got %s", strings.Join(want, " "), english, strings.Join(got, " "))
		}
	}
	return problems
}

// isPart tells whether all of some is in all: a form for one thing need not show the number.
func isPart(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

var verb = regexp.MustCompile(`%[-+# 0]*(\d+|\*)?(?:\.(\d+|\*))?(?:\[(\d+)\])?([a-zA-Z%])`)

// Verbs are the values that a format shows, each as its number and its verb, in
// the order of their numbers: "1:s 2:d".
func Verbs(format string) []string {
	seen := map[string]bool{}
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[4] == "%" {
			continue
		}
		if m[3] != "" {
			next, _ = strconv.Atoi(m[3]) // digits
		}
		kind := m[4]
		if kind == "w" { // only an error that wraps has it
			kind = "v"
		}
		seen[fmt.Sprintf("%d:%s", next, kind)] = true
		next++
	}
	return slices.Sorted(maps.Keys(seen))
}

// allSentences are the English sentences that podlab's own languages translate.
func (m *messages) allSentences() map[string]bool {
	all := map[string]bool{}
	for _, lang := range Langs {
		for english := range m.translated(lang) {
			all[english] = true
		}
	}
	return all
}

// translated are the sentences that a language's files translate.
func (m *messages) translated(lang Lang) map[string]sentence {
	s := m.sentences[lang]
	if s == nil {
		return nil
	}
	s.read()
	return s.all
}

// Sentence implements [say.Language].
func (p *Printer) Sentence(english string) string {
	if p.lang == English || p.sentences == nil {
		return ""
	}
	p.sentences.read()
	return p.sentences.all[english].forms["other"]
}

// Counted implements [say.Language].
func (p *Printer) Counted(english string, n int) string {
	if p.lang == English || p.sentences == nil {
		return ""
	}
	p.sentences.read()
	if !p.sentences.all[english].counted {
		return ""
	}
	text, err := p.sentences.counted.Localize(&i18n.LocalizeConfig{MessageID: english, PluralCount: n, TemplateParser: template.IdentityParser{}})
	if err != nil {
		return ""
	}
	return text
}

// Decimal implements [say.Language].
func (p *Printer) Decimal() string { return p.T("number.decimal") }

// Say tells a sentence, an error or another text in the printer's language; what
// it lacks comes in English. See [say.In].
func (p *Printer) Say(v any) string { return say.In(p, v) }
