package content

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Wish is a language that someone asks for: by its tag (ja, pt-BR) or as a
// locale (ja_JP.UTF-8).
type Wish struct {
	Name string // "" asks for nothing
	From string // who asks, such as "--lang" or "LC_ALL"
}

// Detect picks the language of the first wish that asks for one, or English.
// The note, if not "", tells the reader in that language what is not as asked:
// a language that the library does not have, or a near one in its place.
func (lib *Library) Detect(wishes ...Wish) (lang Lang, note string) {
	i := slices.IndexFunc(wishes, func(w Wish) bool { return w.Name != "" })
	if i < 0 {
		return English, ""
	}
	wish := wishes[i]
	name, _, _ := strings.Cut(wish.Name, ".")
	name, _, _ = strings.Cut(name, "@")
	if name == "C" || name == "POSIX" {
		return English, ""
	}
	none := func() (Lang, string) {
		return English, lib.Printer(English).T("language.none", "Name", wish.Name, "From", wish.From)
	}
	wanted, err := language.Parse(strings.ReplaceAll(name, "_", "-"))
	if err != nil {
		return none()
	}
	langs := lib.Langs()
	tags := make([]language.Tag, len(langs))
	for i, l := range langs {
		tags[i] = l.tag()
	}
	_, index, confidence := language.NewMatcher(tags).Match(wanted)
	if confidence == language.No {
		return none()
	}
	lang = langs[index]
	if script, _ := wanted.Script(); lang == Chinese && script.String() == "Hant" {
		return lang, lib.Printer(lang).T("language.simplified", "Name", name)
	}
	return lang, ""
}
