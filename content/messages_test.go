package content_test

import (
	"strings"
	"testing"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

func TestMessages(t *testing.T) {
	lib := load(t, map[string]string{
		"en/messages.yaml": enMessages + "only.english: Only {{.What}}\n",
		"ja/messages.yaml": jaMessages,
		"uk/messages.yaml": "pods:\n  one: \"{{.Count}} під\"\n  few: \"{{.Count}} піди\"\n  many: \"{{.Count}} підів\"\n  other: \"{{.Count}} піда\"\n",
	})
	for _, test := range []struct {
		lang  content.Lang
		id    string
		pairs []any
		want  string
	}{
		{content.English, "hello", nil, "Hello"},
		{content.Japanese, "hello", nil, "こんにちは"},
		{content.English, "pods", []any{"Count", 1}, "1 Pod"},
		{content.English, "pods", []any{"Count", 2}, "2 Pods"},
		{content.Japanese, "pods", []any{"Count", 1}, "1個のPod"},
		{content.Ukrainian, "pods", []any{"Count", 1}, "1 під"},
		{content.Ukrainian, "pods", []any{"Count", 3}, "3 піди"},
		{content.Ukrainian, "pods", []any{"Count", 11}, "11 підів"},
		{content.Japanese, "only.english", []any{"What", "here"}, "Only here"},
		{content.Chinese, "hello", nil, "Hello"},
		{content.Japanese, "nowhere", nil, "nowhere"},
	} {
		if got := lib.Printer(test.lang).T(test.id, test.pairs...); got != test.want {
			t.Errorf("%s %s %v: got %q, want %q", test.lang, test.id, test.pairs, got, test.want)
		}
	}
	if got := lib.T(content.Japanese, "pods", map[string]any{"Count": 5}); got != "5個のPod" {
		t.Errorf("got %q", got)
	}
}

func TestMistakesInMessages(t *testing.T) {
	for _, test := range []struct{ name, english, japanese, want string }{
		{"key that English lacks", enMessages, jaMessages + "bye: またね\n", `ja/messages.yaml:4: unknown key "bye": English has none such`},
		{"key that is missing", enMessages + "bye: Bye\n", jaMessages, `ja/messages.yaml: expected the key "bye", which English has`},
		{"plural form that is missing", strings.Replace(enMessages, "  other", "  many", 1), jaMessages, `en/messages.yaml:2: expected the plural form "other" of pods`},
		{"template that is broken", strings.Replace(enMessages, "Hello", `"{{.Name"`, 1), jaMessages, "en/messages.yaml:1: hello: template: hello:1: unclosed action"},
		{"no YAML", enMessages, "hello: [\n", "ja/messages.yaml:1: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			lib := load(t, map[string]string{"en/one-pod.md": english, "en/messages.yaml": test.english, "ja/messages.yaml": test.japanese})
			err := lib.Check([]*lessons.Lesson{onePod(t)})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}
