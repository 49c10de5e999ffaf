package content_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

const (
	head = "---\ntitle: One Pod\nsummary: Run it.\n---\n"
	tail = "\n{{< outcome \"running\" >}}It runs{{< /outcome >}}\n" +
		"{{< hint \"gentle\" >}}Try.{{< /hint >}}\n{{< hint \"plain\" >}}Type.{{< /hint >}}\n"
	enMessages = "hello: Hello\npods:\n  one: \"{{.Count}} Pod\"\n  other: \"{{.Count}} Pods\"\n"
	jaMessages = "hello: こんにちは\npods:\n  other: \"{{.Count}}個のPod\"\n"
)

// onePod is a lesson with two steps, to which the texts of the tests belong.
func onePod(t *testing.T) *lessons.Lesson {
	t.Helper()
	const step = `
  - id: STEP
    commands: [{run: kubectl apply -f pod.yaml}]
    outcomes:
      - {id: running, kind: once, within: 1s, expr: demo != null, evidence: demo.kind, actual: demo.kind}
    hints: [gentle, plain]`
	l, err := lessons.Load(fstest.MapFS{
		"one-pod/lesson.yaml": {Data: []byte(`id: one-pod
order: 1
upstream: {page: "https://kubernetes.io/", checked: "2026-01-31"}
kubernetes: "1.31"
minutes: 1
namespace: default
objects: {demo: {kind: Pod, name: demo}}
cleanup: ["true"]
steps:` + strings.Replace(step, "STEP", "run", 1) + strings.Replace(step, "STEP", "stop", 1))},
		"one-pod/manifests/pod.yaml": {Data: []byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: demo\n")},
	}, "one-pod")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func load(t *testing.T, files map[string]string) *content.Library {
	t.Helper()
	fsys := fstest.MapFS{"en/messages.yaml": {Data: []byte(enMessages)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	lib, err := content.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func text(s string) []content.Span { return []content.Span{{Text: s}} }

func TestDocument(t *testing.T) {
	lib := load(t, map[string]string{"en/one-pod.md": head + `Hello,
**world** of ` + "`pods`" + `.

## Run *it* {#run}

<!-- translators: keep this short -->
See [the page](https://kubernetes.io/) and <https://podlab.dev>.

- one
  - inner \*star\* &amp; more
- two

  with a second paragraph

3. three

### More

{{< manifest "pod.yaml" marks="1,3-4" >}}

{{< note >}}
Mind **this**.

- and that
{{< /note >}}

` + "```shell\n## no heading {{< nothing >}}\n```" + `

| a | b |
|---|---|
| 1 | ` + "`x`" + ` |

> quoted
` + tail + "\n## Stop {#stop}\n\nBye.\n" + tail})
	if err := lib.Check([]*lessons.Lesson{onePod(t)}); err != nil {
		t.Fatal(err)
	}
	got := lib.Document(content.English, "one-pod")
	for i := range got.Sections {
		if len(got.Sections[i].Hash) != 8 {
			t.Errorf("hash of section %d is %q", i, got.Sections[i].Hash)
		}
		got.Sections[i].Hash = ""
	}
	notes := map[string]string{"running": "It runs"}
	hints := map[string]string{"gentle": "Try.", "plain": "Type."}
	want := content.Document{
		Lang: content.English, Lesson: "one-pod", Title: "One Pod", Summary: "Run it.",
		Intro: []content.Block{{Kind: content.Paragraph, Spans: []content.Span{
			{Text: "Hello, "}, {Text: "world", Bold: true}, {Text: " of "}, {Text: "pods", Code: true}, {Text: "."},
		}}},
		Sections: []content.Section{
			{Step: "run", Heading: "Run it", Outcomes: notes, Hints: hints, Blocks: []content.Block{
				{Kind: content.Paragraph, Spans: []content.Span{
					{Text: "See "},
					{Text: "the page", Link: "https://kubernetes.io/"},
					{Text: " and "},
					{Text: "https://podlab.dev", Link: "https://podlab.dev"},
					{Text: "."},
				}},
				{Kind: content.Item, Spans: text("one"), Marker: "•"},
				{Kind: content.Item, Spans: text("inner *star* & more"), Marker: "•", Depth: 1},
				{Kind: content.Item, Spans: text("two"), Marker: "•"},
				{Kind: content.Paragraph, Spans: text("with a second paragraph"), Depth: 1},
				{Kind: content.Item, Spans: text("three"), Marker: "3."},
				{Kind: content.Heading, Spans: text("More"), Depth: 3},
				{Kind: content.Manifest, Info: "pod.yaml", Marks: []int{1, 3, 4}},
				{Kind: content.Callout, Info: "note", Children: []content.Block{
					{Kind: content.Paragraph, Spans: []content.Span{{Text: "Mind "}, {Text: "this", Bold: true}, {Text: "."}}},
					{Kind: content.Item, Spans: text("and that"), Marker: "•"},
				}},
				{Kind: content.CodeBlock, Text: "## no heading {{< nothing >}}\n", Info: "shell"},
				{Kind: content.Table, Rows: [][][]content.Span{
					{text("a"), text("b")}, {text("1"), {{Text: "x", Code: true}}},
				}},
				{Kind: content.Quote, Children: []content.Block{{Kind: content.Paragraph, Spans: text("quoted")}}},
			}},
			{Step: "stop", Heading: "Stop", Outcomes: notes, Hints: hints, Blocks: []content.Block{
				{Kind: content.Paragraph, Spans: text("Bye.")},
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEastAsianText(t *testing.T) {
	bold := func(s string) content.Span { return content.Span{Text: s, Bold: true} }
	for _, test := range []struct {
		name, source string
		want         []content.Span
	}{
		{"bold before a letter", "これは**制限**です。", []content.Span{{Text: "これは"}, bold("制限"), {Text: "です。"}}},
		{"bold that ends in a bracket", "これは**「制限」**です。", []content.Span{{Text: "これは"}, bold("「制限」"), {Text: "です。"}}},
		{"bold that ends in a bracket before a digit", "**（約）**100m", []content.Span{bold("（約）"), {Text: "100m"}}},
		{"bold that begins with a bracket after a letter", "Pod**「制限」**", []content.Span{{Text: "Pod"}, bold("「制限」")}},
		{"two bold words", "**要求**と**制限**と*量*", []content.Span{bold("要求"), {Text: "と"}, bold("制限"), {Text: "と"}, {Text: "量", Italic: true}}},
		{"bold that ends a sentence", "**必ず読んでください。**次へ進みます。", []content.Span{bold("必ず読んでください。"), {Text: "次へ進みます。"}}},
		{"bold that begins with code", "Podの**`limits`**は", []content.Span{{Text: "Podの"}, {Text: "limits", Bold: true, Code: true}, {Text: "は"}}},
		{"italic", "*実際に*使う", []content.Span{{Text: "実際に", Italic: true}, {Text: "使う"}}},
		{"Chinese", "容器的**“限制”**是", []content.Span{{Text: "容器的"}, bold("“限制”"), {Text: "是"}}},
		{"escaped space", `**a.**\ b`, []content.Span{bold("a."), {Text: "b"}}},
		{"break between letters", "メモリーの\n制限", []content.Span{{Text: "メモリーの制限"}}},
		{"break after punctuation", "要求、\n制限", []content.Span{{Text: "要求、制限"}}},
		{"break beside Latin", "コンテナと\nPod", []content.Span{{Text: "コンテナと Pod"}}},
		{"break after bold", "**要求**\n制限", []content.Span{bold("要求"), {Text: "制限"}}},
		{"break within bold", "**要求と\n制限**は", []content.Span{bold("要求と制限"), {Text: "は"}}},
		{"break before code", "要求は\n`a`", []content.Span{{Text: "要求は "}, {Text: "a", Code: true}}},
		{"Latin keeps its rules", "2 * 3 * 4 **a**b", []content.Span{{Text: "2 * 3 * 4 "}, bold("a"), {Text: "b"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			lib := load(t, map[string]string{"en/one-pod.md": head + test.source + "\n"})
			intro := lib.Document(content.English, "one-pod").Intro
			if len(intro) != 1 {
				t.Fatalf("got %d blocks", len(intro))
			}
			if diff := cmp.Diff(test.want, intro[0].Spans); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistakesNameFileLineAndWhatWasExpected(t *testing.T) {
	run, stop := "## Run {#run}\n"+tail, "## Stop {#stop}\n"+tail // lines 5–8 and 9–12
	for _, test := range []struct{ name, source, want string }{
		{"no front matter", run + stop, "en/one-pod.md:1: expected front matter between two lines ---, with title and summary"},
		{"no title", "---\nsummary: s\n---\n" + run + stop, `en/one-pod.md:1: expected "title" in the front matter`},
		{"unknown front matter", "---\ntitle: t\nsummary: s\nweight: 3\n---\n" + run + stop, `en/one-pod.md:4: front matter: unknown field "weight"`},
		{"unknown shortcode", head + "{{< figure \"a.png\" >}}\n" + run + stop, `en/one-pod.md:5: unknown shortcode "figure": expected one of answer, caution, code_sample, codenew, explanation, feature-state, glossary_tooltip, heading, hint, include, manifest, note, outcome, question, tab, tabs, version-check, warning`},
		{"missing close", head + "{{< note >}}\nMind.\n" + run + stop, "en/one-pod.md:5: expected {{< /note >}} before the section ends"},
		{"close of nothing", head + "{{< /note >}}\n" + run + stop, "en/one-pod.md:5: {{< /note >}} closes nothing"},
		{"shortcode in a line", head + "See {{< manifest \"pod.yaml\" >}}\n" + run + stop, `en/one-pod.md:5: expected shortcode "manifest" at the beginning of a line`},
		{"shortcode over two lines", head + "{{< manifest\n\"pod.yaml\" >}}\n" + run + stop, `en/one-pod.md:5: expected a shortcode on one line: {{< name "argument" >}}`},
		{"unquoted argument", head + "{{< manifest pod.yaml >}}\n" + run + stop, "en/one-pod.md:5: expected quoted arguments of manifest, got pod.yaml"},
		{"missing argument", head + "{{< manifest >}}\n" + run + stop, "en/one-pod.md:5: expected 1 argument(s) of manifest, got 0"},
		{"unknown argument", head + "{{< manifest \"pod.yaml\" lines=\"1\" >}}\n" + run + stop, `en/one-pod.md:5: unknown argument "lines" of manifest`},
		{"marks", head + "{{< manifest \"pod.yaml\" marks=\"4-2\" >}}\n" + run + stop, `en/one-pod.md:5: expected marks such as "3,7-9", got "4-2"`},
		{"marks beyond the end", head + "{{< manifest \"pod.yaml\" marks=\"5\" >}}\n" + run + stop, "en/one-pod.md:5: expected marks within the 4 lines of pod.yaml, got 5"},
		{"no such manifest", head + "{{< manifest \"job.yaml\" >}}\n" + run + stop, `en/one-pod.md:5: lesson one-pod has no file "job.yaml" in manifests or files`},
		{"outside the lesson", head + "{{< manifest \"../x\" >}}\n" + run + stop, `en/one-pod.md:5: lesson one-pod has no file "../x" in manifests or files`},
		{"empty callout", head + "{{< note >}}\n{{< /note >}}\n" + run + stop, "en/one-pod.md:5: expected some text in note"},
		{"hint in the introduction", head + "{{< hint \"a\" >}}b{{< /hint >}}\n" + run + stop, "en/one-pod.md:5: expected hint inside a step's section"},
		{"hint in a note", head + run + "{{< note >}}\n{{< hint \"gentle\" >}}b{{< /hint >}}\n{{< /note >}}\n" + stop, "en/one-pod.md:11: hint stands by itself in a step's section, not inside another shortcode"},
		{"open code block", head + run + stop + "```\ncode\n", "en/one-pod.md:16: expected the code block to be closed with ```"},
		{"title in the text", head + "# One Pod\n" + run + stop, "en/one-pod.md:5: expected no # heading: the title stands in the front matter"},
		{"raw HTML", head + "Hello.\n\n<b>x</b>\n" + run + stop, "en/one-pod.md:7: rawhtml cannot be shown in a terminal: use text, code, emphasis or links"},
		{"picture", head + "Hello.\n\n![x](y.png)\n" + run + stop, "en/one-pod.md:7: image cannot be shown in a terminal: use text, code, emphasis or links"},
		{"rule", head + "Hello.\n\n***\n" + run + stop, "en/one-pod.md:5: thematicbreak cannot be shown in a terminal: use text, lists, tables or code"},
		{"heading without id", head + run + stop + "## More\n", "en/one-pod.md:15: expected the step's id after the heading: ## More {#step-id}"},
		{"empty heading", head + strings.Replace(run, "Run ", "", 1) + stop, "en/one-pod.md:5: expected a heading before {#run}"},
		{"heading with a strange attribute", head + run + stop + "## More {.big}\n", `en/one-pod.md:15: expected {#step-id} or {#step-id en="hash"}, got {.big}`},
		{"step twice", head + run + stop + "## Stop {#stop}\n", `en/one-pod.md:15: expected one section for step "stop": there is another above`},
		{"unknown step", head + run + stop + "## More {#more}\n", `en/one-pod.md:15: lesson one-pod has no step "more"`},
		{"missing step", head + run, "en/one-pod.md: expected a section ## … {#stop}"},
		{"steps out of order", head + stop + run, "en/one-pod.md:10: expected the sections in the order of the steps: run comes before stop"},
		{"pin in English", head + strings.Replace(run, "#run", `#run en="1"`, 1) + stop, "en/one-pod.md:5: English is the source: a pin has no meaning here"},
		{"missing outcome", head + strings.Replace(run, "outcome \"running\" >}}It runs{{< /outcome", "hint \"x\" >}}It{{< /hint", 1) + stop, "en/one-pod.md:5: expected {{< outcome \"running\" >}} in section run\nen/one-pod.md:7: step run has no hint \"x\""},
		{"empty hint", head + strings.Replace(run, "Try.", " ", 1) + stop, `en/one-pod.md:8: expected the text of hint "gentle"`},
		{"hint twice", head + strings.Replace(run, `"plain"`, `"gentle"`, 1) + stop, "en/one-pod.md:5: expected {{< hint \"plain\" >}} in section run\nen/one-pod.md:9: expected one text for hint \"gentle\": there is another above"},
	} {
		t.Run(test.name, func(t *testing.T) {
			lib := load(t, map[string]string{"en/one-pod.md": test.source})
			err := lib.Check([]*lessons.Lesson{onePod(t)})
			var problems lessons.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			if got := err.Error(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestFilesAndLessonsMustMatch(t *testing.T) {
	lib := load(t, map[string]string{"ja/two-pods.md": head})
	err := lib.Check([]*lessons.Lesson{onePod(t)})
	want := "en/one-pod.md: expected the lesson's English prose: the file is not there\nja/two-pods.md: there is no lesson \"two-pods\""
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
