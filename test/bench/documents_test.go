package main

import (
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/text"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui"
)

// BenchmarkDocuments reads and sets all prose in all languages, with goldmark's
// own reading of the same files as the yardstick.
func BenchmarkDocuments(b *testing.B) {
	all, err := lessons.All()
	if err != nil {
		b.Fatal(err)
	}
	var took, bare time.Duration
	for b.Loop() {
		begin := time.Now()
		if n := setAll(b, all); n != len(all)*len(content.Langs) {
			b.Fatalf("%d documents", n)
		}
		took += time.Since(begin)
		begin = time.Now()
		parseAll(b)
		bare += time.Since(begin)
	}
	b.ReportMetric(took.Seconds()*1000/float64(b.N), "documents-ms")
	b.ReportMetric(bare.Seconds()*1000/float64(b.N), "bare-documents-ms")
}

// setAll reads all documents and sets them as the screen does.
func setAll(b *testing.B, all []*lessons.Lesson) (documents int) {
	b.Helper()
	lib, err := content.Load(content.Shipped)
	if err != nil {
		b.Fatal(err)
	}
	for _, lang := range lib.Langs() {
		for _, l := range all {
			if err := tui.WriteText(io.Discard, lib, lang, l, 100); err != nil {
				b.Fatal(err)
			}
			documents++
		}
	}
	return documents
}

func parseAll(b *testing.B) {
	b.Helper()
	files, err := fs.Glob(content.Shipped, "*/*.md")
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		data, err := content.Shipped.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		if !goldmark.DefaultParser().Parse(text.NewReader(data)).HasChildren() {
			b.Fatalf("%s is empty", f)
		}
	}
}
