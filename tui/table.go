package tui

import (
	"strings"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/tui/paint"
)

// tableGap is the space between two columns.
const tableGap = 2

// table sets each row as lines of cells, one below the other where a cell takes
// several. Then an empty row stands between the table's rows, which could not be
// told apart otherwise.
func (t typesetter) table(table [][][]content.Span) []paint.Row {
	widths := t.columns(table)
	var set [][]paint.Row
	tall := false
	for i, r := range table {
		lines := t.tableRow(r, widths, i == 0)
		tall = tall || len(lines) > 1
		set = append(set, lines)
	}
	var rows []paint.Row
	for i, lines := range set {
		if tall && i > 0 {
			rows = append(rows, nil)
		}
		rows = append(rows, lines...)
	}
	return rows
}

// columns are the columns' widths: they share the page by what they hold.
func (t typesetter) columns(table [][][]content.Span) []int {
	var widths []int
	for _, r := range table {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], spans(cell).Width())
		}
	}
	shrink(widths, t.width-tableGap*(len(widths)-1))
	return widths
}

func (t typesetter) tableRow(cells [][]content.Span, widths []int, header bool) []paint.Row {
	columns := make([][]paint.Row, len(cells))
	height := 1
	for i, cell := range cells {
		text := spans(cell)
		if header {
			text = text.As(paint.Bold)
		}
		columns[i] = paint.Wrap(max(widths[i], 1), nil, nil, text)
		height = max(height, len(columns[i]))
	}
	rows := make([]paint.Row, height)
	for y := range rows {
		var row paint.Row
		for i, column := range columns {
			if i > 0 {
				row = append(row, paint.S(paint.Text, strings.Repeat(" ", tableGap)))
			}
			var cell paint.Row
			if y < len(column) {
				cell = column[y]
			}
			row = append(row, pad(cell, widths[i], t.glyphs)...)
		}
		rows[y] = row.Cut(t.width, t.glyphs.Ellipsis) // where there is no room for so many columns
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
