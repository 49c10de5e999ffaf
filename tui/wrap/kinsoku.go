package wrap

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Marks that may not stand at the beginning of a line.
const noStart = "、。，．・：；？！）］｝」』】〉》〕〗〙’”»›゛゜ゝゞヽヾ々〻ー〜～…‥％‰℃" +
	"ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ" +
	"ｧｨｩｪｫｬｭｮｯｰ｡｣､･" +
	",.:;?!)]}%"

// Marks that may not stand at the end of a line.
const noEnd = "（［｛「『【〈《〔〖〘‘“«‹￥＄([{｢"

// joiners are the marks after which a word too wide for a line is best cut.
const joiners = "/-_.=,:&?"

// breakable says whether a line may end after a and the next begin with b,
// where neither is a space.
func breakable(a, b string) bool {
	ra, _ := utf8.DecodeLastRuneInString(a)
	rb, _ := utf8.DecodeRuneInString(b)
	if !ideographic(ra) && !ideographic(rb) {
		return false
	}
	if strings.ContainsRune(noStart, rb) || strings.ContainsRune(noEnd, ra) {
		return false
	}
	// A two-cell dash is written twice and read as one.
	return !isDash(ra) || ra != rb
}

// ideographic says whether r belongs to a script that is written without
// spaces, its punctuation included.
func ideographic(r rune) bool {
	switch {
	case r < 0x2e80:
		return isDash(r)
	case r >= 0x3000 && r <= 0x303f, r >= 0xff00 && r <= 0xffef:
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo)
}

func isDash(r rune) bool { return r == '—' || r == '–' || r == '―' }
