package content

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/podlab/podlab/internal/say"
)

// A language's messages and sentences are read when it speaks, those of others
// are not.
func TestWordsAreReadWhenNeeded(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	lib, err := LoadMessages(Folder{FS: fstest.MapFS{
		"en/messages.yaml": file("hello: Hello\n"),
		"uk/messages.yaml": file("hello: Вітання\n"),
		"uk/cli.yaml":      file("\"no %s\": \"немає: %s\"\n"),
		"uk/reports.yaml":  file("\"%d files\":\n  one: \"%d файл\"\n  few: \"%d файли\"\n  many: \"%d файлів\"\n  other: \"%d файлу\"\n"),
		"ja/reports.yaml":  file("\"no %s\": \"%sなし\"\n"),
		"de/reports.yaml":  file("# nothing yet\n"),
		"pt/cli.yaml":      file("\"no %s\": [\n"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := lib.Langs(); strings.Join(langStrings(got), " ") != "en ja uk pt" {
		t.Errorf("the languages are %v", got)
	}
	for lang, s := range lib.messages.sentences {
		if s.all != nil || lib.messages.own[lang] != nil && lib.messages.own[lang].all != nil {
			t.Errorf("%s was read though nothing was said", lang)
		}
	}
	p := lib.Printer("uk")
	if got := p.T("hello"); got != "Вітання" || lib.messages.own[English].all != nil {
		t.Errorf("%q in Ukrainian; was English read for it: %t", got, lib.messages.own[English].all != nil)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n, want := range map[int]string{1: "1 файл", 3: "3 файли", 5: "5 файлів", 21: "21 файл"} {
				if got := p.Say(say.Count(n, "%d file", "%d files", n)); got != want {
					t.Errorf("%d: %q, want %q", n, got, want)
				}
			}
		})
	}
	all.Wait()
	if got := p.Say(say.T("no %s", "x")); got != "немає: x" {
		t.Errorf("%q", got)
	}
	if s := lib.messages.sentences["ja"]; s.all != nil {
		t.Error("Japanese was read for a word in Ukrainian")
	}
	if got := lib.Printer("pt").Say(say.T("no %s", "x")); got != "no x" {
		t.Errorf("a broken file says %q", got)
	}
	if err := lib.Check(nil); err == nil || !strings.HasPrefix(err.Error(), "pt/cli.yaml:") {
		t.Errorf("the check finds %v", err)
	}
	if got := lib.Messages("ja"); got != (MessageStatus{Total: 3, Missing: 2}) {
		t.Errorf("Japanese has %+v", got)
	}
}

func langStrings(langs []Lang) []string {
	var out []string
	for _, l := range langs {
		out = append(out, string(l))
	}
	return out
}

// A library of nothing says all in English.
func TestEmptyLibrary(t *testing.T) {
	p := new(Library).Printer("ja")
	if got := p.Say(say.T("no %s", "x")) + p.T("hello"); got != "no xhello" {
		t.Errorf("%q", got)
	}
}

// A new language's sentences are all there to be translated, and none is yet.
func TestSkeletonSentences(t *testing.T) {
	got := string(SkeletonSentences("de", []byte("# Japanese\n\n# cmd\n\"no %s\": \"%sなし\"\n\"%d files\":\n  other: \"%d個\"\n")))
	if want := "\n# cmd\n#\"no %s\": \"no %s\"\n#\"%d files\":\n#  one: \"%d files\"\n#  other: \"%d files\"\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%s", got)
	}
	untranslated, err := parseSentences([]byte(got))
	if err != nil || len(untranslated) != 0 {
		t.Errorf("%v, %v", untranslated, err)
	}
	all, err := parseSentences([]byte(strings.ReplaceAll(strings.ReplaceAll(got, "\n#\"", "\n\""), "\n#  ", "\n  ")))
	if err != nil || !all["%d files"].counted || all["no %s"].forms["other"] != "no %s" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestVerbs(t *testing.T) {
	for format, want := range map[string]string{
		"%s of %d": "1:s 2:d", "%[2]d %[1]s": "1:s 2:d", "%.1[2]f: %[1]w": "1:v 2:f", "100%% %v": "1:v", "none": "",
	} {
		if got := strings.Join(Verbs(format), " "); got != want {
			t.Errorf("%q has %q, want %q", format, got, want)
		}
	}
}
