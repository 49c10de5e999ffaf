package content

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// messages are the program's own words, by language.
type messages struct {
	bundle *i18n.Bundle
	ids    map[Lang]map[string]map[string]string // language, id, plural form
	// sentences are translations by their English, see [say].
	sentences map[Lang]*sentences
}

// loadMessages reads the languages' messages.yaml, English first: each key has a
// text, or one text for each of the language's plural forms.
func loadMessages(files []file) (*messages, lessons.Problems) {
	m := &messages{bundle: i18n.NewBundle(language.English), ids: map[Lang]map[string]map[string]string{}, sentences: map[Lang]*sentences{}}
	m.bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	var problems lessons.Problems
	for _, f := range files {
		var any map[string]any
		if yaml.Unmarshal(f.data, &any) == nil && len(any) == 0 {
			continue // nothing is translated yet
		}
		parsed, err := m.bundle.ParseMessageFileBytes(f.data, string(f.lang)+".yaml")
		if err != nil {
			line, message := yamlMistake(err)
			problems = append(problems, lessons.Problem{File: f.name, Line: line, Message: message})
			continue
		}
		m.ids[f.lang] = map[string]map[string]string{}
		for _, msg := range parsed.Messages {
			forms := pluralForms(msg)
			m.ids[f.lang][msg.ID] = forms
			problems = append(problems, checkMessage(f.name, lineOfKey(f.data, msg.ID), f.lang, msg.ID, forms)...)
		}
		if f.lang != English {
			problems = append(problems, compareKeys(f, m.ids[English], m.ids[f.lang])...)
		}
	}
	return m, problems
}

// addSentences notes the files of sentences, to be read when one is needed.
func (m *messages) addSentences(files []file) {
	for _, f := range files {
		if m.sentences[f.lang] == nil {
			m.sentences[f.lang] = &sentences{lang: f.lang}
		}
		m.sentences[f.lang].files = append(m.sentences[f.lang].files, f)
	}
}

// has tells whether a language has any message or sentence. It reads no files of
// sentences: one with more than remarks has some.
func (m *messages) has(lang Lang) bool {
	s := m.sentences[lang]
	return len(m.ids[lang]) > 0 || s != nil && slices.ContainsFunc(s.files, func(f file) bool { return messageLine.Match(f.data) })
}

func pluralForms(m *i18n.Message) map[string]string {
	all := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	maps.DeleteFunc(all, func(_, v string) bool { return v == "" })
	return all
}

// plurals are the forms that whole numbers take in a language, by CLDR, and
// "other", which is for all other numbers and which go-i18n asks for.
func plurals(lang Lang) []string {
	names := map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two",
		plural.Few: "few", plural.Many: "many", plural.Other: "other",
	}
	forms := map[string]bool{"other": true}
	for n := range 200 {
		forms[names[plural.Cardinal.MatchPlural(lang.tag(), n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(forms))
}

// checkMessage finds plural messages that lack a form, and broken templates.
func checkMessage(file string, line int, lang Lang, id string, forms map[string]string) lessons.Problems {
	var problems lessons.Problems
	have := slices.Sorted(maps.Keys(forms))
	if len(have) > 1 {
		for _, f := range plurals(lang) {
			if forms[f] == "" {
				problems = append(problems, lessons.Problem{File: file, Line: line, Message: say.T("expected the plural form %q of %s", f, id)})
			}
		}
	} else if forms["other"] == "" {
		problems = append(problems, lessons.Problem{File: file, Line: line, Message: say.T("expected a text for %s", id)})
	}
	for _, f := range have {
		if _, err := template.New(id).Parse(forms[f]); err != nil {
			problems = append(problems, lessons.Problem{File: file, Line: line, Message: say.T("%s: %v", id, err)})
		}
	}
	return problems
}

// compareKeys finds keys that English lacks and, in podlab's own languages,
// those that are missing.
func compareKeys(f file, english, own map[string]map[string]string) lessons.Problems {
	var problems lessons.Problems
	for _, id := range slices.Sorted(maps.Keys(english)) {
		if own[id] == nil && slices.Contains(Langs, f.lang) {
			problems = append(problems, lessons.Problem{File: f.name, Message: say.T("expected the key %q, which English has", id)})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(own)) {
		if english[id] == nil {
			problems = append(problems, lessons.Problem{File: f.name, Line: lineOfKey(f.data, id), Message: say.T("unknown key %q: English has none such", id)})
		}
	}
	return problems
}

// lineOfKey is the line on which a top-level key stands; 0 when it is not found.
func lineOfKey(data []byte, key string) int {
	for i, l := range bytes.Split(data, []byte("\n")) {
		if bytes.HasPrefix(l, []byte(key+":")) {
			return i + 1
		}
	}
	return 0
}

// Printer says the program's own messages in one language. It is safe for
// concurrent use.
type Printer struct {
	lang      Lang
	localizer *i18n.Localizer
	sentences *sentences // nil where the language has none
}

// Printer returns the messages in a language; what it lacks comes in English.
func (lib *Library) Printer(lang Lang) *Printer {
	if lib.messages == nil {
		return &Printer{lang: lang, localizer: i18n.NewLocalizer(i18n.NewBundle(language.English))}
	}
	return &Printer{lang, i18n.NewLocalizer(lib.messages.bundle, string(lang), string(English)), lib.messages.sentences[lang]}
}

// Lang is the printer's language.
func (p *Printer) Lang() Lang { return p.lang }

// T returns the message id. Its template's values are given as pairs of name
// and value: p.T("cluster.lost", "Error", err). The value of Count, a whole
// number, picks the plural form;
// texts of package say and errors are told in the printer's language. An id that no language has comes back as it
// is, so that a mistake is seen and nothing breaks.
func (p *Printer) T(id string, pairs ...any) string {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		value := pairs[i+1]
		switch value.(type) {
		case say.Text, say.Sayer, error:
			value = p.Say(value)
		}
		data[fmt.Sprint(pairs[i])] = value
	}
	return p.message(id, data)
}

// T returns the message id in a language, with the values of its template's
// names. See [Printer.T].
func (lib *Library) T(lang Lang, id string, data map[string]any) string {
	return lib.Printer(lang).message(id, data)
}

func (p *Printer) message(id string, data map[string]any) string {
	config := &i18n.LocalizeConfig{MessageID: id, TemplateData: data}
	if n, ok := data["Count"]; ok {
		config.PluralCount = n
	}
	text, err := p.localizer.Localize(config)
	if text == "" && err != nil {
		return id
	}
	return strings.TrimRight(text, "\n")
}
