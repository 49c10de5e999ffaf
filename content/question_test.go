package content_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

const asking = `---
title: One Pod
summary: Run it.
---
## Run {#run}

First.

{{< question "phase" >}}
Which *phase* comes first?

{{< answer "pending" >}}Pending{{< /answer >}}
{{< answer "running" >}}` + "`Running`" + `{{< /answer >}}
{{< explanation >}}
It is accepted first.
{{< /explanation >}}
{{< /question >}}

Then.
`

func asks(answers ...string) *lessons.Lesson {
	return &lessons.Lesson{ID: "one-pod", Steps: []lessons.Step{{
		ID: "run", Question: &lessons.Question{ID: "phase", Answers: answers, Right: "pending"},
	}}}
}

func TestQuestion(t *testing.T) {
	lib := load(t, map[string]string{"en/one-pod.md": asking})
	if err := lib.Check([]*lessons.Lesson{asks("pending", "running")}); err != nil {
		t.Error(err)
	}
	s := lib.Document(content.English, "one-pod").Sections[0]
	want := &content.Question{
		ID: "phase", Text: "Which phase comes first?", Explanation: "It is accepted first.",
		Answers: map[string]string{"pending": "Pending", "running": "Running"},
	}
	if diff := cmp.Diff(want, s.Question); diff != "" {
		t.Error(diff)
	}
	var kinds []content.BlockKind
	for _, b := range s.Blocks {
		kinds = append(kinds, b.Kind)
	}
	if diff := cmp.Diff([]content.BlockKind{content.Paragraph, content.Ask, content.Paragraph}, kinds); diff != "" {
		t.Error(diff)
	}
}

// A question belongs to its section: one that is new makes a translation stale,
// and is asked in English there until the section is brought up to date.
func TestQuestionOfAStaleSection(t *testing.T) {
	lib := load(t, map[string]string{
		"en/one-pod.md": asking,
		"ja/one-pod.md": "---\ntitle: P\nsummary: S\nen: x\n---\n## 実行 {#run en=\"00000000\"}\n\n最初に。\n",
	})
	s := lib.Document(content.Japanese, "one-pod").Sections[0]
	if !s.Stale || s.Question == nil || s.Question.Text != "Which phase comes first?" || s.Blocks[len(s.Blocks)-1].Kind != content.Ask {
		t.Errorf("got %+v", s)
	}
}

func TestMistakesInQuestions(t *testing.T) {
	const head = "---\ntitle: T\nsummary: S\n---\n## Run {#run}\n"
	const answers = "{{< answer \"pending\" >}}P{{< /answer >}}{{< answer \"running\" >}}R{{< /answer >}}\n"
	const why = "{{< explanation >}}Why.{{< /explanation >}}\n"
	const open, end = "{{< question \"phase\" >}}\n", "{{< /question >}}\n"
	for _, tt := range []struct{ name, source, want string }{
		{"no question", head + "Text.\n", `en/one-pod.md:5: expected {{< question "phase" >}} in section run`},
		{"another", head + "{{< question \"state\" >}}\nQ?\n" + answers + why + end, `en/one-pod.md:6: expected {{< question "phase" >}} in section run`},
		{"no explanation", head + open + "Q?\n" + answers + end, `en/one-pod.md:6: expected the explanation of question "phase"`},
		{"no text", head + open + answers + why + end, `en/one-pod.md:6: expected the text of question "phase"`},
		{"an answer too few", head + open + "Q?\n{{< answer \"pending\" >}}P{{< /answer >}}\n" + why + end, `en/one-pod.md:6: expected {{< answer "running" >}} in question phase`},
		{"an answer too many", head + open + "Q?\n" + answers + "{{< answer \"x\" >}}X{{< /answer >}}\n" + why + end, `en/one-pod.md:6: question phase has no answer "x"`},
		{"two", head + open + "Q?\n" + answers + why + end + open + "Q?\n" + answers + why + end, `en/one-pod.md:11: expected one question in section run: there is another above`},
		{"answer by itself", head + open + "Q?\n" + answers + why + end + answers, "en/one-pod.md:11: expected answer inside a question"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := load(t, map[string]string{"en/one-pod.md": tt.source}).Check([]*lessons.Lesson{asks("pending", "running")})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}
