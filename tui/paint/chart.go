package paint

import "strings"

// Column is what stands in one column of a chart.
type Column struct {
	Value int64
	// Empty is a column that nothing is known of.
	Empty bool
	// Unmeasured is a value that nobody has read but that follows from something
	// else; it is drawn with a sign of its own.
	Unmeasured bool
	// Mark stands above the column, such as the end of what is drawn.
	Mark string
}

// Line is a value that a chart shows across its whole width.
type Line struct {
	Value int64
	Role  Role
}

// Chart draws columns as rows of cells, the first column at the left, from 0 at
// the bottom to top at the upper edge. In a cell a column goes before a line, and
// a mark before both. What is over top is drawn up to it.
func Chart(g *Glyphs, role Role, columns []Column, lines []Line, top int64, height int) []Row {
	rows := make([]Row, height)
	for y := range rows {
		rows[y] = chartRow(g, role, columns, lines, top, height, y)
	}
	return rows
}

// chartRow draws the row y, counted from the top.
func chartRow(g *Glyphs, role Role, columns []Column, lines []Line, top int64, height, y int) Row {
	from := height - 1 - y // counted from the bottom
	under, underRole := " ", Text
	for _, l := range lines {
		if RowOf(l.Value, top, height) == y {
			under, underRole = g.Line, l.Role
		}
	}
	var row Row
	put := func(role Role, text string) {
		if n := len(row); n > 0 && row[n-1].Tag == role {
			row[n-1].Text += text
			return
		}
		row = append(row, S(role, text))
	}
	for _, c := range columns {
		parts := 0
		if !c.Empty && top > 0 {
			levels := int64(len(g.Levels))
			parts = int(min(max(c.Value, 0), top)*int64(height)*levels/top) - from*int(levels)
			if from == 0 && c.Value > 0 {
				parts = max(parts, 1) // little is not nothing
			}
		}
		switch {
		case y == 0 && c.Mark != "":
			put(Bad, c.Mark)
		case parts > 0 && c.Unmeasured:
			put(Bad, g.Unmeasured)
		case parts > 0:
			put(role, g.Levels[min(parts, len(g.Levels))-1])
		default:
			put(underRole, under)
		}
	}
	return row
}

// RowOf is the row of a chart, counted from its top, in which a value stands.
func RowOf(value, top int64, height int) int {
	if top <= 0 {
		return height - 1
	}
	return height - 1 - int(min(max(value*int64(height)/top, 0), int64(height-1)))
}

// Spark draws values from 0 to 1 in one row, a column each; those below 0 are
// not known.
func Spark(g *Glyphs, values []float64) string {
	var b strings.Builder
	for _, v := range values {
		if v <= 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteString(g.Levels[min(int(v*float64(len(g.Levels))), len(g.Levels)-1)])
	}
	return b.String()
}
