package paint

import (
	"image/color"

	"charm.land/lipgloss/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// Role is what a run of text is for; the theme decides what that looks like.
type Role uint8

// The roles.
const (
	Text Role = iota
	Dim
	Bold
	Italic
	Code
	Link
	Title    // of the page and of panes
	Accent   // where the learner is
	Good     // met, done, running
	Bad      // failed, lost
	Warn     // needs attention
	Border   // of panes
	Focus    // border and title of the pane that has the keys
	Selected // the chosen line of a list
	Bar      // the header line
	BarDim   // less important parts of the header line
	Key      // a key in a help text
	Marked   // a manifest's lines that matter
	roles
)

// Theme is the look of a frame.
type Theme struct {
	styles [roles]uv.Style
	Glyphs Glyphs
}

// hues are the colours that roles are made of. A nil colour is the terminal's own.
type hues struct {
	accent, good, bad, warn, dim, code, border color.Color
	bar, barText, barDim                       color.Color
}

// shades are the hues for a dark or a light background, of all colours.
func shades(dark bool) hues {
	pick := lipgloss.LightDark(dark)
	c := func(light, dark string) color.Color { return pick(lipgloss.Color(light), lipgloss.Color(dark)) }
	return hues{
		accent: c("#0550ae", "#79b8ff"), good: c("#116329", "#56d364"), bad: c("#b3161b", "#ff7b72"),
		warn: c("#7d4e00", "#f0c000"), dim: c("#57606a", "#9aa5b1"), code: c("#8a3800", "#ffb86b"),
		border: c("#8c959f", "#5c6773"),
		bar:    c("#dfe6ee", "#2d3748"), barText: c("#1f2328", "#f0f6fc"), barDim: c("#424a53", "#cbd5e0"),
	}
}

// sixteen are hues from a terminal's own palette, of those colours that people
// can read on dark backgrounds and on light ones.
var sixteen = hues{
	accent: lipgloss.Cyan, good: lipgloss.Green, bad: lipgloss.Red, warn: lipgloss.Magenta, code: lipgloss.Magenta,
}

// NewTheme makes the theme for a dark or a light background. With ascii,
// borders and marks keep to ASCII.
//
// No role is told from another by colour alone: what carries a state has a
// mark and a word beside it, and what is selected or focused is bold or
// reversed.
func NewTheme(dark, ascii bool) *Theme { return themeOf(shades(dark), ascii) }

// NewTheme16 is NewTheme for a terminal with 16 colours, whose background does
// not matter: the header is reversed, and what matters less is faint.
func NewTheme16(ascii bool) *Theme {
	t := themeOf(sixteen, ascii)
	t.styles[Dim].Attrs |= uv.AttrFaint
	t.styles[Border].Attrs |= uv.AttrFaint
	t.styles[Bar].Attrs |= uv.AttrReverse
	t.styles[BarDim].Attrs |= uv.AttrReverse
	return t
}

func themeOf(h hues, ascii bool) *Theme {
	t := &Theme{Glyphs: unicodeGlyphs}
	if ascii {
		t.Glyphs = asciiGlyphs
	}
	t.styles = [roles]uv.Style{
		Dim:      {Fg: h.dim},
		Bold:     {Attrs: uv.AttrBold},
		Italic:   {Attrs: uv.AttrItalic},
		Code:     {Fg: h.code},
		Link:     {Fg: h.accent, Underline: uv.UnderlineSingle},
		Title:    {Fg: h.accent, Attrs: uv.AttrBold},
		Accent:   {Fg: h.accent, Attrs: uv.AttrBold},
		Good:     {Fg: h.good, Attrs: uv.AttrBold},
		Bad:      {Fg: h.bad, Attrs: uv.AttrBold},
		Warn:     {Fg: h.warn, Attrs: uv.AttrBold},
		Border:   {Fg: h.border},
		Focus:    {Fg: h.accent, Attrs: uv.AttrBold},
		Selected: {Attrs: uv.AttrReverse | uv.AttrBold},
		Bar:      {Fg: h.barText, Bg: h.bar, Attrs: uv.AttrBold},
		BarDim:   {Fg: h.barDim, Bg: h.bar},
		Key:      {Fg: h.accent, Attrs: uv.AttrBold},
		Marked:   {Fg: h.good, Attrs: uv.AttrBold},
	}
	return t
}

// Style is the look of a role.
func (t *Theme) Style(r Role) uv.Style { return t.styles[r] }

// Glyphs are the marks of the screen; each takes one cell, except keys and Dot.
type Glyphs struct {
	Met, Pending, Unmet, Unavailable string
	Done, Current, Todo, Ring, Point string
	Full, Empty, Crumb, Bullet       string
	Enter, UpKey, DownKey            string // keys
	MarkedLine, Spinner, Ellipsis    string
	Dot                              string // between two facts, with spaces
	Down, Up                         string
	Line                             string   // a value across a chart
	Unmeasured                       string   // of a column that nobody measured
	Levels                           []string // parts of a chart's cell, the least first
	// What a container does: waits, runs, is ready, has ended, waits to be started again.
	Waits, Runs, IsReady, Ended, Again string
	borders                            [16]string
}

// borders are indexed by the sides on which a line goes on: 1 up, 2 right,
// 4 down, 8 left.
var (
	unicodeGlyphs = Glyphs{
		Met: "✓", Pending: "◌", Unmet: "✗", Unavailable: "–",
		Done: "✓", Current: "▶", Todo: "○", Ring: "○", Point: "●",
		Full: "█", Empty: "░", Crumb: "›", Enter: "⏎", Bullet: "•", UpKey: "↑", DownKey: "↓",
		MarkedLine: "▌", Spinner: "◌", Ellipsis: "…", Dot: " · ",
		Down: "↓", Up: "↑",
		Line: "┄", Unmeasured: "░", Levels: []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		Waits: "░", Runs: "▒", IsReady: "█", Ended: "–", Again: "·",
		borders: [16]string{" ", "│", "─", "└", "│", "│", "┌", "├", "─", "┘", "─", "┴", "┐", "┤", "┬", "┼"},
	}
	asciiGlyphs = Glyphs{
		Met: "+", Pending: ".", Unmet: "x", Unavailable: "-",
		Done: "+", Current: ">", Todo: "o", Ring: "o", Point: "*",
		Full: "#", Empty: ".", Crumb: ">", Enter: "Enter", Bullet: "*", UpKey: "up", DownKey: "down",
		MarkedLine: "|", Spinner: ".", Ellipsis: "~", Dot: " - ",
		Down: "v", Up: "^",
		Line: "-", Unmeasured: "?", Levels: []string{".", ":", "#"},
		Waits: ".", Runs: "o", IsReady: "#", Ended: "-", Again: "~",
		borders: [16]string{" ", "|", "-", "+", "|", "|", "+", "+", "-", "+", "-", "+", "+", "+", "+", "+"},
	}
)

// Corner is a corner of a box.
type Corner int

// The corners of a box, by the sides on which its lines go on.
const (
	TopLeft     Corner = right | down
	TopRight    Corner = down | left
	BottomLeft  Corner = up | right
	BottomRight Corner = up | left
)

// Corner is the character of a box's corner.
func (g *Glyphs) Corner(c Corner) string { return g.borders[c] }

// Horizontal is the character of a line from left to right.
func (g *Glyphs) Horizontal() string { return g.borders[left|right] }

// Vertical is the character of a line from top to bottom.
func (g *Glyphs) Vertical() string { return g.borders[up|down] }
