package content

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"

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

// loadSentences reads what the languages' files translate.
func (m *messages) loadSentences(files []file) lessons.Problems {
	var problems lessons.Problems
	for _, f := range files {
		all, err := parseSentences(f.data)
		if err != nil {
			line, message := yamlMistake(err)
			problems = append(problems, lessons.Problem{File: f.name, Line: line, Message: message})
			continue
		}
		if m.sentences[f.lang] == nil {
			m.sentences[f.lang] = map[string]sentence{}
		}
		for _, english := range slices.Sorted(maps.Keys(all)) {
			s := all[english]
			line := lineOfKey(f.data, strconv.Quote(english))
			problems = append(problems, checkSentence(f.name, line, f.lang, english, s)...)
			m.sentences[f.lang][english] = s
			if s.counted {
				m.count(f.lang, english, s)
			}
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
func (m *messages) count(lang Lang, english string, s sentence) {
	f := s.forms
	_ = m.bundle.AddMessages(language.Make(string(lang)), &i18n.Message{ // fails only for languages without plural rules
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
		for english := range m.sentences[lang] {
			all[english] = true
		}
	}
	return all
}

// Sentence implements [say.Language].
func (p *Printer) Sentence(english string) string {
	if p.lang == English {
		return ""
	}
	return p.sentences[p.lang][english].forms["other"]
}

// Counted implements [say.Language].
func (p *Printer) Counted(english string, n int) string {
	if p.lang == English || !p.sentences[p.lang][english].counted {
		return ""
	}
	text, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: english, PluralCount: n, TemplateParser: template.IdentityParser{}})
	if err != nil {
		return ""
	}
	return text
}

// Say tells a sentence, an error or another text in the printer's language; what
// it lacks comes in English. See [say.In].
func (p *Printer) Say(v any) string { return say.In(p, v) }
