package tui

import (
	"strings"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
	"github.com/podlab/podlab/tui/wrap"
)

// proseWidth is the widest line that is still easy to read.
const proseWidth = 100

// typesetter turns blocks of prose into rows of a width.
type typesetter struct {
	words  words
	glyphs *paint.Glyphs
	width  int
	files  files
	plain  bool // without boxes

	// Of the step's question, nil where it has none.
	question *lessons.Question
	section  content.Section
	answer   string
	verdict  verdict
}

// blocks sets blocks one below another, an empty row between them.
func (t typesetter) blocks(blocks []content.Block) []paint.Row {
	var rows []paint.Row
	for i, b := range blocks {
		tight := i > 0 && b.Kind == content.Item && blocks[i-1].Kind == content.Item
		if i > 0 && !tight {
			rows = append(rows, nil)
		}
		rows = append(rows, t.block(b)...)
	}
	return rows
}

func (t typesetter) block(b content.Block) []paint.Row {
	switch b.Kind {
	case content.Heading:
		return t.wrap(nil, nil, spans(b.Spans).As(paint.Title))
	case content.Item:
		indent := strings.Repeat("  ", b.Depth)
		marker := b.Marker
		if marker == "•" || marker == "" {
			marker = t.glyphs.Bullet
		}
		return t.wrap(paint.R(paint.Accent, indent+marker+" "), nil, spans(b.Spans))
	case content.CodeBlock:
		return t.code(b)
	case content.Manifest:
		return t.manifest(b)
	case content.Callout:
		return t.callout(b)
	case content.FeatureState:
		text := t.words.T("feature."+b.Info, "Version", b.Text)
		return t.wrap(nil, nil, paint.R(paint.Dim, text))
	case content.Quote:
		return t.nested(paint.R(paint.Dim, t.glyphs.MarkedLine+" "), b.Children)
	case content.Ask:
		return t.ask()
	case content.Table:
		return t.table(b.Rows)
	}
	indent := paint.R(paint.Text, strings.Repeat("  ", b.Depth))
	return t.wrap(indent, nil, spans(b.Spans))
}

func (t typesetter) wrap(first, rest, text paint.Row) []paint.Row {
	return paint.Wrap(t.width, first, rest, text)
}

// spans gives prose its roles.
func spans(in []content.Span) paint.Row {
	row := make(paint.Row, 0, len(in))
	for _, s := range in {
		role := paint.Text
		switch {
		case s.Code:
			role = paint.Code
		case s.Link != "":
			role = paint.Link
		case s.Bold:
			role = paint.Bold
		case s.Italic:
			role = paint.Italic
		}
		row = append(row, paint.S(role, s.Text))
	}
	return row
}

func (t typesetter) code(b content.Block) []paint.Row {
	var rows []paint.Row
	indent := strings.Repeat("  ", b.Depth+1)
	for _, l := range wrap.Hard(t.width-len(indent), strings.TrimRight(b.Text, "\n")) {
		rows = append(rows, paint.Row{paint.S(paint.Text, indent), paint.S(paint.Code, l)})
	}
	return rows
}

// callout sets a note under its kind's name.
func (t typesetter) callout(b content.Block) []paint.Row {
	role := paint.Accent
	if b.Info == "caution" || b.Info == "warning" {
		role = paint.Warn
	}
	lead := paint.R(role, t.glyphs.MarkedLine+" ")
	rows := []paint.Row{{lead[0], paint.S(role, t.words.T("callout."+b.Info))}}
	return append(rows, t.nested(lead, b.Children)...)
}

func (t typesetter) nested(lead paint.Row, children []content.Block) []paint.Row {
	inner := t
	inner.width = max(t.width-lead.Width(), 1)
	var rows []paint.Row
	for _, r := range inner.blocks(children) {
		rows = append(rows, append(append(paint.Row{}, lead...), r...))
	}
	return rows
}
