package content_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

const (
	english = head + "Hello.\n\n## Run {#run}\n\nStart it.\n" + tail + "\n## Stop {#stop}\n\nStop it.\n" + tail
	// japanese has the head and one of the two steps; its pins are set by pinAll.
	japanese = "---\ntitle: 1つのPod\nsummary: 動かします。\n---\nこんにちは。\n\n" +
		"## 動かす {#run en=\"00000000\"}\n\n動かします。\n" +
		"{{< outcome \"running\" >}}動いている{{< /outcome >}}\n" +
		"{{< hint \"gentle\" >}}試す。{{< /hint >}}\n{{< hint \"plain\" >}}入力する。{{< /hint >}}\n"
)

// folderOf writes files to a new folder and returns it.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func loadDir(t *testing.T, dir string) *content.Library {
	t.Helper()
	lib, err := content.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func edit(t *testing.T, path, old, replacement string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(data), old, replacement, 1)
	if changed == string(data) {
		t.Fatalf("%q is not in %s", old, path)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// states are the Japanese sections' states, the head's first.
func states(lib *content.Library) []content.SectionState {
	var out []content.SectionState
	for _, s := range lib.Status() {
		if s.Lang == content.Japanese {
			out = append(out, s.State)
		}
	}
	return out
}

func TestPinsSayWhichSectionsAreStale(t *testing.T) {
	dir := folderOf(t, map[string]string{"en/one-pod.md": english, "ja/one-pod.md": japanese, "en/messages.yaml": enMessages, "ja/messages.yaml": jaMessages})
	source := filepath.Join(dir, "en", "one-pod.md")
	expect := func(what string, want ...content.SectionState) {
		t.Helper()
		if diff := cmp.Diff(want, states(loadDir(t, dir))); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	expect("before pinning", content.SectionStale, content.SectionStale, content.SectionMissing)
	for _, step := range []string{"", "run"} {
		if err := content.Pin(dir, content.Japanese, "one-pod", step); err != nil {
			t.Fatal(err)
		}
	}
	expect("pinned", content.SectionCurrent, content.SectionCurrent, content.SectionMissing)

	edit(t, source, "Start it.\n", "Start it.  \n\n\n")
	expect("space and blank lines changed", content.SectionCurrent, content.SectionCurrent, content.SectionMissing)
	edit(t, source, "Stop it.", "Stop it now.")
	expect("another section changed", content.SectionCurrent, content.SectionCurrent, content.SectionMissing)
	edit(t, source, "Start it.  ", "Start it now.")
	expect("the text changed", content.SectionCurrent, content.SectionStale, content.SectionMissing)
	if s := loadDir(t, dir).Document(content.Japanese, "one-pod").Sections[0]; !s.Stale || s.Fallback {
		t.Errorf("the stale section has Stale %v, Fallback %v", s.Stale, s.Fallback)
	}
	if err := content.Pin(dir, content.Japanese, "one-pod", "run"); err != nil {
		t.Fatal(err)
	}
	expect("pinned again", content.SectionCurrent, content.SectionCurrent, content.SectionMissing)
	edit(t, source, "## Run ", "## Run it ")
	expect("the heading changed", content.SectionCurrent, content.SectionStale, content.SectionMissing)
	edit(t, source, "It runs", "It is running")
	edit(t, source, "Hello.", "Hello there.")
	expect("the introduction changed", content.SectionStale, content.SectionStale, content.SectionMissing)
}

func TestPinChangesNothingElse(t *testing.T) {
	dir := folderOf(t, map[string]string{"en/one-pod.md": english, "ja/one-pod.md": japanese})
	for range 2 {
		for _, step := range []string{"", "run"} {
			if err := content.Pin(dir, content.Japanese, "one-pod", step); err != nil {
				t.Fatal(err)
			}
		}
	}
	status := loadDir(t, dir).Status()
	data, err := os.ReadFile(filepath.Join(dir, "ja", "one-pod.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(japanese, "\n---\nこ", "\nen: \""+status[0].Hash+"\"\n---\nこ", 1)
	want = strings.Replace(want, "00000000", status[1].Hash, 1)
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Error(diff)
	}
}

// A heading that is the program's own message is one for a page by itself, too.
func TestPinBesideAHeadingShortcode(t *testing.T) {
	page := func(text string) string { return strings.ReplaceAll(text, "## Run", `## {{% heading "cleanup" %}}`) }
	dir := folderOf(t, map[string]string{"en/one-pod.md": page(english), "ja/one-pod.md": page(strings.ReplaceAll(japanese, "動かす", "Run"))})
	for _, step := range []string{"", "run"} {
		if err := content.Pin(dir, content.Japanese, "one-pod", step); err != nil {
			t.Error(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "ja", "one-pod.md"))
	if err != nil || !strings.Contains(string(data), `## {{% heading "cleanup" %}} {#run en="`) {
		t.Errorf("%v\n%s", err, data)
	}
	if got := states(loadDir(t, dir)); got[0] != content.SectionCurrent || got[1] != content.SectionCurrent {
		t.Errorf("pinned, the sections are %v", got)
	}
}

func TestPinRefuses(t *testing.T) {
	dir := folderOf(t, map[string]string{"en/one-pod.md": english, "ja/one-pod.md": japanese})
	for _, test := range []struct {
		lang       content.Lang
		step, want string
	}{
		{content.English, "run", "nothing to pin: English is the source"},
		{content.Japanese, "jump", "lesson one-pod has no English section \"jump\": it has head, run, stop"},
		{content.Japanese, "stop", "ja/one-pod.md has no section {#stop}: translate it first"},
	} {
		err := content.Pin(dir, test.lang, "one-pod", test.step)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s %s: got %v, want %s", test.lang, test.step, err, test.want)
		}
	}
}

func TestFallbackIsSectionBySection(t *testing.T) {
	lib := load(t, map[string]string{"en/one-pod.md": english, "ja/one-pod.md": japanese, "ja/messages.yaml": jaMessages})
	if err := lib.Check([]*lessons.Lesson{onePod(t)}); err != nil {
		t.Errorf("a missing translation is no mistake: %v", err)
	}
	doc := lib.Document(content.Japanese, "one-pod")
	if doc.Title != "1つのPod" || doc.Summary != "動かします。" {
		t.Errorf("title %q, summary %q", doc.Title, doc.Summary)
	}
	if len(doc.Sections) != 2 {
		t.Fatalf("got %d sections", len(doc.Sections))
	}
	if s := doc.Sections[0]; s.Heading != "動かす" || s.Fallback || s.Hints["plain"] != "入力する。" {
		t.Errorf("the translated section is %+v", s)
	}
	if s := doc.Sections[1]; s.Step != "stop" || s.Heading != "Stop" || !s.Fallback || s.Stale {
		t.Errorf("the missing section is %+v", s)
	}
	doc = lib.Document(content.Ukrainian, "one-pod")
	if doc.Lang != content.Ukrainian || doc.Title != "One Pod" || len(doc.Intro) != 1 || !doc.Sections[0].Fallback || !doc.Sections[1].Fallback {
		t.Errorf("the untranslated document is %+v", doc)
	}
	want := map[content.Lang]content.Coverage{
		"en": content.Complete, "ja": content.Partial, "uk": content.Missing, "zh": content.Missing, "pt": content.Missing,
	}
	if diff := cmp.Diff(want, lib.Coverage("one-pod")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]content.Lang{content.English, content.Japanese}, lib.Langs()); diff != "" {
		t.Error(diff)
	}
}

func TestTranslationsAreWholeWithinASection(t *testing.T) {
	partial := strings.Replace(japanese, "{{< hint \"plain\" >}}入力する。{{< /hint >}}\n", "", 1)
	partial = strings.Replace(partial, ` en="00000000"`, "", 1)
	lib := load(t, map[string]string{"en/one-pod.md": english, "ja/one-pod.md": partial, "ja/messages.yaml": jaMessages})
	err := lib.Check([]*lessons.Lesson{onePod(t)})
	want := "ja/one-pod.md:7: expected a pin: {#run en=\"…\"}\nja/one-pod.md:7: expected {{< hint \"plain\" >}} in section run"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if hint := lib.Document(content.Japanese, "one-pod").Sections[0].Hints["plain"]; hint != "Type." {
		t.Errorf("the missing hint is %q, want the English one", hint)
	}
}

func TestShippedContent(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.Check(all); err != nil {
		t.Error(err)
	}
	for _, l := range all {
		if got := lib.Coverage(l.ID)[content.English]; got != content.Complete {
			t.Errorf("%s in English is %s", l.ID, got)
		}
		for _, lang := range content.Langs {
			doc := lib.Document(lang, l.ID)
			if len(doc.Sections) != len(l.Steps) {
				t.Errorf("%s in %s has %d sections for %d steps", l.ID, lang, len(doc.Sections), len(l.Steps))
			}
			for _, left := range leftovers(doc) {
				t.Errorf("%s in %s shows markup: %q", l.ID, lang, left)
			}
		}
	}
}

// leftovers are texts in which Markdown was not understood.
func leftovers(doc content.Document) []string {
	var out []string
	var blocks func([]content.Block)
	spans := func(all []content.Span) {
		for _, s := range all {
			if !s.Code && (strings.Contains(s.Text, "**") || strings.ContainsAny(s.Text, "`*")) {
				out = append(out, s.Text)
			}
		}
	}
	blocks = func(all []content.Block) {
		for _, b := range all {
			spans(b.Spans)
			for _, row := range b.Rows {
				for _, cell := range row {
					spans(cell)
				}
			}
			blocks(b.Children)
		}
	}
	blocks(doc.Intro)
	for _, s := range doc.Sections {
		blocks(s.Blocks)
	}
	return out
}

func TestUnreadableFolder(t *testing.T) {
	if _, err := content.Load(fstest.MapFS{"en/x.md/y": {}}); err == nil {
		t.Error("a folder where a file should be was read")
	}
}
