package content_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

const (
	sectionRun  = "## Run {#run}\n\nRun it.\n" + tail
	sectionStop = "\n## Stop {#stop}\n\nStop it.\n" + tail
	onePodPage  = head + "Hello.\n\n" + sectionRun + sectionStop
)

// partStates are the states of a language's parts, in their order.
func partStates(lib *content.Library, lang content.Lang) string {
	var out []string
	for _, s := range lib.Status() {
		if s.Lang == lang {
			out = append(out, s.Part()+" "+string(s.State))
		}
	}
	return strings.Join(out, ", ")
}

func TestSkeletonRunsInEnglishUntilItIsTranslated(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	get := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	load := func() *content.Library {
		t.Helper()
		lib, err := content.Load(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		if err := lib.Check([]*lessons.Lesson{onePod(t)}); err != nil {
			t.Error(err)
		}
		return lib
	}
	put("en/one-pod.md", onePodPage)
	put("en/messages.yaml", enMessages)
	put("de/one-pod.md", string(content.Skeleton([]byte(onePodPage), nil)))
	put("de/messages.yaml", string(content.SkeletonMessages("de", []byte(enMessages))))

	lib := load()
	if got := partStates(lib, "de"); got != "head missing, run missing, stop missing" {
		t.Errorf("the skeleton is %s", got)
	}
	if got := lib.Messages("de"); got != (content.MessageStatus{Total: 2, Missing: 2}) {
		t.Errorf("messages: %+v", got)
	}
	if got := lib.Printer("de").T("hello"); got != "Hello" {
		t.Errorf("a message is %q", got)
	}
	doc := lib.Document("de", "one-pod")
	if doc.Title != "One Pod" || len(doc.Sections) != 2 || !doc.Sections[0].Fallback || !doc.Sections[1].Fallback {
		t.Errorf("the document is %+v", doc)
	}
	if err := content.Pin(dir, "de", "one-pod", "run"); err == nil || !strings.Contains(err.Error(), "still the English text") {
		t.Errorf("pinning a copy: %v", err)
	}

	// One section is translated but not pinned, the English of the other changes:
	// beginning again takes the new English and leaves the translation alone.
	put("de/one-pod.md", strings.Replace(get("de/one-pod.md"), "## Run {", "## Starten {", 1))
	changed := strings.Replace(onePodPage, "Stop it.", "Stop it now.", 1)
	put("en/one-pod.md", changed)
	put("de/one-pod.md", string(content.Skeleton([]byte(changed), []byte(get("de/one-pod.md")))))
	if text := get("de/one-pod.md"); !strings.Contains(text, "## Starten {") || !strings.Contains(text, "Stop it now.") {
		t.Errorf("begun again:\n%s", text)
	}
	for _, s := range load().Status() {
		if want := s.Lang == "de" && s.Step == "run"; s.Unpinned != want {
			t.Errorf("%s in %s: unpinned is %t", s.Part(), s.Lang, s.Unpinned)
		}
	}
	if err := content.Pin(dir, "de", "one-pod", "run"); err != nil {
		t.Fatal(err)
	}
	lib = load()
	if got := partStates(lib, "de"); got != "head missing, run current, stop missing" {
		t.Errorf("after the pin it is %s", got)
	}
	if doc := lib.Document("de", "one-pod"); doc.Sections[0].Heading != "Starten" || doc.Sections[0].Fallback || doc.Sections[0].Stale {
		t.Errorf("the translated section is %+v", doc.Sections[0])
	}

	// What has been translated stays as it is, byte by byte.
	before := get("de/one-pod.md")
	if diff := cmp.Diff(before, string(content.Skeleton([]byte(changed), []byte(before)))); diff != "" {
		t.Error(diff)
	}
}

func TestTranslationsAreHeldToEnglish(t *testing.T) {
	lib := load(t, map[string]string{
		"en/one-pod.md": onePodPage,
		"ja/one-pod.md": "---\ntitle: Pod\nsummary: Pod\nen: \"00000000\"\n---\n" + strings.Replace(sectionRun, "{#run}", `{#run en="00000000"}`, 1),
		"uk/messages.yaml": "pods:\n  one: \"{{.Count}} Pod\"\n  few: \"{{.Count}} Podʼи\"\n  many: \"{{.Count}} Podʼів\"\n" +
			"  other: \"{{.Count}} Podʼа\"\n",
		"de/one-pod.md": string(content.Skeleton([]byte(onePodPage), nil)),
	})
	stale := "ja/one-pod.md:1: head is stale, its English has changed: see 'podlab translate status one-pod --lang ja', then 'podlab translate pin one-pod head --lang ja'\n" +
		"ja/one-pod.md:6: run is stale, its English has changed: see 'podlab translate status one-pod --lang ja', then 'podlab translate pin one-pod run --lang ja'"
	err := lib.CheckTranslations(func(string) bool { return false })
	if err == nil || err.Error() != stale {
		t.Errorf("got\n%v\nwant\n%s", err, stale)
	}
	err = lib.CheckTranslations(func(id string) bool { return id == "one-pod" })
	for _, want := range []string{
		"ja/one-pod.md: stop is not translated: 'podlab translate new ja' puts the English text there",
		"zh/one-pod.md: run is not translated: 'podlab translate new zh' puts the English text there",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "de/") {
		t.Errorf("a language that is not podlab's own must not be complete:\n%v", err)
	}
}

func TestSourceOfAnEarlierPage(t *testing.T) {
	text, hash := content.SourceOf([]byte(onePodPage), "stop")
	lib := load(t, map[string]string{"en/one-pod.md": onePodPage})
	if want := lib.Document(content.English, "one-pod").Sections[1].Hash; hash != want || !strings.HasPrefix(text, "Stop\n\nStop it.\n") {
		t.Errorf("got %s %q, want %s", hash, text, want)
	}
	if text != lib.Source(content.English, "one-pod", "stop") {
		t.Errorf("the same text reads differently")
	}
	if text, hash := content.SourceOf([]byte(onePodPage), "gone"); text != "" || hash != "" {
		t.Errorf("of no section: %q %q", text, hash)
	}
}
