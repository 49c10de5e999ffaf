package tui

import (
	"fmt"
	"strings"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/tui/paint"
	"github.com/podlab/podlab/tui/wrap"
)

// proseWidth is the widest line that is still easy to read.
const proseWidth = 100

// typesetter turns blocks of prose into rows of a width.
type typesetter struct {
	words     words
	glyphs    *paint.Glyphs
	width     int
	manifests map[string]string // by file name
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

// table sets each row as a line of cells. Columns share the width by what
// they hold; a cell that does not fit is cut.
func (t typesetter) table(table [][][]content.Span) []paint.Row {
	var widths []int
	for _, r := range table {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], spans(cell).Width())
		}
	}
	shrink(widths, t.width-2*(len(widths)-1))
	var rows []paint.Row
	for i, r := range table {
		var row paint.Row
		for j, cell := range r {
			text := spans(cell)
			if i == 0 {
				text = text.As(paint.Bold)
			}
			if j > 0 {
				row = append(row, paint.S(paint.Text, "  "))
			}
			row = append(row, pad(text, widths[j], t.glyphs)...)
		}
		rows = append(rows, row)
	}
	return rows
}

// shrink takes cells from the widest columns until all fit into total.
func shrink(widths []int, total int) {
	for {
		sum, widest := 0, 0
		for i, w := range widths {
			sum += w
			if w > widths[widest] {
				widest = i
			}
		}
		if len(widths) == 0 || sum <= total || widths[widest] <= 1 {
			return
		}
		widths[widest]--
	}
}

// manifest sets a file in a box, with line numbers. Lines that matter carry a
// mark and are bold. A long line goes on below, without a number.
func (t typesetter) manifest(b content.Block) []paint.Row {
	text, ok := t.manifests[b.Info]
	if !ok {
		return t.wrap(nil, nil, paint.R(paint.Bad, t.words.T("manifest.missing", "File", b.Info)))
	}
	marks := map[int]bool{}
	for _, n := range b.Marks {
		marks[n] = true
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	digits := len(fmt.Sprint(len(lines)))
	inner := max(t.width-digits-5, 8) // mark, number, space, two borders
	widest := 0
	for _, l := range lines {
		widest = max(widest, wrap.Width(l))
	}
	inner = min(inner, max(widest, wrap.Width(b.Info)+2))
	g := t.glyphs
	rows := []paint.Row{t.rule(g.Corner(paint.TopLeft), g.Corner(paint.TopRight), " "+b.Info+" ", inner+digits+3)}
	for i, l := range lines {
		role, mark := paint.Code, " "
		if marks[i+1] {
			role, mark = paint.Marked, g.Current
		}
		number := fmt.Sprintf("%*d ", digits, i+1)
		for _, part := range wrap.Hard(inner, l) {
			row := paint.Row{paint.S(paint.Border, g.Vertical()), paint.S(role, mark), paint.S(paint.Dim, number)}
			row = append(row, pad(paint.R(role, part), inner+1, g)...)
			rows = append(rows, append(row, paint.S(paint.Border, g.Vertical())))
			number, mark = strings.Repeat(" ", digits+1), " "
		}
	}
	return append(rows, t.rule(g.Corner(paint.BottomLeft), g.Corner(paint.BottomRight), "", inner+digits+3))
}

// rule is a box's upper or lower edge, w cells between its corners.
func (t typesetter) rule(left, right, title string, w int) paint.Row {
	title = paint.R(paint.Title, title).Cut(w, t.glyphs.Ellipsis).String()
	return paint.Row{
		paint.S(paint.Border, left),
		paint.S(paint.Title, title),
		paint.S(paint.Border, strings.Repeat(t.glyphs.Horizontal(), max(w-wrap.Width(title), 0))+right),
	}
}
