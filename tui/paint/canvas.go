// Package paint draws one frame of the screen: rows of text by role, boxes
// whose borders join, and cells of a terminal. What does not fit is cut at its
// area's edge, never in the middle of a character.
package paint

import (
	"image"
	"strings"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Rect is an area of the frame, in cells.
type Rect = image.Rectangle

// Area makes a Rect of its left top corner and its size.
func Area(x, y, w, h int) Rect { return image.Rect(x, y, x+max(w, 0), y+max(h, 0)) }

// The sides on which a border goes on.
const (
	up = 1 << iota
	right
	down
	left
)

// edge is a border's part in one cell.
type edge struct {
	sides uint8
	role  Role
}

// Canvas is a frame being drawn. The zero value is not usable; see New.
type Canvas struct {
	Theme *Theme
	w, h  int
	lines []uv.Line
	edges []edge
}

// New makes an empty canvas.
func New(w, h int, theme *Theme) *Canvas {
	c := &Canvas{Theme: theme}
	c.Reset(w, h)
	return c
}

// Reset empties the canvas and gives it a size.
func (c *Canvas) Reset(w, h int) {
	w, h = max(w, 0), max(h, 0)
	if w != c.w || h != c.h || c.lines == nil {
		c.w, c.h = w, h
		c.edges = make([]edge, w*h)
		c.lines = make([]uv.Line, h)
		for y := range c.lines {
			c.lines[y] = make(uv.Line, w)
		}
	}
	clear(c.edges)
	for _, l := range c.lines {
		for x := range l {
			l[x] = uv.EmptyCell
		}
	}
}

// Bounds is the whole frame.
func (c *Canvas) Bounds() Rect { return Area(0, 0, c.w, c.h) }

// Row draws a row in the area's line y (counted from its top) and cuts it at
// the area's edge, with a mark. It returns the cells used.
func (c *Canvas) Row(area Rect, y int, row Row) int {
	area = area.Intersect(c.Bounds())
	y += area.Min.Y
	if y < area.Min.Y || y >= area.Max.Y {
		return 0
	}
	x := area.Min.X
	for _, s := range row.Cut(area.Dx(), c.Theme.Glyphs.Ellipsis) {
		style := c.Theme.Style(s.Tag)
		for text := s.Text; text != ""; {
			content, w := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
			text = text[len(content):]
			if w == 0 || x+w > area.Max.X {
				continue
			}
			c.Cell(x, y, &uv.Cell{Content: content, Width: w, Style: style})
			x += w
		}
	}
	return x - area.Min.X
}

// Rows draws rows from the one numbered first on, as many as fit.
func (c *Canvas) Rows(area Rect, rows []Row, first int) {
	for y := 0; y < area.Dy() && first+y < len(rows); y++ {
		if first+y >= 0 {
			c.Row(area, y, rows[first+y])
		}
	}
}

// Right draws a row so that it ends at the area's right edge in its line y.
// It returns the cells used.
func (c *Canvas) Right(area Rect, y int, row Row) int {
	w := min(row.Width(), area.Dx())
	area.Min.X = area.Max.X - w
	return c.Row(area, y, row)
}

// Cell sets one cell. Where terminals disagree on the width of a character,
// only its first part is drawn, or a dot for it, so that the rest of the line
// stays in its place.
func (c *Canvas) Cell(x, y int, cell *uv.Cell) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	if len(cell.Content) < 2 || ansi.StringWidthWc(cell.Content) == cell.Width {
		c.lines[y].Set(x, cell)
		return
	}
	drawn := *cell
	_, n := utf8.DecodeRuneInString(cell.Content)
	drawn.Content = cell.Content[:n]
	if ansi.StringWidthWc(drawn.Content) != cell.Width {
		drawn.Content, drawn.Width = "·", 1
	}
	c.lines[y].Set(x, &drawn)
}

// Fill empties an area, borders included, and gives it a role.
func (c *Canvas) Fill(area Rect, role Role) {
	area = area.Intersect(c.Bounds())
	blank := uv.EmptyCell
	blank.Style = c.Theme.Style(role)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c.lines[y].Set(x, &blank)
			c.edges[y*c.w+x] = edge{}
		}
	}
}

// Box draws a border along the inside of the area's edge. Borders that touch
// join when Join is called.
func (c *Canvas) Box(area Rect, role Role) {
	if area.Dx() < 2 || area.Dy() < 2 {
		return
	}
	x0, y0, x1, y1 := area.Min.X, area.Min.Y, area.Max.X-1, area.Max.Y-1
	for x := x0; x < x1; x++ {
		for _, y := range []int{y0, y1} {
			c.edge(x, y, right, role)
			c.edge(x+1, y, left, role)
		}
	}
	for y := y0; y < y1; y++ {
		for _, x := range []int{x0, x1} {
			c.edge(x, y, down, role)
			c.edge(x, y+1, up, role)
		}
	}
}

func (c *Canvas) edge(x, y int, sides uint8, role Role) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	e := &c.edges[y*c.w+x]
	e.sides |= sides
	e.role = max(e.role, role) // Focus over Border
}

// Join puts the borders drawn since the last call onto the frame.
func (c *Canvas) Join() {
	for i, e := range c.edges {
		if e.sides != 0 {
			c.lines[i/c.w].Set(i%c.w, &uv.Cell{Content: c.Theme.Glyphs.borders[e.sides], Width: 1, Style: c.Theme.Style(e.role)})
		}
	}
	clear(c.edges)
}

// Inner is the area inside a box.
func Inner(box Rect) Rect {
	if box.Dx() < 2 || box.Dy() < 2 {
		return Rect{Min: box.Min, Max: box.Min}
	}
	return box.Inset(1)
}

// Center is an area of at most w by h cells in the middle of outer.
func Center(outer Rect, w, h int) Rect {
	w, h = min(w, outer.Dx()), min(h, outer.Dy())
	return Area(outer.Min.X+(outer.Dx()-w)/2, outer.Min.Y+(outer.Dy()-h)/2, w, h)
}

// String is the frame with its styles, line by line.
func (c *Canvas) String() string {
	var b strings.Builder
	b.Grow(c.w * c.h * 2)
	for y, l := range c.lines {
		if y > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.Render())
	}
	return b.String()
}
