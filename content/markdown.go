package content

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.NewCJK(extension.WithEscapedSpace())),
	goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(cjkEmphasis{}, 499))),
).Parser()

// blocks turns chunks into blocks. Shortcodes that are no blocks (outcome,
// hint) are the caller's and must not be among them.
func (s *scanner) blocks(chunks []chunk) []Block {
	var out []Block
	for _, c := range chunks {
		switch c.name {
		case "":
			out = append(out, s.markdown(c)...)
		case "manifest":
			b := Block{Kind: Manifest}
			if len(c.args) > 0 {
				b.Info = c.args[0]
			}
			b.Marks = s.marks(c.line, c.named["marks"])
			out = append(out, b)
		case "question":
			out = append(out, Block{Kind: Ask})
		case "note", "caution", "warning":
			before := len(s.problems)
			b := Block{Kind: Callout, Info: c.name, Children: s.blocks(c.children)}
			if len(b.Children) == 0 && len(s.problems) == before {
				s.problem(c.line, "expected some text in %s", c.name)
			}
			out = append(out, b)
		case "feature-state":
			out = append(out, Block{Kind: FeatureState, Info: c.named["state"], Text: c.named["for_k8s_version"]})
		case "version-check":
			out = append(out, s.message(c.line, "version-check")...)
		case "include":
			out = append(out, s.included(c)...)
		case "tabs":
			out = append(out, s.tabs(c)...)
		case "answer", "explanation":
			s.problem(c.line, "expected %s inside a question", c.name)
		default:
			s.problem(c.line, "%s stands by itself in a step's section, not inside another shortcode", c.name)
		}
	}
	return out
}

// message is a message of the program's as prose.
func (s *scanner) message(line int, id string) []Block {
	if s.say == nil {
		return nil
	}
	return s.markdown(chunk{line: line, text: s.say(id) + "\n"})
}

// included is the prose of another file. It may have all that a section may have
// but outcomes, hints and files of its own.
func (s *scanner) included(c chunk) []Block {
	if len(c.args) != 1 || s.include == nil {
		return nil
	}
	file, text, ok := s.include(c.args[0])
	if !ok {
		s.problem(c.line, "there is no file includes/%s in this language or English", c.args[0])
		return nil
	}
	inner := &scanner{file: file, say: s.say}
	var out []Block
	for i, sec := range inner.sections(strings.Split(strings.TrimRight(text, "\n"), "\n"), 1) {
		if i > 0 {
			inner.problem(sec.line, "expected no step in a file to include")
			break
		}
		out = inner.blocks(withoutNotes(inner, sec.chunks))
	}
	s.problems = append(s.problems, inner.problems...)
	return out
}

// tabs sets what stands side by side on a page one below the other, each part
// under its name.
func (s *scanner) tabs(c chunk) []Block {
	var out []Block
	for _, tab := range c.children {
		switch {
		case tab.name == "tab":
			if tab.named["name"] == "" {
				s.problem(tab.line, "expected the tab's name: {{< tab name=\"…\" >}}")
			}
			out = append(out, Block{Kind: Heading, Depth: 4, Spans: []Span{{Text: tab.named["name"]}}})
			out = append(out, s.blocks(tab.children)...)
		case tab.name != "" || strings.TrimSpace(tab.text) != "":
			s.problem(tab.line, "expected {{< tab name=\"…\" >}} in tabs")
		}
	}
	return out
}

// marks reads line numbers such as "3,7-9".
func (s *scanner) marks(line int, list string) []int {
	if list == "" {
		return nil
	}
	var out []int
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		a, err := strconv.Atoi(from)
		b := a
		if err == nil && isRange {
			b, err = strconv.Atoi(to)
		}
		if err != nil || a < 1 || b < a || b-a > 1000 {
			s.problem(line, "expected marks such as \"3,7-9\", got %q", list)
			return nil
		}
		for ; a <= b; a++ {
			out = append(out, a)
		}
	}
	return out
}

// reader turns goldmark's tree of one chunk into blocks.
type reader struct {
	*scanner
	src  []byte
	line int // of the chunk's first line
}

func (s *scanner) markdown(c chunk) []Block {
	r := reader{scanner: s, src: []byte(c.text), line: c.line}
	root := markdown.Parse(text.NewReader(r.src))
	return r.children(root, 0)
}

// plain parses a chunk list as one run of text without styles.
func (s *scanner) plain(chunks []chunk) string {
	var b strings.Builder
	for _, block := range s.blocks(chunks) {
		if block.Kind != Paragraph {
			s.problem(chunks[0].line, "expected plain text, got a %s", block.Kind)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		for _, span := range block.Spans {
			b.WriteString(span.Text)
		}
	}
	return strings.TrimSpace(b.String())
}

func (r reader) children(parent ast.Node, depth int) []Block {
	var out []Block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, r.block(n, depth)...)
	}
	return out
}

func (r reader) block(n ast.Node, depth int) []Block {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return []Block{{Kind: Paragraph, Spans: r.spans(n), Depth: depth}}
	case *ast.Heading:
		return []Block{{Kind: Heading, Spans: r.spans(n), Depth: n.Level}}
	case *ast.FencedCodeBlock:
		return []Block{{Kind: CodeBlock, Text: r.lines(n), Info: string(n.Language(r.src)), Depth: depth}}
	case *ast.CodeBlock:
		return []Block{{Kind: CodeBlock, Text: r.lines(n), Depth: depth}}
	case *ast.List:
		return r.list(n, depth)
	case *ast.Blockquote:
		return []Block{{Kind: Quote, Children: r.children(n, 0)}}
	case *east.Table:
		return []Block{r.table(n)}
	case *ast.HTMLBlock:
		if n.HTMLBlockType == ast.HTMLBlockType2 {
			return nil // a comment, for translators
		}
	}
	r.problem(r.lineOf(n), "%s cannot be shown in a terminal: use text, lists, tables or code", strings.ToLower(n.Kind().String()))
	return nil
}

// list flattens a list: an item's first paragraph becomes an Item, what else it
// holds follows with the depth of the item's text.
func (r reader) list(l *ast.List, depth int) []Block {
	var out []Block
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		marker := "•"
		if l.IsOrdered() {
			marker = fmt.Sprintf("%d.", number)
			number++
		}
		inner := r.children(item, depth+1)
		if len(inner) > 0 && inner[0].Kind == Paragraph {
			inner[0].Kind, inner[0].Depth, inner[0].Marker = Item, depth, marker
		} else {
			inner = append([]Block{{Kind: Item, Depth: depth, Marker: marker}}, inner...)
		}
		out = append(out, inner...)
	}
	return out
}

func (r reader) table(t *east.Table) Block {
	b := Block{Kind: Table}
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells [][]Span
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, r.spans(cell))
		}
		b.Rows = append(b.Rows, cells)
	}
	return b
}

// spans reads the inline content of a block. Runs of one style are joined.
func (r reader) spans(block ast.Node) []Span {
	var out []Span
	add := func(s Span) {
		if s.Text == "" {
			return
		}
		if n := len(out); n > 0 {
			last := out[n-1]
			last.Text = s.Text
			if last == s {
				out[n-1].Text += s.Text
				return
			}
		}
		out = append(out, s)
	}
	var walk func(n ast.Node, style Span)
	walk = func(n ast.Node, style Span) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			s := style
			switch c := c.(type) {
			case *ast.Text:
				s.Text = unescape(c.Value(r.src), c.IsRaw() || style.Code)
				if c.SoftLineBreak() || c.HardLineBreak() {
					s.Text = strings.TrimRight(s.Text, " ")
					before := s.Text
					if before == "" && len(out) > 0 {
						before = out[len(out)-1].Text
					}
					if !joins(before, nextText(c, r.src)) {
						s.Text += " "
					}
				}
				add(s)
			case *ast.String:
				s.Text = string(c.Value)
				add(s)
			case *ast.CodeSpan:
				s.Code = true
				walk(c, s)
			case *ast.Emphasis:
				if c.Level == 2 {
					s.Bold = true
				} else {
					s.Italic = true
				}
				walk(c, s)
			case *ast.Link:
				s.Link = string(c.Destination)
				walk(c, s)
			case *ast.AutoLink:
				s.Text, s.Link = string(c.Label(r.src)), string(c.URL(r.src))
				add(s)
			default:
				r.problem(r.lineOf(block), "%s cannot be shown in a terminal: use text, code, emphasis or links", strings.ToLower(c.Kind().String()))
			}
		}
	}
	walk(block, Span{})
	if n := len(out); n > 0 {
		out[n-1].Text = strings.TrimRight(out[n-1].Text, " ")
		if out[n-1].Text == "" {
			out = out[:n-1]
		}
	}
	return out
}

// unescape resolves backslash escapes and character references, as goldmark's
// renderers do. An escaped space stands for nothing (it only separates
// emphasis from what follows).
func unescape(b []byte, raw bool) string {
	if raw {
		return string(b)
	}
	b = bytes.ReplaceAll(b, []byte(`\ `), nil)
	b = util.UnescapePunctuations(b)
	b = util.ResolveNumericReferences(b)
	return string(util.ResolveEntityNames(b))
}

// nextText is the text that follows a line break.
func nextText(n ast.Node, src []byte) string {
	for n.NextSibling() == nil && n.Parent() != nil && n.Parent().Type() == ast.TypeInline {
		n = n.Parent() // the break ends a span of one style
	}
	for next := n.NextSibling(); next != nil; next = next.FirstChild() {
		if t, ok := next.(*ast.Text); ok {
			return string(t.Value(src))
		}
	}
	return ""
}

// joins reports whether a line break between two texts is none: between
// characters of scripts that put no spaces between words.
func joins(before, after string) bool {
	a, _ := utf8.DecodeLastRuneInString(before)
	b, _ := utf8.DecodeRuneInString(after)
	return isCJK(a) && isCJK(b)
}

func (r reader) lines(n ast.Node) string {
	return string(n.Lines().Value(r.src))
}

// lineOf is the line of the file in which a block begins.
func (r reader) lineOf(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			return r.line + bytes.Count(r.src[:n.Lines().At(0).Start], []byte("\n"))
		}
	}
	return r.line
}
