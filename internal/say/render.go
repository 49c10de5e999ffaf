package say

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Language has translations of sentences.
type Language interface {
	// Sentence is the translation of an English format, or "".
	Sentence(english string) string
	// Counted is the translation of an English format of several for n things,
	// or "".
	Counted(english string, n int) string
	// Decimal is the sign between a number's whole part and its fraction.
	Decimal() string
}

// Sayer is what can be told in any language, such as an error that consists of
// several sentences.
type Sayer interface{ Said() Text }

// In tells v, a Text, an error or a plain string, in a language. What has no
// translation is told in English; the words of the system and of libraries stay as
// they are.
func In(lang Language, v any) string {
	switch v := v.(type) {
	case Text:
		return v.in(lang)
	case Sayer:
		return v.Said().in(lang)
	case error:
		return foreign(lang, v)
	}
	return fmt.Sprint(v)
}

// wrapVerb is the verb that only fmt.Errorf knows.
var wrapVerb = regexp.MustCompile(`%(\[\d+\])?w`)

func (t Text) in(lang Language) string {
	if t.key == "" {
		return t.english
	}
	var format string
	if t.counted {
		format = lang.Counted(t.key, t.n)
	} else {
		format = lang.Sentence(t.key)
	}
	args := make([]any, len(t.args))
	told := false
	for i, a := range t.args {
		args[i] = a
		switch a := a.(type) {
		case nil:
		case float64:
			args[i] = Number(lang, a)
		case Text, Sayer, error:
			args[i], told = In(lang, a), true
		}
	}
	switch {
	case format != "":
	case t.counted, !told: // counted sentences have no sentences in them
		return t.english
	default:
		format = t.key
	}
	if len(args) == 0 && t.english == t.key { // a percent sign is one
		return format
	}
	return fmt.Sprintf(wrapVerb.ReplaceAllString(format, "%${1}v"), args...)
}

// Number makes package fmt write a number with a language's decimal sign.
func Number(lang Language, n float64) fmt.Formatter { return fraction{n, lang.Decimal()} }

type fraction struct {
	n       float64
	decimal string
}

// Format implements fmt.Formatter.
func (f fraction) Format(s fmt.State, verb rune) {
	_, _ = io.WriteString(s, strings.Replace(fmt.Sprintf(fmt.FormatString(s, verb), f.n), ".", f.decimal, 1)) // fmt's own buffer
}

// foreign tells an error that is not of this package: its own words, and what it
// wraps in the language.
func foreign(lang Language, err error) string {
	text := err.Error()
	switch e := err.(type) { //nolint:errorlint // each layer is told by itself
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return swap(text, inner.Error(), In(lang, inner))
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			text = swap(text, inner.Error(), In(lang, inner))
		}
	}
	return text
}

// swap puts a translation in the place of what it translates.
func swap(text, english, told string) string {
	if english == "" || english == told {
		return text
	}
	return strings.Replace(text, english, told, 1)
}
