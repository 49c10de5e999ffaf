package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
	"github.com/podlab/podlab/tui/wrap"
)

var pageWidths = []int{60, 80, 120, 160}

// everyPage calls f with each shipped document at each width.
func everyPage(t *testing.T, f func(t *testing.T, lib *content.Library, lang content.Lang, l *lessons.Lesson, width int)) {
	t.Helper()
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, lang := range content.Langs {
		for _, l := range all {
			for _, width := range pageWidths {
				n++
				t.Run(fmt.Sprintf("%s-%s-%d", lang, l.ID, width), func(t *testing.T) { f(t, lib, lang, l, width) })
			}
		}
	}
	if n != 5*16*4 {
		t.Errorf("%d pages", n)
	}
}

// A table, a list, a note, code and a manifest, as each language sets them. No
// line is wider than is easy to read, so that the wide screens show the same.
func TestGoldenPages(t *testing.T) {
	everyPage(t, func(t *testing.T, lib *content.Library, lang content.Lang, l *lessons.Lesson, width int) {
		if l.ID != "assign-memory-resource" {
			return // only asserted, in TestPages
		}
		doc := lib.Document(lang, l.ID)
		i := slices.IndexFunc(doc.Sections, func(s content.Section) bool { return s.Step == "exceed-limit" })
		blocks := slices.Concat(lib.Document(lang, "quality-service-pod").Intro, doc.Sections[i].Blocks)
		set := pageSetter(lib, lang, l, width)
		var page strings.Builder
		for _, r := range set.blocks(blocks) {
			page.WriteString(strings.TrimRight(r.String(), " ") + "\n")
		}
		file := filepath.Join("testdata", "pages", fmt.Sprintf("%s-%d.golden", lang, set.width))
		if *update {
			if err := os.WriteFile(file, []byte(page.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v: run the test with -update", err)
		}
		if diff := cmp.Diff(string(want), page.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Marks that begin, and that end, no line of Japanese or Chinese.
const (
	neverFirst = "、。，．・：；？！）］｝」』】〉》〕ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…"
	neverLast  = "（［｛「『【〈《〔"
)

// TestPages holds every page to what the typesetter promises.
func TestPages(t *testing.T) {
	everyPage(t, func(t *testing.T, lib *content.Library, lang content.Lang, l *lessons.Lesson, width int) {
		var whole strings.Builder
		if err := WriteText(&whole, lib, lang, l, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(whole.String()) {
			if w := wrap.Width(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("%q is %d wide", line, w)
			}
		}
		set := pageSetter(lib, lang, l, width)
		doc := lib.Document(lang, l.ID)
		for _, blocks := range append([][]content.Block{doc.Intro}, sectionBlocks(doc)...) {
			for _, b := range flat(blocks) {
				checkBlock(t, set, b)
			}
		}
	})
}

func pageSetter(lib *content.Library, lang content.Lang, l *lessons.Lesson, width int) typesetter {
	glyphs := paint.NewTheme(true, false).Glyphs
	return typesetter{words: words{lib.Printer(lang)}, glyphs: &glyphs, width: min(width, proseWidth), files: files{ours: workFiles(l)}}
}

func sectionBlocks(doc content.Document) [][]content.Block {
	var all [][]content.Block
	for _, s := range doc.Sections {
		heading := content.Block{Kind: content.Heading, Spans: []content.Span{{Text: s.Heading}}}
		all = append(all, append([]content.Block{heading}, s.Blocks...))
	}
	return all
}

// flat are blocks and those inside them. A question has none: it is set with the
// step's answers.
func flat(blocks []content.Block) []content.Block {
	var all []content.Block
	for _, b := range blocks {
		if b.Kind != content.Ask {
			all = append(append(all, b), flat(b.Children)...)
		}
	}
	return all
}

func checkBlock(t *testing.T, set typesetter, b content.Block) {
	t.Helper()
	rows := set.block(b)
	for _, r := range rows {
		if r.Width() > set.width {
			t.Errorf("%q is %d wide", r.String(), r.Width())
		}
		if !utf8.ValidString(r.String()) || strings.ContainsRune(r.String(), utf8.RuneError) {
			t.Errorf("%q has half a character", r.String())
		}
	}
	switch b.Kind {
	case content.Table:
		checkTable(t, set, b.Rows, rows)
	case content.CodeBlock:
		for _, r := range rows {
			if !strings.HasPrefix(r.String(), strings.Repeat("  ", b.Depth+1)) {
				t.Errorf("code %q is not where the rest of it is", r.String())
			}
		}
		sameText(t, b.Text, rows)
	case content.Manifest:
		for _, r := range rows {
			if r.Width() != rows[0].Width() || !strings.ContainsAny(last(r.String()), "│┐┘") {
				t.Errorf("the box of %s is open at %q", b.Info, r.String())
			}
		}
	case content.Paragraph, content.Heading, content.Item:
		checkLines(t, rows)
		sameText(t, b.Marker+spans(b.Spans).String(), rows)
	}
}

func last(s string) string {
	_, n := utf8.DecodeLastRuneInString(s)
	return s[len(s)-n:]
}

// checkLines finds lines that break where no line may.
func checkLines(t *testing.T, lines []paint.Row) {
	t.Helper()
	for i, r := range lines {
		text := strings.TrimSpace(r.String())
		first, _ := utf8.DecodeRuneInString(text)
		if i > 0 && strings.ContainsRune(neverFirst, first) {
			t.Errorf("a line begins with %q: %q", first, text)
		}
		if i+1 < len(lines) && strings.Contains(neverLast, last(text)) && text != "" {
			t.Errorf("a line ends with a bracket: %q", text)
		}
	}
}

// sameText finds text that was lost or put in.
func sameText(t *testing.T, want string, rows []paint.Row) {
	t.Helper()
	var got strings.Builder
	for _, r := range rows {
		got.WriteString(r.String())
	}
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	if diff := cmp.Diff(bare(want), bare(got.String())); diff != "" {
		t.Errorf("the text is not the same (-want +got):\n%s", diff)
	}
}

// checkTable finds columns that do not stand below each other, cells that break
// where no line may, and text that is not all there.
func checkTable(t *testing.T, set typesetter, table [][][]content.Span, rows []paint.Row) {
	t.Helper()
	rows = slices.DeleteFunc(slices.Clone(rows), func(r paint.Row) bool { return len(r) == 0 })
	from := 0
	for i, w := range set.columns(table) {
		for _, r := range rows {
			text := r.String()
			if before := ansi.Cut(text, 0, from); wrap.Width(before) != from || from > 0 && !strings.HasSuffix(before, "  ") {
				t.Errorf("column %d does not begin at %d in %q", i+1, from, text)
			}
		}
		from += w + tableGap
	}
	y := 0
	for _, cells := range table {
		lines := set.tableRow(cells, set.columns(table), false)
		x := 0
		for i, w := range set.columns(table) {
			var column []paint.Row
			for _, r := range lines {
				if text := strings.TrimSpace(ansi.Cut(r.String(), x, x+w)); text != "" {
					column = append(column, paint.R(paint.Text, text))
				}
			}
			checkLines(t, column)
			sameText(t, spans(cells[i]).String(), column)
			x += w + tableGap
		}
		y += len(lines)
	}
	if y != len(rows) {
		t.Errorf("the table has %d lines, its rows %d", len(rows), y)
	}
}
