package content

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// messages are the program's own words, by language.
type messages struct {
	own map[Lang]*ownMessages
	// sentences are translations by their English, see [say].
	sentences map[Lang]*sentences
}

// newMessages notes the languages' messages.yaml, to be read when a message is
// needed.
func newMessages(files []file) *messages {
	m := &messages{own: map[Lang]*ownMessages{}, sentences: map[Lang]*sentences{}}
	for _, f := range files {
		m.own[f.lang] = &ownMessages{file: f}
	}
	return m
}

// ownMessages are a language's messages.yaml, read when the first is asked for.
// Each key has a text, or one text for each of the language's plural forms.
type ownMessages struct {
	file file
	once sync.Once
	// What follows is for those who have called read.
	all       map[string]*i18n.Message
	localizer *i18n.Localizer
	broken    lessons.Problems
}

// read reads the file unless that is done. It is safe for concurrent use.
func (m *ownMessages) read() {
	m.once.Do(func() {
		tag := m.file.lang.tag()
		bundle := i18n.NewBundle(tag)
		m.all, m.localizer = map[string]*i18n.Message{}, i18n.NewLocalizer(bundle, tag.String())
		if !m.any() {
			return
		}
		all, err := i18n.ParseMessageBytes(m.file.data, yaml.Unmarshal)
		if err == nil {
			err = bundle.AddMessages(tag, all...)
		}
		if err != nil {
			line, message := yamlMistake(err)
			m.broken = lessons.Problems{{File: m.file.name, Line: line, Message: message}}
			return
		}
		for _, msg := range all {
			m.all[msg.ID] = msg
		}
	})
}

// any tells whether there is more than remarks. It reads nothing.
func (m *ownMessages) any() bool { return messageLine.Match(m.file.data) }

// keys are the messages by their id; none of a language that has no file.
func (m *messages) keys(lang Lang) map[string]*i18n.Message {
	own := m.own[lang]
	if own == nil {
		return nil
	}
	own.read()
	return own.all
}

// check finds what is wrong with the languages' messages.
func (m *messages) check() lessons.Problems {
	var problems lessons.Problems
	for lang, own := range m.own {
		all := m.keys(lang)
		problems = append(problems, own.broken...)
		for id, msg := range all {
			problems = append(problems, checkMessage(own.file.name, lineOfKey(own.file.data, id), lang, id, pluralForms(msg))...)
		}
		if lang != English && len(all) > 0 {
			problems = append(problems, compareKeys(own.file, m.keys(English), all)...)
		}
	}
	return problems
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

// has tells whether a language has any message or sentence. It reads nothing: a
// file with more than remarks has some.
func (m *messages) has(lang Lang) bool {
	own, s := m.own[lang], m.sentences[lang]
	return own != nil && own.any() || s != nil && slices.ContainsFunc(s.files, func(f file) bool { return messageLine.Match(f.data) })
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
func compareKeys(f file, english, own map[string]*i18n.Message) lessons.Problems {
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
	lang Lang
	// own are the language's messages, then the English ones.
	own       []*ownMessages
	sentences *sentences // nil where the language has none
}

// Printer returns the messages in a language; what it lacks comes in English.
// What is needed of them is read when the first is told.
func (lib *Library) Printer(lang Lang) *Printer {
	p := &Printer{lang: lang}
	if lib.messages == nil {
		return p
	}
	for _, l := range []Lang{lang, English} {
		if own := lib.messages.own[l]; own != nil {
			p.own = append(p.own, own)
		}
	}
	p.sentences = lib.messages.sentences[lang]
	return p
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
	for _, own := range p.own {
		own.read()
		if text, err := own.localizer.Localize(config); text != "" || err == nil {
			return strings.TrimRight(text, "\n")
		}
	}
	return id
}
