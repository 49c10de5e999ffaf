package paint

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/podlab/podlab/tui/wrap"
)

// Span is a run of text in one role.
type Span = wrap.Span[Role]

// Row is one line of text.
type Row []Span

// S makes a span.
func S(role Role, text string) Span { return Span{Text: text, Tag: role} }

// R makes a row of one span.
func R(role Role, text string) Row { return Row{S(role, text)} }

// Width is the number of cells that the row takes.
func (r Row) Width() int {
	w := 0
	for _, s := range r {
		w += wrap.Width(s.Text)
	}
	return w
}

// String is the row's text without its roles.
func (r Row) String() string {
	var b strings.Builder
	for _, s := range r {
		b.WriteString(s.Text)
	}
	return b.String()
}

// As gives every span of the row one role.
func (r Row) As(role Role) Row {
	out := make(Row, len(r))
	for i, s := range r {
		out[i] = S(role, s.Text)
	}
	return out
}

// Cut shortens the row to w cells, with the mark at its end where something
// is missing.
func (r Row) Cut(w int, mark string) Row {
	if r.Width() <= w {
		return r
	}
	out, left := Row{}, w
	for _, s := range r {
		sw := wrap.Width(s.Text)
		if sw < left || sw == 0 {
			out, left = append(out, s), left-sw
			continue
		}
		if text := ansi.Truncate(s.Text, left, mark); text != "" {
			out = append(out, S(s.Tag, text))
		}
		return out
	}
	return out
}

// Wrap breaks the row into rows of at most w cells. The first is led by
// first, those after it by rest.
func Wrap(w int, first, rest, text Row) []Row {
	lead := max(first.Width(), rest.Width())
	lines := wrap.Spans(w-lead, text)
	rows := make([]Row, len(lines))
	for i, l := range lines {
		head := rest
		if i == 0 {
			head = first
		}
		row := make(Row, 0, len(head)+1+len(l))
		row = append(row, head...)
		if pad := lead - head.Width(); pad > 0 {
			row = append(row, S(Text, strings.Repeat(" ", pad)))
		}
		rows[i] = append(row, l...)
	}
	return rows
}
