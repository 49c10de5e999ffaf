package tui

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/tui/paint"
	"github.com/podlab/podlab/tui/wrap"
)

// files are the lesson's manifests and files, as the lesson has them and as the
// learner does.
type files struct {
	ours map[string]string // by name
	// edited are those that the learner has changed; "" was taken away.
	edited map[string]string
	// shown are the files that the prose shows up to here, in its order.
	shown []string
	diff  bool // show what differs from an earlier one, or from ours
	still bool // nobody is there to press a key
}

// named is the first file that a command line names and the learner has changed.
func (f files) named(line string) string {
	for _, word := range strings.Fields(line) {
		for name := range f.edited {
			if word == name || strings.HasSuffix(word, "="+name) {
				return name
			}
		}
	}
	return ""
}

// text is a file as the learner's terminal has it.
func (f files) text(name string) (text string, ok bool) {
	if text, ok = f.edited[name]; ok {
		return text, true
	}
	text, ok = f.ours[name]
	return text, ok
}

// before is what a file is to be compared with: ours, if the learner has changed
// it; else the file shown earlier of which it is a changed version.
func (f files) before(name string) (from, text string, ok bool) {
	if _, edited := f.edited[name]; edited {
		return name, f.ours[name], true
	}
	best := 0.5 // what two files must have in common
	now := f.ours[name]
	for _, other := range f.shown {
		if other == name {
			break
		}
		if alike := likeness(f.ours[other], now); alike >= best && alike < 1 {
			best, from, ok = alike, other, true
		}
	}
	return from, f.ours[from], ok
}

// likeness is the share of lines that two texts have in common.
func likeness(a, b string) float64 {
	same, total := 0, 0
	for _, l := range changes(a, b) {
		total++
		if l.Kind == udiff.Equal {
			same++
		}
	}
	if total == 0 {
		return 0
	}
	// A changed line counts once, though it is taken out and put in.
	longer := max(strings.Count(a, "\n"), strings.Count(b, "\n"), 1)
	return float64(same) / float64(longer)
}

// changes are all the lines of two texts, with what is done to each.
func changes(a, b string) []udiff.Line {
	edits := udiff.Lines(a, b)
	if len(edits) == 0 {
		var all []udiff.Line
		for l := range strings.Lines(b) {
			all = append(all, udiff.Line{Kind: udiff.Equal, Content: l})
		}
		return all
	}
	d, err := udiff.ToUnifiedDiff("", "", a, edits, strings.Count(a, "\n")+1)
	if err != nil {
		return nil // cannot be: the edits are of these texts
	}
	var all []udiff.Line
	for _, h := range d.Hunks {
		all = append(all, h.Lines...)
	}
	return all
}

// shownFiles are the files that a lesson's prose shows up to the end of a step,
// each once.
func shownFiles(doc content.Document, step int) []string {
	var names []string
	seen := map[string]bool{}
	var note func([]content.Block)
	note = func(blocks []content.Block) {
		for _, b := range blocks {
			if b.Kind == content.Manifest && !seen[b.Info] {
				seen[b.Info] = true
				names = append(names, b.Info)
			}
			note(b.Children)
		}
	}
	note(doc.Intro)
	for _, s := range doc.Sections[:min(step+1, len(doc.Sections))] {
		note(s.Blocks)
	}
	return names
}

// boxLine is one line of a manifest's box.
type boxLine struct {
	number     int // 0 for a line that is no longer there
	mark, text string
	role       paint.Role
}

// manifest sets a file in a box, with line numbers. Lines that matter carry a
// mark and are bold; so do, beside an earlier version, those that are new or
// gone. A long line goes on below, without a number.
func (t typesetter) manifest(b content.Block) []paint.Row {
	text, ok := t.files.text(b.Info)
	if !ok {
		return t.wrap(nil, nil, paint.R(paint.Bad, t.words.T("manifest.missing", "File", b.Info)))
	}
	_, edited := t.files.edited[b.Info]
	from, before, compared := t.files.before(b.Info)
	title, foot := b.Info, ""
	var lines []boxLine
	switch {
	case compared && t.files.diff:
		if !edited {
			title = from + " " + t.glyphs.Crumb + " " + b.Info
		}
		lines = t.compared(before, text)
		foot = "d " + t.words.T("manifest.whole")
	case edited:
		lines, foot = t.plainLines(text, nil), "d "+t.words.T("manifest.compare-own")
	default:
		lines = t.plainLines(text, b.Marks)
		if compared {
			foot = "d " + t.words.T("manifest.compare", "File", from)
		}
	}
	if edited {
		title += " " + t.glyphs.Crumb + " " + t.words.T("manifest.edited")
	}
	if t.files.still {
		foot = ""
	}
	return t.box(title, foot, lines)
}

func (t typesetter) plainLines(text string, marked []int) []boxLine {
	marks := map[int]bool{}
	for _, n := range marked {
		marks[n] = true
	}
	var lines []boxLine
	for i, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		line := boxLine{number: i + 1, mark: " ", text: l, role: paint.Code}
		if marks[i+1] {
			line.mark, line.role = t.glyphs.Current, paint.Marked
		}
		lines = append(lines, line)
	}
	return lines
}

func (t typesetter) compared(before, now string) []boxLine {
	var lines []boxLine
	number := 0
	for _, l := range changes(before, now) {
		line := boxLine{mark: " ", text: strings.TrimRight(l.Content, "\n"), role: paint.Dim}
		switch l.Kind {
		case udiff.Delete:
			line.mark, line.role = "-", paint.Bad
		case udiff.Insert:
			line.mark, line.role = "+", paint.Good
		}
		if l.Kind != udiff.Delete {
			number++
			line.number = number
		}
		lines = append(lines, line)
	}
	return lines
}

func (t typesetter) box(title, foot string, lines []boxLine) []paint.Row {
	if t.plain {
		return listing(title, lines)
	}
	digits := len(fmt.Sprint(len(lines)))
	inner := max(t.width-digits-5, 8) // mark, number, space, two borders
	widest := 0
	for _, l := range lines {
		widest = max(widest, wrap.Width(l.text))
	}
	inner = min(inner, max(widest, wrap.Width(title)+2, wrap.Width(foot)+2-digits))
	g := t.glyphs
	rows := []paint.Row{t.rule(g.Corner(paint.TopLeft), g.Corner(paint.TopRight), paint.R(paint.Title, title), inner+digits+3)}
	for _, l := range lines {
		mark, number := l.mark, fmt.Sprintf("%*d ", digits, l.number)
		if l.number == 0 {
			number = strings.Repeat(" ", digits+1)
		}
		for _, part := range wrap.Hard(inner, l.text) {
			row := paint.Row{paint.S(paint.Border, g.Vertical()), paint.S(l.role, mark), paint.S(paint.Dim, number)}
			row = append(row, pad(paint.R(l.role, part), inner+1, g)...)
			rows = append(rows, append(row, paint.S(paint.Border, g.Vertical())))
			number = strings.Repeat(" ", digits+1)
			if mark == g.Current {
				mark = " "
			}
		}
	}
	return append(rows, t.rule(g.Corner(paint.BottomLeft), g.Corner(paint.BottomRight), paint.R(paint.Dim, foot), inner+digits+3))
}

// listing sets a file as one reads it out: its name, and its lines with the mark
// before those that matter.
func listing(title string, lines []boxLine) []paint.Row {
	rows := []paint.Row{paint.R(paint.Title, title+":")}
	for _, l := range lines {
		rows = append(rows, paint.R(l.role, l.mark+" "+l.text))
	}
	return rows
}

// rule is a box's upper or lower edge, w cells between its corners, with a title
// if that is not empty.
func (t typesetter) rule(left, right string, title paint.Row, w int) paint.Row {
	row := paint.Row{paint.S(paint.Border, left)}
	if title.Width() > 0 {
		role := title[0].Tag
		cut := paint.R(role, " "+title.String()+" ").Cut(w, t.glyphs.Ellipsis)
		row = append(row, cut...)
		w -= cut.Width()
	}
	return append(row, paint.S(paint.Border, strings.Repeat(t.glyphs.Horizontal(), max(w, 0))+right))
}
