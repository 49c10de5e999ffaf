package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// A page is as many lessons as fit, in the list and in its search.
func TestListPages(t *testing.T) {
	for _, searching := range []bool{false, true} {
		m := still(t, nil)
		m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
		m.list.shown, m.list.fit = make([]int, 16), 6
		if searching {
			m.list.filter.Focus()
		}
		for i, step := range []struct {
			key  rune
			want int
		}{
			{tea.KeyPgUp, 0},
			{tea.KeyDown, 1},
			{tea.KeyPgDown, 7},
			{tea.KeyPgDown, 13},
			{tea.KeyPgDown, 15},
			{tea.KeyUp, 14},
			{tea.KeyPgUp, 8},
		} {
			m.key(tea.KeyPressMsg{Code: step.key})
			if m.list.selected != step.want {
				t.Errorf("searching %v, key %d: at lesson %d, want %d", searching, i, m.list.selected, step.want)
			}
		}
	}
}
