package content

import (
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// CommonMark decides by spaces and punctuation whether ** opens or closes
// emphasis, so that **「制限」**は stays as it is typed: Japanese and Chinese
// have no spaces there. Beside a CJK character cjkEmphasis lets marks open and
// close wherever no space forbids it, and leaves everything else to the rules.
type cjkEmphasis struct{}

func (cjkEmphasis) Trigger() []byte { return []byte{'*'} }

func (cjkEmphasis) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	node := parser.ScanDelimiter(line, before, 1, emphasisProcessor{})
	if node == nil {
		return nil
	}
	after := ' '
	if node.OriginalLength < len(line) {
		after = util.ToRune(line, node.OriginalLength)
	}
	cjk := isCJK(before) || isCJK(after)
	node.CanOpen = node.CanOpen || cjk && !util.IsSpaceRune(after)
	node.CanClose = node.CanClose || cjk && !util.IsSpaceRune(before)
	node.Segment = segment.WithStop(segment.Start + node.OriginalLength)
	block.Advance(node.OriginalLength)
	pc.PushDelimiter(node)
	return node
}

type emphasisProcessor struct{}

func (emphasisProcessor) IsDelimiter(b byte) bool                   { return b == '*' }
func (emphasisProcessor) CanOpenCloser(o, c *parser.Delimiter) bool { return o.Char == c.Char }
func (emphasisProcessor) OnMatch(consumes int) ast.Node             { return ast.NewEmphasis(consumes) }

// isCJK reports whether r is a character of a script without spaces between
// words, or of its punctuation.
func isCJK(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) ||
		r >= 0x3000 && r <= 0x303f || // CJK symbols and punctuation
		r >= 0xff00 && r <= 0xffef || // full-width forms
		r == 'ー'
}
