package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// Every key that edits a line does no harm, wherever the cursor is.
func TestFieldTakesEveryKey(t *testing.T) {
	for at := range len("a b") + 1 {
		for _, k := range []tea.Key{
			{Code: 'd', Mod: tea.ModAlt},
			{Code: tea.KeyDelete, Mod: tea.ModAlt},
			{Code: 'w', Mod: tea.ModCtrl},
			{Code: tea.KeyBackspace, Mod: tea.ModAlt},
			{Code: 'k', Mod: tea.ModCtrl},
			{Code: 'u', Mod: tea.ModCtrl},
			{Code: 'd', Mod: tea.ModCtrl},
			{Code: tea.KeyBackspace},
			{Code: 'f', Mod: tea.ModAlt},
			{Code: 'b', Mod: tea.ModAlt},
			{Code: 't', Mod: tea.ModCtrl},
		} {
			f := newField()
			f.SetValue("a b")
			f.Focus()
			f.SetCursor(at)
			f, _ = f.Update(tea.KeyPressMsg(k))
			f, _ = f.Update(tea.KeyPressMsg{Code: 'x', Text: "x"})
			if f.Value() == "a b" {
				t.Errorf("after %s at %d no letter could be typed", k, at)
			}
		}
	}
}
