package wrap

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func TestString(t *testing.T) {
	tests := []struct {
		name  string
		width int
		in    string
		want  []string
	}{
		{"empty", 10, "", []string{""}},
		{"english by words", 12, "The Pod is killed and starts again.", []string{"The Pod is", "killed and", "starts", "again."}},
		{"exact fit", 5, "abcde fghij", []string{"abcde", "fghij"}},
		{"a space at the edge is dropped", 5, "abcde  f", []string{"abcde", "f"}},
		{"newline", 20, "one\ntwo\n\nthree", []string{"one", "two", "", "three"}},
		{"ukrainian by words", 14, "Контейнер перевищив межу пам’яті.", []string{"Контейнер", "перевищив межу", "пам’яті."}},
		{"a dash stays with its word", 14, "Один контейнер — одна межа", []string{"Один", "контейнер —", "одна межа"}},
		{"japanese anywhere", 10, "制限を超えると終了する", []string{"制限を超え", "ると終了す", "る"}},
		{"no line begins with a full stop", 10, "制限を超えた。再起動", []string{"制限を超え", "た。再起動"}},
		{"the mark takes its character along", 10, "これは制限。です", []string{"これは制", "限。です"}},
		{"no line ends with a bracket", 10, "これは値「上限」です", []string{"これは値", "「上限」で", "す"}},
		{"small kana and long vowels stay", 8, "コンテナーです", []string{"コンテ", "ナーです"}},
		{"latin in japanese is not cut", 12, "名前空間mem-exampleを作る", []string{"名前空間", "mem-example", "を作る"}},
		{"chinese closing marks", 12, "容器内存超限，被终止！然后重启", []string{"容器内存超", "限，被终止！", "然后重启"}},
		{"ascii marks after japanese", 8, "制限する(上限)", []string{"制限する", "(上限)"}},
		{"word wider than the line", 10, "kube-system/metrics-server", []string{"kube-", "system/", "metrics-", "server"}},
		{"word without joiners", 4, "abcdefghij", []string{"abcd", "efgh", "ij"}},
		{"wide in one cell", 1, "あb", []string{"?", "b"}},
		{"only closing marks", 4, "。。。。", []string{"。。", "。。"}},
		{"width zero counts as one", 0, "ab", []string{"a", "b"}},
		{"no-break space holds", 8, "limit 100\u00a0Mi", []string{"limit", "100\u00a0Mi"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, String(tt.width, tt.in)); diff != "" {
				t.Errorf("String(%d, %q) (-want +got):\n%s", tt.width, tt.in, diff)
			}
		})
	}
}

func TestSpansKeepTags(t *testing.T) {
	in := []Span[rune]{{"the ", 'p'}, {"memory limit", 'c'}, {" is ", 'p'}, {"100Mi", 'b'}}
	want := [][]Span[rune]{
		{{"the ", 'p'}, {"memory", 'c'}},
		{{"limit", 'c'}, {" is", 'p'}},
		{{"100Mi", 'b'}},
	}
	if diff := cmp.Diff(want, Spans(11, in)); diff != "" {
		t.Errorf("Spans (-want +got):\n%s", diff)
	}
}

func TestHard(t *testing.T) {
	tests := []struct {
		name  string
		width int
		in    string
		want  []string
	}{
		{"spaces count", 6, "  a:  b", []string{"  a:  ", "b"}},
		{"lines", 6, "ab\n\ncd", []string{"ab", "", "cd"}},
		{"wide characters stay whole", 5, "制限超過", []string{"制限", "超過"}},
		{"empty", 5, "", []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Hard(tt.width, tt.in)); diff != "" {
				t.Errorf("Hard(%d, %q) (-want +got):\n%s", tt.width, tt.in, diff)
			}
		})
	}
}

// FuzzSpans checks what the package promises of every text and width.
func FuzzSpans(f *testing.F) {
	f.Add(10, "これは「制限」を超えた mem-example の例です。")
	f.Add(3, "a — b…… (x)")
	f.Add(1, "ー\t\r\n。é👩‍👩‍👧")
	f.Fuzz(func(t *testing.T, width int, s string) {
		if width < 1 || width > 200 || !utf8.ValidString(s) || strings.ContainsFunc(s, control) {
			t.Skip()
		}
		kept := func(s string) string {
			return strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "").Replace(s)
		}
		lines := String(width, s)
		for _, l := range lines {
			if w := Width(l); w > width {
				t.Errorf("line %q is %d wide, more than %d", l, w, width)
			}
			// A space that carries a combining mark is no space.
			if first, _ := ansi.FirstGraphemeCluster(l, ansi.GraphemeWidth); first == " " || strings.HasSuffix(l, " ") {
				t.Errorf("line %q has a space at its edge", l)
			}
		}
		if got := kept(strings.Join(lines, "")); width >= 2 && got != kept(s) {
			t.Errorf("text changed: %q became %q", kept(s), got)
		}
	})
}

// control characters other than white space have no place in prose, and their
// clusters no width to speak of.
func control(r rune) bool {
	return r < 0x20 && r != '\n' && r != '\t' || r == '\r' || r >= 0x7f && r < 0xa0
}
