package tui

import (
	"charm.land/bubbles/v2/key"
)

// KeyMap is every key that the screen knows. Its help texts are messages, so
// it is made anew when the language changes.
type KeyMap struct {
	// In a lesson.
	Run, Edit, Hint, Solve   key.Binding
	ResetStep, ResetLesson   key.Binding
	CatchUp                  key.Binding
	NextStep, PrevStep, Goto key.Binding
	// Everywhere.
	Up, Down, PageUp, PageDown key.Binding
	Top, Bottom                key.Binding
	Focus, FocusBack, Zoom     key.Binding
	Language, Search, Help     key.Binding
	Cluster, Back, Quit        key.Binding
	// In the list.
	Open key.Binding
	// In the terminal, which gets every other key.
	Leave, ScrollUp, ScrollDown key.Binding
	// In dialogs.
	Choose, Cancel, Yes, No key.Binding
}

// NewKeyMap makes the key map with help texts in one language.
func NewKeyMap(w words, enter string) KeyMap {
	bind := func(help, id string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, w.T("key."+id)))
	}
	return KeyMap{
		Run:         bind(enter, "run", "enter"),
		Edit:        bind("e", "edit", "e"),
		Hint:        bind("h", "hint", "h"),
		Solve:       bind("s", "solve", "s"),
		ResetStep:   bind("r", "reset-step", "r"),
		ResetLesson: bind("R", "reset-lesson", "R"),
		CatchUp:     bind("u", "catch-up", "u"),
		NextStep:    bind("n", "next-step", "n"),
		PrevStep:    bind("p", "previous-step", "p"),
		Goto:        bind("g", "go-to", "g"),
		Up:          bind("↑/k", "up", "up", "k"),
		Down:        bind("↓/j", "down", "down", "j"),
		PageUp:      bind("pgup", "page-up", "pgup", "b"),
		PageDown:    bind("pgdn", "page-down", "pgdown", "space"),
		Top:         bind("home", "top", "home"),
		Bottom:      bind("end", "bottom", "end", "G"),
		Focus:       bind("tab", "focus", "tab"),
		FocusBack:   bind("shift+tab", "focus-back", "shift+tab"),
		Zoom:        bind("z", "zoom", "z"),
		Language:    bind("l", "language", "l"),
		Search:      bind("/", "search", "/"),
		Help:        bind("?", "help", "?"),
		Cluster:     bind("c", "cluster", "c"),
		Back:        bind("q", "back", "q", "esc"),
		Quit:        bind("ctrl+c", "quit", "ctrl+c"),
		Open:        bind(enter, "open", "enter"),
		Leave:       bind("ctrl+]/F6", "leave", "ctrl+]", "f6"),
		ScrollUp:    bind("shift+pgup", "scroll-up", "shift+pgup"),
		ScrollDown:  bind("shift+pgdn", "scroll-down", "shift+pgdown"),
		Choose:      bind(enter, "choose", "enter"),
		Cancel:      bind("esc", "cancel", "esc", "q"),
		Yes:         bind("y", "yes", "y", "Y", "enter"),
		No:          bind("n", "no", "n", "N", "esc", "q"),
	}
}

// keyGroup is a part of the help, under a heading (a message id).
type keyGroup struct {
	heading string
	keys    []key.Binding
}

// groups are all keys as the help shows them.
func (k KeyMap) groups() []keyGroup {
	return []keyGroup{
		{"help.lesson", []key.Binding{k.Run, k.Edit, k.Hint, k.Solve, k.NextStep, k.PrevStep, k.Goto, k.CatchUp, k.ResetStep, k.ResetLesson}},
		{"help.screen", []key.Binding{k.Focus, k.FocusBack, k.Zoom, k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom, k.Language, k.Search, k.Cluster, k.Help, k.Back, k.Quit}},
		{"help.terminal", []key.Binding{k.Leave, k.ScrollUp, k.ScrollDown}},
	}
}

// lessonHelp, listHelp and terminalHelp are the keys of the bottom line, the
// most needed first; after them those that always stand there.
func (k KeyMap) lessonHelp() (keys, last []key.Binding) {
	return []key.Binding{k.Run, k.Edit, k.Hint, k.Solve, k.Focus, k.NextStep, k.Language, k.Goto, k.ResetStep}, []key.Binding{k.Help, k.Back}
}

func (k KeyMap) listHelp() (keys, last []key.Binding) {
	return []key.Binding{k.Open, k.Up, k.Down, k.Search, k.Language}, []key.Binding{k.Help, k.Back}
}

func (k KeyMap) terminalHelp() (keys, last []key.Binding) {
	return []key.Binding{k.ScrollUp, k.ScrollDown}, []key.Binding{k.Leave}
}
