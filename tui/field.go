package tui

import "charm.land/bubbles/v2/textinput"

// newField is a field of one line to type in. It does not delete the word after the
// cursor: with the cursor at the last letter, Bubbles (2.2.1) looks behind it.
func newField() textinput.Model {
	f := textinput.New()
	f.Prompt = ""
	f.KeyMap.DeleteWordForward.SetEnabled(false)
	return f
}
