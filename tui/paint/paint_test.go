package paint

import (
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func plain(c *Canvas) []string { return strings.Split(ansi.Strip(c.String()), "\n") }

func TestBordersJoin(t *testing.T) {
	tests := []struct {
		name  string
		ascii bool
		want  []string
	}{
		{"unicode", false, []string{"┌──┬──┐", "│  │  │", "│  ├──┤", "│  │  │", "└──┴──┘"}},
		{"ascii", true, []string{"+--+--+", "|  |  |", "|  +--+", "|  |  |", "+--+--+"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := New(7, 5, NewTheme(true, tt.ascii))
			c.Box(Area(0, 0, 4, 5), Border)
			c.Box(Area(3, 0, 4, 3), Border)
			c.Box(Area(3, 2, 4, 3), Focus)
			c.Join()
			if diff := cmp.Diff(tt.want, plain(c)); diff != "" {
				t.Errorf("boxes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRowIsCutAtTheEdge(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"fits", "memory", "memory··"},
		{"too long", "memory-demo-2", "memory-…"},
		{"wide fits", "制限超過", "制限超過"},
		{"wide is not cut in two", "制限を超えた", "制限を…·"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := New(10, 1, NewTheme(true, false))
			c.Fill(c.Bounds(), Text)
			c.Row(Area(0, 0, 8, 1), 0, R(Text, tt.in))
			c.Row(Area(8, 0, 2, 1), 0, R(Text, "||"))
			got := strings.ReplaceAll(plain(c)[0], " ", "·")
			if want := tt.want + "||"; got != want {
				t.Errorf("drew %q, want %q", got, want)
			}
		})
	}
}

func TestCellOfDisputedWidth(t *testing.T) {
	tests := []struct {
		name, content string
		width         int
		want          string
	}{
		{"ascii", "a", 1, "a|"},
		{"wide", "制", 2, "制|"},
		{"family keeps its first", "👨\u200d👩\u200d👧", 2, "👨|"},
		{"heart with a variation", "❤\ufe0f", 2, "·|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := New(4, 1, NewTheme(true, false))
			c.Cell(0, 0, &uv.Cell{Content: tt.content, Width: tt.width})
			c.Cell(tt.width, 0, &uv.Cell{Content: "|", Width: 1})
			if got := strings.ReplaceAll(plain(c)[0], " ", ""); got != tt.want {
				t.Errorf("drew %q, want %q", got, tt.want)
			}
			if w := ansi.StringWidthWc(plain(c)[0]); w != 4 {
				t.Errorf("the line is %d cells wide, want 4", w)
			}
		})
	}
}

func TestWrapLeads(t *testing.T) {
	rows := Wrap(12, R(Text, "1. "), R(Text, ""), R(Text, "request and limit"))
	want := []string{"1. request", "   and limit"}
	for i, r := range rows {
		if r.String() != want[i] {
			t.Errorf("row %d is %q, want %q", i, r.String(), want[i])
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows, want %d", len(rows), len(want))
	}
}

// A role's look must not rest on colour where it carries a choice.
func TestChoicesShowWithoutColour(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := NewTheme(dark, false)
		for _, r := range []Role{Selected, Focus, Good, Bad, Key} {
			if th.Style(r).Attrs == 0 {
				t.Errorf("dark %v: role %d is told by colour alone", dark, r)
			}
		}
	}
}
