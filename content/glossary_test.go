package content_test

import (
	"strings"
	"testing"

	"github.com/podlab/podlab/lessons"
)

// page is a lesson's page with one line of prose.
func pageOf(pin, prose string) string {
	mark := func(step string) string {
		if pin == "" {
			return "{#" + step + "}"
		}
		return "{#" + step + " en=\"" + pin + "\"}"
	}
	return "---\ntitle: t\nsummary: s\n---\n" + prose + "\n\n## Run " + mark("run") + "\n" + tail + "\n## Stop " + mark("stop") + "\n" + tail
}

func TestGlossary(t *testing.T) {
	const (
		ja = "terms:\n  - en: cluster\n    use: クラスター\n    not: [クラスタ, 群れ]\n  - en: Pod\n    not: [ポッド, pod]\n"
		uk = "terms:\n  - en: node\n    use: [вузол, \"вузл*\"]\n    not: [\"нод*\"]\n  - en: init container\n    use: [\"контейнер* ініціалізації\"]\n"
	)
	const never = `ja/one-pod.md: the English text has "cluster" 3 times, this one never "クラスター": write that (ja/glossary.yaml:2)`
	for _, test := range []struct {
		name, lang, glossary, english, own, want string
	}{
		{"right", "ja", ja, "cluster", "クラスターのPod", ""},
		{"wrong spelling", "ja", ja, "cluster", "このクラスタのPod", `ja/one-pod.md:5: "クラスタ" for "cluster": write "クラスター" (ja/glossary.yaml:2)`},
		{"name translated", "ja", ja, "Pod", "ポッド", `ja/one-pod.md:5: "ポッド" for "Pod": write "Pod" (ja/glossary.yaml:5)`},
		{"name in another case", "ja", ja, "Pod", "2つのpodが", `ja/one-pod.md:5: "pod" for "Pod": write "Pod" (ja/glossary.yaml:5)`},
		{"in code", "ja", ja, "Pod", "`kubectl get pod`", ""},
		{"in a longer name", "ja", ja, "Pod", "my-pod/podと", ""},
		{"often in English, never here", "ja", ja, "Cluster, clusters, cluster.", "それ", never},
		{"word goes on in the next line", "ja", ja, "Cluster, clusters, cluster.", "クラス\nター", ""},
		{"twice only", "ja", ja, "Cluster, clusters.", "それ", ""},
		{"ending", "uk", uk, "node", "у вузлах ноди", `uk/one-pod.md:5: "ноди" for "node": write "вузол" (uk/glossary.yaml:2)`},
		{"another word", "uk", uk, "node", "Анодний", ""},
		{"several words with endings", "uk", uk, "init container, init containers, init container", "контейнерами ініціалізації", ""},
		{"twice", "uk", uk + "  - en: node\n", "", "", `uk/glossary.yaml:7: expected one entry for "node": there is another above`},
		{"to be used and not", "uk", "terms:\n  - en: a\n    use: б\n    not: [б]\n", "", "", `uk/glossary.yaml:2: "б" is both to be used and not to be used`},
		{"unknown field", "uk", "terms:\n  - en: a\n    say: б\n", "", "", `uk/glossary.yaml:3: unknown field "say"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			lib := load(t, map[string]string{
				"en/one-pod.md":              pageOf("", test.english),
				test.lang + "/one-pod.md":    pageOf("00000000", test.own),
				test.lang + "/glossary.yaml": test.glossary,
				"de/messages.yaml":           "hello: Hallo\n",
				"de/glossary.yaml":           "terms:\n  - en: Hello\n    use: Hallo\n",
			})
			got := ""
			if err := lib.Check([]*lessons.Lesson{onePod(t)}); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestGlossariesHaveTheSameTerms(t *testing.T) {
	lib := load(t, map[string]string{
		"en/one-pod.md":    pageOf("", ""),
		"ja/messages.yaml": jaMessages,
		"ja/glossary.yaml": "terms:\n  - en: Pod\n  - en: node\n    use: ノード\n",
		"pt/glossary.yaml": "terms:\n  - en: Pod\n",
	})
	err := lib.Check([]*lessons.Lesson{onePod(t)})
	if want := `pt/glossary.yaml: expected an entry for "node", as ja/glossary.yaml:3 has`; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// Messages are held to the glossary as the lessons are.
func TestGlossaryOfMessages(t *testing.T) {
	lib := load(t, map[string]string{
		"en/one-pod.md":    pageOf("", ""),
		"ja/messages.yaml": strings.Replace(jaMessages, "個のPod", "個のポッド", 1),
		"ja/glossary.yaml": "terms:\n  - en: Pod\n    not: [ポッド, pods, hello]\n",
	})
	err := lib.Check([]*lessons.Lesson{onePod(t)})
	if want := `ja/messages.yaml:3: "ポッド" for "Pod": write "Pod" (ja/glossary.yaml:2)`; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
