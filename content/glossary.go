package content

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// A glossary says how a language calls things: <lang>/glossary.yaml, with what
// those of earlier folders say besides.
type glossary struct {
	file  string
	from  int // the folder
	terms []term
	own   []term // of this file alone
}

// term is one English term with its one translation.
type term struct {
	English string `yaml:"en"`
	// Use are the forms of the translation. A form that ends in * stands for all
	// words that begin so. Without any the English word stays as it is.
	Use forms `yaml:"use"`
	// Not are translations and spellings that are not to be used.
	Not forms `yaml:"not"`

	file     string
	line     int
	use, not []pattern
}

// forms is one form or a list of them.
type forms []string

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (f *forms) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if err := unmarshal(&one); err == nil {
		*f = forms{one}
		return nil
	}
	var all []string
	err := unmarshal(&all)
	*f = all
	return err
}

// name says whether the term stays as it is in English.
func (t term) name() bool { return len(t.Use) == 0 }

// write is what to write for the term.
func (t term) write() string {
	if t.name() {
		return t.English
	}
	return strings.ReplaceAll(t.Use[0], "*", "…")
}

func parseGlossary(f file) (*glossary, lessons.Problems) {
	g := &glossary{file: f.name, from: f.from}
	var data struct {
		Terms []term `yaml:"terms"`
	}
	if err := yaml.UnmarshalWithOptions(f.data, &data, yaml.DisallowUnknownField()); err != nil {
		line, message := yamlMistake(err)
		return g, lessons.Problems{{File: f.name, Line: line, Message: message}}
	}
	var problems lessons.Problems
	seen := map[string]bool{}
	lines := strings.Split(string(f.data), "\n")
	next := 0
	for _, t := range data.Terms {
		for next < len(lines) && !strings.Contains(lines[next], "en: "+t.English) {
			next++
		}
		t.file, t.line = f.name, next+1
		t.use, t.not = patterns(t.Use), patterns(t.Not)
		if t.name() {
			t.use = patterns(forms{t.English})
		}
		g.own = append(g.own, t)
		problem := func(format string, args ...any) {
			problems = append(problems, lessons.Problem{File: f.name, Line: t.line, Message: say.T(format, args...)})
		}
		switch {
		case t.English == "":
			problem("expected an English term: en")
		case seen[t.English]:
			problem("expected one entry for %q: there is another above", t.English)
		}
		for _, form := range t.Not {
			if slices.Contains(t.Use, form) {
				problem("%q is both to be used and not to be used", form)
			}
		}
		seen[t.English] = true
	}
	g.terms = g.own
	return g, problems
}

// add puts the terms of an earlier folder's glossary below those of this one,
// which count where both have one.
func (g *glossary) add(earlier *glossary) {
	terms := slices.Clone(g.own)
	for _, t := range earlier.terms {
		if !slices.ContainsFunc(g.own, func(own term) bool { return own.English == t.English }) {
			terms = append(terms, t)
		}
	}
	g.terms = terms
}

// check finds words in a file of a language that its glossary rules out.
func (g *glossary) check(f file) lessons.Problems {
	var problems lessons.Problems
	for i, line := range plainLines(f) {
		line = original.ReplaceAllString(line, " ")
		for _, t := range g.terms {
			for _, p := range t.not {
				found := p.find(line)
				if found != "" { // クラスタ is wrong, but not where it begins クラスター
					found = p.find(g.withoutRight(line))
				}
				if found != "" {
					problems = append(problems, lessons.Problem{File: f.name, Line: i + 1, Message: say.T(
						"%q for %q: write %q (%s:%d)", found, t.English, t.write(), t.file, t.line)})
				}
			}
		}
	}
	return problems
}

// withoutRight blanks all that is as it is to be written, the longest forms
// first.
func (g *glossary) withoutRight(line string) string {
	var all []pattern
	for _, t := range g.terms {
		for _, p := range t.use {
			if p.find(line) != "" {
				all = append(all, p)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pattern) int { return len(b.form) - len(a.form) })
	for _, p := range all {
		line = p.blank(line)
	}
	return line
}

// often is how many times an English text speaks of a term before its
// translation must: a word or two may be said in another way.
const often = 3

// compare finds terms that the English file has often and the translation never:
// there it calls them something else.
func (g *glossary) compare(english, own file) lessons.Problems {
	var problems lessons.Problems
	source := strings.Join(plainLines(english), " ")
	text := strings.Join(plainLines(own), " ")
	joined := strings.Join(plainLines(own), "") // Japanese and Chinese words go on over the end of a line
	longest := slices.SortedFunc(slices.Values(g.terms), func(a, b term) int { return len(b.English) - len(a.English) })
	for _, t := range longest {
		in := englishPattern(t)
		times := len(in.FindAllString(source, -1))
		source = in.ReplaceAllString(source, "·") // what is part of a longer term is none of its own
		there := slices.ContainsFunc(t.use, func(p pattern) bool { return p.find(text) != "" || p.find(joined) != "" })
		if !there && times >= often {
			problems = append(problems, lessons.Problem{File: own.name, Message: say.T(
				"the English text has %q %d times, this one never %q: write that (%s:%d)", t.English, times, t.write(), t.file, t.line)})
		}
	}
	return problems
}

// englishPattern finds a term or its plural.
func englishPattern(t term) *regexp.Regexp {
	word := regexp.QuoteMeta(t.English)
	if base, ok := strings.CutSuffix(word, "y"); ok {
		word = base + "(?:y|ies)"
	} else {
		word += "(?:s|es)?"
	}
	if !t.name() {
		word = "(?i)" + word
	}
	return regexp.MustCompile(`\b` + word + `\b`)
}

// pattern is a form to look for in text, each * of it being any letters.
type pattern struct {
	form string
	// begins is what a text that has the form has in any case, to pass over
	// most texts quickly; fold, that the case of letters is no matter.
	begins string
	fold   bool
	re     *regexp.Regexp
}

func patterns(all forms) []pattern {
	out := make([]pattern, len(all))
	for i, form := range all {
		out[i] = newPattern(form)
	}
	return out
}

// newPattern reads a form; one in small letters is found whatever the case.
func newPattern(form string) pattern {
	begins, _, _ := strings.Cut(form, "*")
	p := pattern{form: form, begins: begins, fold: strings.ToLower(form) == form}
	expr := strings.ReplaceAll(regexp.QuoteMeta(form), `\*`, `\p{L}*`)
	if p.fold {
		expr = "(?i)" + expr
	}
	p.re = regexp.MustCompile(expr)
	return p
}

// find returns the first place in the text that has the form, or "".
func (p pattern) find(text string) string {
	start, end := p.index(text)
	return text[start:end]
}

// blank takes all places that have the form out of the text.
func (p pattern) blank(text string) string {
	for {
		start, end := p.index(text)
		if end == 0 {
			return text
		}
		text = text[:start] + "·" + text[end:]
	}
}

// index is where the text has the form as words of their own; 0, 0 if nowhere.
func (p pattern) index(text string) (start, end int) {
	if !strings.Contains(text, p.begins) && (!p.fold || !strings.Contains(strings.ToLower(text), p.begins)) {
		return 0, 0
	}
	for from := 0; from < len(text); {
		at := p.re.FindStringIndex(text[from:])
		if at == nil {
			break
		}
		start, end = from+at[0], from+at[1]
		if !goesOn(text[:start], text[start:], false) && !goesOn(text[end:], text[:end], true) {
			return start, end
		}
		_, size := utf8.DecodeRuneInString(text[start:])
		from = start + size
	}
	return 0, 0
}

// identifier are the marks by which names in program text go on.
const identifier = "-_./"

// goesOn says whether the word at the edge of in goes on in out, which lies
// before it, or after it.
func goesOn(out, in string, after bool) bool {
	rune1, rune2 := utf8.DecodeLastRuneInString, utf8.DecodeRuneInString
	if after {
		rune1, rune2 = rune2, rune1
	}
	next, size := rune1(out)
	last, _ := rune2(in)
	if !inWord(last) {
		return false
	}
	if last < utf8.RuneSelf && strings.ContainsRune(identifier, next) { // memory-demo, not the end of a sentence
		if after {
			out = out[size:]
		} else {
			out = out[:len(out)-size]
		}
		next, _ = rune1(out)
	}
	return inWord(next)
}

// inWord says whether words in a script with spaces may go on across r. An
// apostrophe before an ending (Podʼа) does not go on with the name.
func inWord(r rune) bool {
	return r != 'ʼ' && r != '’' && r != utf8.RuneError && !isCJK(r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

var (
	inlineCode  = regexp.MustCompile("`[^`]*`")
	braces      = regexp.MustCompile(`\{\{.*?\}\}|\{#[^}]*\}`)
	destination = regexp.MustCompile(`\]\([^)]*\)|<https?:[^>]*>`)
	original    = regexp.MustCompile(`[（(][*]?[A-Za-z][A-Za-z ,-]*[)）]`) // the English word beside its translation
	messageKey  = regexp.MustCompile(`^\s*(?:[\w.-]+|"(?:[^"\\]|\\.)*"):`)
)

// plainLines are a file's lines without what is no prose: code, shortcodes,
// addresses, keys and remarks.
func plainLines(f file) []string {
	lines := strings.Split(string(f.data), "\n")
	messages := strings.HasSuffix(f.base, ".yaml")
	fence := false
	for i, l := range lines {
		toggles := fenceLine.MatchString(l)
		switch {
		case toggles, fence, strings.HasPrefix(strings.TrimSpace(l), "<!--"), messages && strings.HasPrefix(l, "#"):
			lines[i] = ""
		default:
			l = inlineCode.ReplaceAllString(l, "`")
			l = braces.ReplaceAllString(l, " ")
			l = destination.ReplaceAllString(l, " ")
			if messages {
				l = messageKey.ReplaceAllString(l, "")
			}
			lines[i] = strings.ReplaceAll(l, "*", "")
		}
		fence = fence != toggles
	}
	return lines
}
