package content_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

func TestLaterFoldersCountBeforeEarlierOnes(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	lib, err := content.LoadFolders(
		content.Folder{Name: "content", FS: fstest.MapFS{
			"en/messages.yaml": file(enMessages),
			"en/one-pod.md":    file(onePodPage),
			"ja/messages.yaml": file(jaMessages),
		}},
		content.Folder{Name: "mine/content", FS: fstest.MapFS{
			"en/one-pod.md":       file("---\ntitle: My Pod\nsummary: Mine.\n---\n" + sectionRun),
			"en/two.md":           file(onePodPage),
			"de/messages.yaml":    file("hello: Hallo\n"),
			"pictures/cat.md":     file("no words of a lesson"),
			"en/drafts/notes.txt": file("nor this"),
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]content.Lang{"en", "ja", "de"}, lib.Langs()); diff != "" {
		t.Error(diff)
	}
	if got := lib.Document("de", "one-pod").Title; got != "My Pod" {
		t.Errorf("the lesson of both folders is %q", got)
	}
	if got := lib.Printer("de").T("hello") + lib.Printer("ja").T("hello") + lib.Printer("de").T("pods", "Count", 1); got != "Halloこんにちは1 Pod" {
		t.Errorf("the messages are %q", got)
	}
	const want = "mine/content/en/one-pod.md: expected a section ## … {#stop}\nmine/content/en/two.md: there is no lesson \"two\""
	if err := lib.Check([]*lessons.Lesson{onePod(t)}); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestGlossariesAddUp(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	shipped := content.Folder{Name: "content", FS: fstest.MapFS{
		"en/messages.yaml": file(enMessages),
		"en/one-pod.md":    file(onePodPage),
		"ja/messages.yaml": file(jaMessages),
		"ja/glossary.yaml": file("terms:\n  - en: Pod\n    not: [ポッド]\n  - en: node\n    use: ノード\n    not: [節]\n"),
		"uk/glossary.yaml": file("terms:\n  - en: Pod\n  - en: node\n    use: вузол\n"),
	}}
	for name, c := range map[string]struct{ glossary, prose, want string }{
		"podlab's terms still count": {
			"terms:\n  - en: ticket\n    use: チケット\n", "ポッド",
			`mine/ja/one-pod.md:5: "ポッド" for "Pod": write "Pod" (content/ja/glossary.yaml:2)`,
		},
		"a term of its own": {
			"terms:\n  - en: ticket\n    use: チケット\n    not: [切符]\n", "切符",
			`mine/ja/one-pod.md:5: "切符" for "ticket": write "チケット" (mine/ja/glossary.yaml:2)`,
		},
		"another word for a term of podlab's": {"terms:\n  - en: node\n    use: 節\n", "節", ""},
		"podlab's own words are not held to it": {
			"terms:\n  - en: Pod\n    use: ポッド\n    not: [Pod]\n", "ポッド", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			lib, err := content.LoadFolders(shipped, content.Folder{Name: "mine", FS: fstest.MapFS{
				"ja/glossary.yaml": file(c.glossary),
				"ja/one-pod.md":    file(pageOf("00000000", c.prose)),
			}})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := lib.Check([]*lessons.Lesson{onePod(t)}); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
