package words

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/podlab/podlab/content"
)

var rooms = []string{"cmd", "tui", "engine", "cluster", "lessons", "content", "internal"}

// translations are a language's sentences with the file that has them.
func translations(t *testing.T, lang content.Lang) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"cli.yaml", "reports.yaml"} {
		file := string(lang) + "/" + name
		data, err := content.Shipped.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var own map[string]any
		if err := yaml.Unmarshal(data, &own); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for english := range own {
			if other := all[english]; other != "" {
				t.Errorf("%s: %q is in %s as well", file, english, other)
			}
			all[english] = file
		}
	}
	return all
}

func sentences(t *testing.T) map[string]found {
	t.Helper()
	all := map[string]found{}
	for _, room := range rooms {
		here, faults, err := walk("../..", room)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults {
			t.Error(f)
		}
		for _, s := range here {
			if before, ok := all[s.english]; ok {
				s.cli = s.cli && before.cli // what is both is a report
				s.counted = s.counted || before.counted
			}
			all[s.english] = s
		}
	}
	if len(all) < 300 {
		t.Fatalf("the source has %d sentences only: the walk passes them over", len(all))
	}
	return all
}

func TestEverySentenceIsTranslated(t *testing.T) {
	said := sentences(t)
	for _, lang := range content.Langs {
		if lang == content.English {
			continue
		}
		own := translations(t, lang)
		missing := map[string][]string{}
		for _, english := range slices.SortedFunc(maps.Keys(said), func(a, b string) int {
			return cmp.Or(cmp.Compare(said[a].at.Filename, said[b].at.Filename), said[a].at.Line-said[b].at.Line)
		}) {
			if own[english] == "" {
				file := "reports.yaml"
				if said[english].cli {
					file = "cli.yaml"
				}
				missing[file] = append(missing[file], fmt.Sprintf("%s: # %s", strconv.Quote(english), said[english].at))
			}
		}
		for file, lines := range missing {
			t.Errorf("%s/%s lacks %d:\n%s", lang, file, len(lines), strings.Join(lines, "\n"))
		}
		for _, english := range slices.Sorted(maps.Keys(own)) {
			if _, ok := said[english]; !ok {
				t.Errorf("%s: nothing says %q any more: take it out", own[english], english)
			}
		}
	}
}

// The forms of a counted sentence show the same values in English, too.
func TestEnglishForms(t *testing.T) {
	for _, s := range sentences(t) {
		if !s.counted {
			continue
		}
		for _, v := range content.Verbs(s.one) {
			if !slices.Contains(content.Verbs(s.english), v) {
				t.Errorf("%s: %q shows %s and %q does not", s.at, s.one, v, s.english)
			}
		}
	}
}
