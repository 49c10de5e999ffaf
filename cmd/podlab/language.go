package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// library loads the words and decides the language: that of --lang, else of the
// configuration, else the one chosen on the screen last, else of the locale. A language that was asked for by name must
// be one that there is; what is not as the locale asks is told on standard
// error.
func (o *options) library() (*content.Library, content.Lang, error) {
	lib, lang, note, err := o.speak()
	o.note(note)
	return lib, lang, err
}

// speak is library for those who tell the note in their own way; see unnoted.
func (o *options) speak() (lib *content.Library, lang content.Lang, note string, err error) {
	from, err := o.folders()
	if err != nil {
		return nil, "", "", err
	}
	if lib, err = wordsOf(from); err != nil {
		return nil, "", "", err
	}
	lang, note, err = o.language(lib)
	return lib, lang, note, err
}

// language decides the language among those of a library.
func (o *options) language(lib *content.Library) (lang content.Lang, note string, err error) {
	base, _, _ := strings.Cut(strings.ReplaceAll(o.lang, "_", "-"), "-")
	if langs := lib.Langs(); o.lang != "" &&
		!slices.Contains(langs, content.Lang(o.lang)) && !slices.Contains(langs, content.Lang(strings.ToLower(base))) {
		return "", "", say.Errorf("unknown language %q: use one of %s", o.lang, langNames(langs))
	}
	wishes := []content.Wish{{Name: o.lang, From: "--lang"}, {Name: o.configured.Lang, From: configFile()}, {Name: keptLang(lib), From: dirs.Lang()}}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		wishes = append(wishes, content.Wish{Name: os.Getenv(name), From: name})
	}
	lang, note = lib.Detect(wishes...)
	return lang, note, nil
}

// keepLang keeps the language that was chosen on the screen, for the next start.
func keepLang(lang content.Lang) error {
	if err := dirs.Make(filepath.Dir(dirs.Lang())); err != nil {
		return err
	}
	return os.WriteFile(dirs.Lang(), []byte(lang+"\n"), 0o600)
}

// keptLang is the language that was kept, if the library has it.
func keptLang(lib *content.Library) string {
	data, err := os.ReadFile(dirs.Lang())
	if lang := strings.TrimSpace(string(data)); err == nil && slices.Contains(lib.Langs(), content.Lang(lang)) {
		return lang
	}
	return ""
}

func langNames(langs []content.Lang) string {
	names := make([]string, len(langs))
	for i, l := range langs {
		names[i] = string(l)
	}
	return strings.Join(names, ", ")
}
