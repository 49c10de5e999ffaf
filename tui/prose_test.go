package tui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/tui/paint"
)

func TestTypesetter(t *testing.T) {
	text := func(s string) []content.Span { return []content.Span{{Text: s}} }
	tests := []struct {
		name   string
		width  int
		blocks []content.Block
		want   []string
	}{
		{"paragraphs", 20, []content.Block{
			{Kind: content.Paragraph, Spans: []content.Span{{Text: "A "}, {Text: "limit", Bold: true}, {Text: " is what a container may not exceed."}}},
			{Kind: content.Paragraph, Spans: text("Next.")},
		}, []string{"A limit is what a", "container may not", "exceed.", "", "Next."}},
		{"lists stay together", 16, []content.Block{
			{Kind: content.Item, Marker: "1.", Spans: text("apply the manifest")},
			{Kind: content.Item, Marker: "•", Depth: 1, Spans: text("wait")},
		}, []string{"1. apply the", "   manifest", "  • wait"}},
		{
			"code is not filled", 12,
			[]content.Block{{Kind: content.CodeBlock, Text: "kubectl get\n  pods\n"}},
			[]string{"  kubectl ge", "  t", "    pods"},
		},
		{
			"callout", 14,
			[]content.Block{{Kind: content.Callout, Info: "caution", Children: []content.Block{{Kind: content.Paragraph, Spans: text("this goes away")}}}},
			[]string{"▌ Caution", "▌ this goes", "▌ away"},
		},
		{
			"table", 16,
			[]content.Block{{Kind: content.Table, Rows: [][][]content.Span{{text("unit"), text("bytes in all")}, {text("1Mi"), text("1048576")}}}},
			[]string{"unit  bytes in  ", "      all       ", "", "1Mi   1048576   "},
		},
		{
			"manifest", 20,
			[]content.Block{{Kind: content.Manifest, Info: "a.yaml", Marks: []int{2}}},
			[]string{"┌ a.yaml ──────────┐", "│ 1 kind: Pod      │", "│▶2 metadata: {nam │", "│   e: memory-demo │", "│   }              │", "└──────────────────┘"},
		},
		{
			"manifest that is not there", 40,
			[]content.Block{{Kind: content.Manifest, Info: "b.yaml"}},
			[]string{"The file b.yaml is not there."},
		},
	}
	glyphs := paint.NewTheme(true, false).Glyphs
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := typesetter{
				words: words{prose(t).Printer(content.English)}, glyphs: &glyphs, width: tt.width,
				files: files{ours: map[string]string{"a.yaml": "kind: Pod\nmetadata: {name: memory-demo}\n"}},
			}
			var got []string
			for _, r := range set.blocks(tt.blocks) {
				got = append(got, r.String())
				if r.Width() > tt.width {
					t.Errorf("%q is wider than %d", r.String(), tt.width)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestShownMessagesExist(t *testing.T) {
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	p := lib.Printer(content.English)
	keys := NewKeyMap(words{p}, &paint.NewTheme(true, true).Glyphs)
	here, elsewhere := keys.groups(inLesson)
	for _, group := range append(here, elsewhere...) {
		if p.T(group.heading) == group.heading {
			t.Errorf("there is no message %s", group.heading)
		}
		for _, b := range group.keys {
			if strings.HasPrefix(b.Help().Desc, "key.") {
				t.Errorf("there is no message %s", b.Help().Desc)
			}
		}
	}
}
