package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// codes are the keys of the KeyMap that have a name of their own.
var codes = map[string]rune{
	"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "space": tea.KeySpace,
	"up": tea.KeyUp, "down": tea.KeyDown, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	"home": tea.KeyHome, "end": tea.KeyEnd, "f6": tea.KeyF6, "f7": tea.KeyF7,
}

// press is the press of a binding's first key.
func press(b key.Binding) tea.KeyPressMsg {
	var k tea.Key
	name := b.Keys()[0]
	for prefix, mod := range map[string]tea.KeyMod{"ctrl+": tea.ModCtrl, "shift+": tea.ModShift, "alt+": tea.ModAlt} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			name, k.Mod = rest, mod
			break
		}
	}
	code, ok := codes[name]
	if !ok {
		code = []rune(name)[0]
		if k.Mod == 0 {
			k.Text = name
		}
	}
	k.Code = code
	return tea.KeyPressMsg(k)
}
