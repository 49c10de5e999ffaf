// Package say keeps what the program says as sentences that can be told in any
// language. The English sentence in the code, a format as package fmt has them,
// is the key of its translations. A [Text] or an error made here keeps the format
// and its values; the outermost place renders it in the learner's language with
// [In]. Everywhere else (logs, journals, JSON, tests) it is English.
package say

import (
	"fmt"
	"strings"
)

// Text is what is to be said: a sentence with its values, or a plain text that is
// the same in all languages. The zero Text is empty. Its JSON is the English
// string; what is read back from that is plain.
type Text struct {
	english string
	// key is the English format by which translations are found; "" in a plain
	// text.
	key     string
	args    []any
	counted bool // by n
	n       int
}

// T is the sentence of an English format, with its values. Values that are
// Texts or errors are rendered in the language of the whole.
func T(format string, args ...any) Text {
	return Text{english: fmt.Sprintf(format, args...), key: format, args: args}
}

// Count is a sentence about n things. English has the two forms; translations
// have those of their language. The values must hold n if a form shows it.
func Count(n int, one, other string, args ...any) Text {
	format := other
	if n == 1 {
		format = one
	}
	return Text{english: fmt.Sprintf(format, args...), key: other, args: args, counted: true, n: n}
}

// Fixed is a sentence without values that is not written down where it is said,
// such as a command's help.
func Fixed(english string) Text { return Text{english: english, key: english} }

// Plain is a text that is no sentence of podlab's: a name, figures, or what
// another program has said.
func Plain(s string) Text { return Text{english: s} }

// Of is the text of an error; empty of nil.
func Of(err error) Text {
	if err == nil {
		return Text{}
	}
	return T("%v", err)
}

// Join puts texts together with sep between them.
func Join(sep string, texts ...Text) Text {
	switch len(texts) {
	case 0:
		return Text{}
	case 1:
		return texts[0]
	}
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = t
	}
	format := strings.Repeat(strings.ReplaceAll(sep, "%", "%%")+"%s", len(texts))[len(strings.ReplaceAll(sep, "%", "%%")):]
	return T(format, args...)
}

// String is the text in English.
func (t Text) String() string { return t.english }

// IsZero tells whether there is nothing to say.
func (t Text) IsZero() bool { return t.english == "" }

// Equal tells whether two texts say the same.
func (t Text) Equal(u Text) bool { return t.english == u.english }

// MarshalText implements encoding.TextMarshaler.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.english), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Text) UnmarshalText(b []byte) error {
	*t = Plain(string(b))
	return nil
}
