package content

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// Detect picks the language: explicit (the --lang option) if it is not "", and
// else the first of LC_ALL, LC_MESSAGES and LANG that is set, as POSIX orders
// them. The note, if not "", tells the user in English what was not as asked:
// a language that podlab does not have, or a near one in its place.
func Detect(explicit string, env func(string) string) (lang Lang, note string) {
	if explicit != "" {
		return match(explicit, "--lang")
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			return match(v, name)
		}
	}
	return English, ""
}

// The tags that Langs stand for, in the same order.
var (
	tags = []language.Tag{
		language.English, language.Japanese, language.Ukrainian,
		language.SimplifiedChinese, language.BrazilianPortuguese,
	}
	matcher = language.NewMatcher(tags)
)

// match finds the language for a locale's name such as ja_JP.UTF-8@mod.
func match(locale, from string) (Lang, string) {
	name, _, _ := strings.Cut(locale, ".")
	name, _, _ = strings.Cut(name, "@")
	if name == "C" || name == "POSIX" {
		return English, ""
	}
	tag, err := language.Parse(strings.ReplaceAll(name, "_", "-"))
	if err != nil {
		return English, fmt.Sprintf("%s=%s is not a language that podlab knows: English is used", from, locale)
	}
	_, index, confidence := matcher.Match(tag)
	if confidence == language.No {
		return English, fmt.Sprintf("podlab does not speak %s (%s): English is used", name, from)
	}
	lang := Langs[index]
	if script, _ := tag.Script(); lang == Chinese && script.String() == "Hant" {
		return lang, fmt.Sprintf("podlab has Chinese in simplified characters only: it is used for %s", name)
	}
	return lang, ""
}
