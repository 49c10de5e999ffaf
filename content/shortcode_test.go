package content_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

// The shortcodes that the pages of kubernetes.io are written with.
func TestShortcodesOfKubernetesIO(t *testing.T) {
	code := []content.Span{{Text: "kubectl version", Code: true}}
	for _, test := range []struct {
		name, source string
		want         []content.Block
	}{
		{"code_sample", `{{% code_sample file="pods/storage/pod.yaml" language="yaml" %}}`, []content.Block{{Kind: content.Manifest, Info: "pod.yaml"}}},
		{"codenew", `{{< codenew file="pod.yaml" >}}`, []content.Block{{Kind: content.Manifest, Info: "pod.yaml"}}},
		{"note with percent signs", "{{% note %}}\nMind.\n{{% /note %}}", []content.Block{{Kind: content.Callout, Info: "note", Children: []content.Block{{Kind: content.Paragraph, Spans: text("Mind.")}}}}},
		{"feature-state", `{{< feature-state for_k8s_version="v1.30" state="beta" >}}`, []content.Block{{Kind: content.FeatureState, Info: "beta", Text: "v1.30"}}},
		{
			"glossary_tooltip", `A {{< glossary_tooltip text="Pod" term_id="pod" >}} on a {{< glossary_tooltip term_id="worker-node" >}}.`,
			[]content.Block{{Kind: content.Paragraph, Spans: text("A Pod on a worker node.")}},
		},
		{
			"glossary_tooltip that looks like a section", `{{< glossary_tooltip text="## Pod" term_id="pod" >}}`,
			[]content.Block{{Kind: content.Heading, Depth: 2, Spans: text("Pod")}},
		},
		{"heading", `### {{% heading "prerequisites" %}}`, []content.Block{{Kind: content.Heading, Depth: 3, Spans: text("始める前に")}}},
		{"include", `{{< include "shared.md" >}}`, []content.Block{{Kind: content.Paragraph, Spans: text("共通の文。")}}},
		{"include that the language lacks", `{{< include "english.md" >}}`, []content.Block{{Kind: content.Paragraph, Spans: text("English for all.")}}},
		{"version-check", `{{< version-check >}}`, []content.Block{{Kind: content.Paragraph, Spans: code}}},
		{
			"tabs", "{{< tabs name=\"os\" >}}\n{{% tab name=\"Linux\" %}}\nOne.\n{{% /tab %}}\n{{< tab name=\"Windows\" >}}\nTwo.\n{{< /tab >}}\n{{< /tabs >}}",
			[]content.Block{
				{Kind: content.Heading, Depth: 4, Spans: text("Linux")},
				{Kind: content.Paragraph, Spans: text("One.")},
				{Kind: content.Heading, Depth: 4, Spans: text("Windows")},
				{Kind: content.Paragraph, Spans: text("Two.")},
			},
		},
		{"in code", "```\n{{< glossary_tooltip term_id=\"pod\" >}}\n```", []content.Block{{Kind: content.CodeBlock, Text: "{{< glossary_tooltip term_id=\"pod\" >}}\n"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			lib := load(t, map[string]string{
				"en/one-pod.md":          onePodPage,
				"en/messages.yaml":       enMessages + "heading.prerequisites: Before\nversion-check: See\n",
				"en/includes/shared.md":  "Shared.\n",
				"en/includes/english.md": "English for all.\n",
				"ja/messages.yaml":       jaMessages + "heading.prerequisites: 始める前に\nversion-check: \"`kubectl version`\"\n",
				"ja/includes/shared.md":  "共通の文。\n",
				"ja/one-pod.md":          "---\ntitle: t\nsummary: s\nen: \"00000000\"\n---\n" + test.source + "\n",
			})
			if err := lib.Check([]*lessons.Lesson{onePod(t)}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, lib.Document(content.Japanese, "one-pod").Intro); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A heading's shortcode is put into words; what is pinned is what was written.
func TestHeadingOfASection(t *testing.T) {
	page := strings.Replace(onePodPage, "## Stop {#stop}", `## {{% heading "cleanup" %}} {#stop}`, 1)
	lib := load(t, map[string]string{"en/one-pod.md": page, "en/messages.yaml": enMessages + "heading.cleanup: Clean up\n"})
	if err := lib.Check([]*lessons.Lesson{onePod(t)}); err != nil {
		t.Fatal(err)
	}
	if got := lib.Document(content.English, "one-pod").Sections[1].Heading; got != "Clean up" {
		t.Errorf("the heading is %q", got)
	}
	if got := lib.Source(content.English, "one-pod", "stop"); !strings.HasPrefix(got, `{{% heading "cleanup" %}}`) {
		t.Errorf("the source is %q", got)
	}
}

func TestMistakesInShortcodes(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{`{{< include "gone.md" >}}`, "en/one-pod.md:5: there is no file includes/gone.md in this language or English"},
		{`### {{< heading "coffee" >}}`, `en/one-pod.md:5: unknown heading "coffee": expected prerequisites, objectives, cleanup or whatsnext`},
		{`{{< codenew language="yaml" >}}`, `en/one-pod.md:5: expected the file to show: {{< codenew file="pod.yaml" >}}`},
		{`{{< codenew file="no.yaml" >}}`, `en/one-pod.md:5: lesson one-pod has no file "no.yaml" in manifests or files`},
		{"{{< tabs >}}\nText\n{{< /tabs >}}", `en/one-pod.md:6: expected {{< tab name="…" >}} in tabs`},
		{`{{< include "step.md" >}}`, "en/includes/step.md:1: expected no step in a file to include"},
	} {
		lib := load(t, map[string]string{
			"en/one-pod.md":       strings.Replace(onePodPage, "Hello.", test.source, 1),
			"en/includes/step.md": "## A step {#run}\n",
		})
		if err := lib.Check([]*lessons.Lesson{onePod(t)}); err == nil || err.Error() != test.want {
			t.Errorf("%s: got\n%v\nwant\n%s", test.source, err, test.want)
		}
	}
}
