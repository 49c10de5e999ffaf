package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// rgb begins a colour of a true-colour terminal.
const rgb = ";2;"

// The colours are those that were asked for, or else those that the terminal has.
func TestThemes(t *testing.T) {
	light, dark := "5;80;174", "121;184;255" // the accent
	for _, tt := range []struct {
		theme   string
		profile colorprofile.Profile
		want    string // in the frame; "" is no colour by its three parts
	}{
		{ThemeAuto, colorprofile.TrueColor, dark},
		{"", colorprofile.ANSI256, dark}, // brought down to 256 colours when it is written
		{ThemeAuto, colorprofile.ANSI, ""},
		{ThemeAuto, colorprofile.ASCII, ""},
		{ThemeLight, colorprofile.ANSI, light},
		{ThemeLight, colorprofile.TrueColor, light},
		{Theme16, colorprofile.TrueColor, ""},
	} {
		m := still(t, func(c *Config) { c.Theme, c.Lesson = tt.theme, "memory" })
		m.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
		m.Update(tea.ColorProfileMsg{Profile: tt.profile})
		frame := m.View().Content
		if has := strings.Contains(frame, rgb); has != (tt.want != "") || !strings.Contains(frame, tt.want) {
			t.Errorf("theme %q on %v: wants the colour %q, has one of its own: %v", tt.theme, tt.profile, tt.want, has)
		}
	}
}

func TestReducedMotion(t *testing.T) {
	m := still(t, func(c *Config) { c.ReducedMotion = true })
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	m.list.search()
	if c := m.View().Cursor; c == nil || c.Blink {
		t.Errorf("the cursor is %+v, want one that does not blink", c)
	}
	m.cfg.ReducedMotion = false
	if c := m.View().Cursor; c == nil || !c.Blink {
		t.Errorf("the cursor is %+v, want one that blinks", c)
	}
}
