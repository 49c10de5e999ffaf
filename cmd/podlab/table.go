package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/podlab/podlab/tui/wrap"
)

// table is rows of cells that stand below one another, however wide their
// characters are.
type table struct{ rows [][]string }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the rows; the last cell of each is as long as it is.
func (t *table) print(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row[:max(len(row)-1, 0)] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], wrap.Width(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-wrap.Width(cell)+2))
			}
		}
		_, _ = fmt.Fprintln(w, strings.TrimRight(line.String(), " ")) // into memory, see write
	}
}
