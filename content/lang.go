package content

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Lang is a language, by its folder's name: a tag such as "ja" or "pt-PT".
type Lang string

// Podlab's own languages, English (the source) first.
const (
	English    Lang = "en"
	Japanese   Lang = "ja"
	Ukrainian  Lang = "uk"
	Chinese    Lang = "zh"
	Portuguese Lang = "pt"
)

// Langs lists podlab's own languages in the order in which the program offers
// them. In each of them every lesson is there and current; a [Library] may have
// more.
var Langs = []Lang{English, Japanese, Ukrainian, Chinese, Portuguese}

// Name is what the speakers of the language call it.
func (l Lang) Name() string {
	switch l {
	case English:
		return "English"
	case Japanese:
		return "日本語"
	case Ukrainian:
		return "Українська"
	case Chinese:
		return "中文"
	case Portuguese:
		return "Português"
	}
	if name := display.Self.Name(l.tag()); name != "" {
		return name
	}
	return string(l)
}

// tag is the language for those who match and count by tags. A folder's short
// name stands for one variety.
func (l Lang) tag() language.Tag {
	switch l {
	case Chinese:
		return language.SimplifiedChinese
	case Portuguese:
		return language.BrazilianPortuguese
	}
	return language.Make(string(l))
}
