package wrap

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Span is a run of text that carries one tag, such as its style.
type Span[T comparable] struct {
	Text string
	Tag  T
}

// cluster is a character as the reader sees it, with its width in cells.
type cluster[T comparable] struct {
	text  string
	width int
	tag   T
}

func (c cluster[T]) space() bool { return c.text == " " }

// Width is the number of cells that s takes on a terminal. Unlike a
// terminal, it gives tabs and other control characters no width.
func Width(s string) int { return ansi.StringWidth(s) }

// String breaks s into lines at most width cells wide. It returns at least
// one line.
func String(width int, s string) []string {
	return texts(Spans(width, []Span[struct{}]{{Text: s}}))
}

// Hard breaks s every width cells, wherever that falls: for program text, in
// which spaces count.
func Hard(width int, s string) []string {
	clusters := split([]Span[struct{}]{{Text: s}}, max(width, 1))
	var lines [][]Span[struct{}]
	for start := 0; start < len(clusters) || start == 0; {
		end, w := start, 0
		for end < len(clusters) && clusters[end].text != "\n" && w+clusters[end].width <= max(width, 1) {
			w += clusters[end].width
			end++
		}
		lines = append(lines, merge(clusters[start:end]))
		if end < len(clusters) && clusters[end].text == "\n" {
			end++
		}
		if end == 0 {
			break
		}
		start = end
	}
	return texts(lines)
}

// Spans breaks a paragraph of spans into lines at most width cells wide,
// keeping the tags. A newline in the text ends a line; other runs of white
// space count as one space. It returns at least one line.
func Spans[T comparable](width int, spans []Span[T]) [][]Span[T] {
	width = max(width, 1)
	var lines [][]Span[T]
	rest := collapse(split(spans, width))
	for {
		line, after, more := cut(rest, width)
		lines = append(lines, merge(line))
		if !more {
			return lines
		}
		rest = after
	}
}

// cut takes the first line off text. More is false when nothing follows it.
func cut[T comparable](text []cluster[T], width int) (line, rest []cluster[T], more bool) {
	w, last := 0, -1 // last is the latest place at which the line may end
	for i, c := range text {
		if c.text == "\n" {
			return trim(text[:i]), text[i+1:], true
		}
		if i > 0 && endable(text, i) {
			last = i
		}
		if w+c.width > width && !c.space() {
			if last <= 0 {
				last = emergency(text[:i])
			}
			return trim(text[:last]), trimLeft(text[last:]), true
		}
		w += c.width
	}
	return trim(text), nil, false
}

// endable says whether a line may end before text[i].
func endable[T comparable](text []cluster[T], i int) bool {
	a, b := text[i-1], text[i]
	if b.space() {
		return false
	}
	if !a.space() {
		return breakable(a.text, b.text)
	}
	// A dash after a space stays with the word before it.
	return i < 2 || !isDash([]rune(b.text)[0])
}

// emergency finds where to cut a word that fills the line: after a joiner in
// its second half, or else where the line is full.
func emergency[T comparable](word []cluster[T]) int {
	for i := len(word) - 1; i >= max(len(word)/2, 1); i-- {
		if strings.Contains(joiners, word[i-1].text) {
			return i
		}
	}
	return max(len(word), 1)
}

// split divides spans into clusters. A cluster wider than a whole line can
// stand nowhere: a question mark takes its place.
func split[T comparable](spans []Span[T], width int) []cluster[T] {
	var out []cluster[T]
	for _, s := range spans {
		for text := strings.ReplaceAll(s.Text, "\r\n", "\n"); text != ""; {
			c, w := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
			text = text[len(c):]
			switch {
			case c == "\t":
				c, w = " ", 1
			case w > width:
				c, w = "?", 1
			}
			out = append(out, cluster[T]{c, w, s.Tag})
		}
	}
	return out
}

// collapse leaves one space of each run, and none around a newline.
func collapse[T comparable](in []cluster[T]) []cluster[T] {
	out := in[:0]
	for _, c := range in {
		n := len(out)
		switch {
		case c.space() && (n == 0 || out[n-1].space() || out[n-1].text == "\n"):
			continue
		case c.text == "\n" && n > 0 && out[n-1].space():
			out[n-1] = c
			continue
		}
		out = append(out, c)
	}
	return out
}

func trim[T comparable](line []cluster[T]) []cluster[T] {
	for len(line) > 0 && line[len(line)-1].space() {
		line = line[:len(line)-1]
	}
	return line
}

func trimLeft[T comparable](line []cluster[T]) []cluster[T] {
	for len(line) > 0 && line[0].space() {
		line = line[1:]
	}
	return line
}

// merge joins neighbouring clusters of one tag.
func merge[T comparable](line []cluster[T]) []Span[T] {
	var out []Span[T]
	var b strings.Builder
	for i, c := range line {
		b.WriteString(c.text)
		if i+1 == len(line) || line[i+1].tag != c.tag {
			out = append(out, Span[T]{b.String(), c.tag})
			b.Reset()
		}
	}
	return out
}

func texts[T comparable](lines [][]Span[T]) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		for _, s := range l {
			out[i] += s.Text
		}
	}
	return out
}
