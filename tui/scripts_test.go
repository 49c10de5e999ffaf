package tui

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// Marks that no line of prose begins with, in any language.
const closing = "、。，．；：？！）」』】〉》〕”’,.;:?!)]}"

// typography is a lesson with one of everything, in all languages.
func typography(t testing.TB) (*lessons.Lesson, *content.Library) {
	t.Helper()
	words := fstest.MapFS{}
	for _, lang := range content.Langs {
		data, err := content.Shipped.ReadFile(string(lang) + "/messages.yaml")
		if err != nil {
			t.Fatal(err)
		}
		words[string(lang)+"/messages.yaml"] = &fstest.MapFile{Data: data}
	}
	lib, err := content.LoadFolders(content.Folder{FS: words}, content.Folder{FS: os.DirFS("testdata/type/content")})
	if err != nil {
		t.Fatal(err)
	}
	return &lessons.Lesson{
		ID: "type", Order: 1, Minutes: 1,
		FS: fstest.MapFS{"manifests/memory-request-limit-2.yaml": {Data: []byte(manifest)}},
		Steps: []lessons.Step{{
			ID: "exceed", Hints: []string{"look"},
			Commands: []lessons.Command{{Run: "kubectl apply -f memory-request-limit-2.yaml"}},
			Outcomes: []lessons.Outcome{{ID: "killed", Kind: lessons.Once}},
		}},
	}, lib
}

// Every kind of block in every language on every width.
func TestGoldenTypography(t *testing.T) {
	l, lib := typography(t)
	for _, lang := range content.Langs {
		for _, width := range []int{60, 80, 100, 120, 160} {
			name := fmt.Sprintf("type-%s-%d", lang, width)
			t.Run(name, func(t *testing.T) {
				s := start(t, width, 80, func(c *Config) {
					c.Lessons, c.Content, c.Lang, c.Lesson = []*lessons.Lesson{l}, lib, lang, "type"
					c.Open = nil
					c.Cluster = &fakeCluster{hold: make(chan struct{})}
				})
				screen := s.shows("$ kubectl apply", "kind: Pod", "restartCount")
				whole(t, screen, width)
				aligned(t, screen)
				golden(t, name, screen)
			})
		}
	}
}

// aligned checks that a manifest's box has straight sides, counted in cells.
func aligned(t testing.TB, screen string) {
	t.Helper()
	left, right := -1, -1
	for line := range strings.Lines(screen) {
		if i := strings.Index(line, "┌ memory-request-limit-2.yaml"); i >= 0 {
			left = ansi.StringWidth(line[:i])
			right = ansi.StringWidth(line[:i+strings.Index(line[i:], "┐")])
			continue
		}
		if left < 0 {
			continue
		}
		cell := func(at int) string { return ansi.Cut(strings.TrimRight(line, "\n"), at, at+1) }
		switch {
		case cell(left) == "└" && cell(right) == "┘":
			return
		case cell(left) != "│" || cell(right) != "│":
			t.Errorf("the box's sides are not at cells %d and %d: %q", left, right, line)
		}
	}
	t.Error("the screen has no whole box of a manifest")
}

// All prose that podlab ships fits on all widths, and breaks as its script does.
func TestShippedProseFits(t *testing.T) {
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	glyphs := paint.NewTheme(true, false).Glyphs
	for _, lang := range lib.Langs() {
		for _, l := range all {
			doc := lib.Document(lang, l.ID)
			for _, width := range []int{20, 58, 76, 100, 118, 158} {
				set := typesetter{words: words{lib.Printer(lang)}, glyphs: &glyphs, width: width, files: files{ours: workFiles(l)}}
				check := func(step string, blocks []content.Block) {
					for _, r := range set.blocks(blocks) {
						if r.Width() > width {
							t.Errorf("%s/%s/%s: %q is %d wide, more than %d", lang, l.ID, step, r, r.Width(), width)
						}
						first, _ := utf8.DecodeRuneInString(strings.TrimLeft(r.String(), " "))
						if isProse(r) && strings.ContainsRune(closing, first) && width > 20 {
							t.Errorf("%s/%s/%s at %d: a line begins with %q", lang, l.ID, step, width, r)
						}
					}
				}
				check("head", doc.Intro)
				for _, s := range doc.Sections {
					check(s.Step, s.Blocks)
				}
			}
		}
	}
}

// isProse says whether a row is text, not code or a manifest.
func isProse(r paint.Row) bool {
	for _, s := range r {
		if s.Tag == paint.Code || s.Tag == paint.Border || s.Tag == paint.Marked {
			return false
		}
	}
	return len(r) > 0
}
