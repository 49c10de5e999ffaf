package tui

import (
	"charm.land/bubbles/v2/key"

	"github.com/podlab/podlab/tui/paint"
)

// KeyMap is every key that the screen knows. Its help texts are messages, so
// it is made anew when the language changes.
type KeyMap struct {
	// In a lesson.
	Run, Edit, Hint, Solve   key.Binding
	ResetStep, ResetLesson   key.Binding
	CatchUp, Skip, Answer    key.Binding
	Picture                  key.Binding
	Compare, Copy, EditFile  key.Binding
	Why                      key.Binding
	NextStep, PrevStep, Goto key.Binding
	// Everywhere.
	Up, Down, PageUp, PageDown key.Binding
	Top, Bottom                key.Binding
	Focus, FocusBack, Zoom     key.Binding
	Language, Search, Help     key.Binding
	Cluster, Back, Quit        key.Binding
	Palette                    key.Binding
	// In the list.
	Open key.Binding
	// In the terminal, which gets every other key. Find is Palette there.
	Leave, Find, ScrollUp, ScrollDown key.Binding
	// In dialogs.
	Choose, Cancel, Yes, No key.Binding
	SolveTo                 key.Binding
}

// NewKeyMap makes the key map with help texts in one language and names of keys that
// the terminal can show.
func NewKeyMap(w words, g *paint.Glyphs) KeyMap {
	bind := func(help, id string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, w.T("key."+id)))
	}
	return KeyMap{
		Run:         bind(g.Enter, "run", "enter"),
		Edit:        bind("e", "edit", "e"),
		Hint:        bind("h", "hint", "h"),
		Solve:       bind("s", "solve", "s"),
		ResetStep:   bind("r", "reset-step", "r"),
		ResetLesson: bind("R", "reset-lesson", "R"),
		CatchUp:     bind("u", "catch-up", "u"),
		Answer:      bind("1-5", "answer", "1", "2", "3", "4", "5"),
		Skip:        bind("S", "skip", "S"),
		Why:         bind("w", "why", "w"),
		Compare:     bind("d", "compare", "d"),
		Copy:        bind("y", "copy", "y"),
		EditFile:    bind("E", "edit-file", "E"),
		Picture:     bind("v", "picture", "v"),
		NextStep:    bind("n", "next-step", "n"),
		PrevStep:    bind("p", "previous-step", "p"),
		Goto:        bind("g", "go-to", "g"),
		Up:          bind(g.UpKey+"/k", "up", "up", "k"),
		Down:        bind(g.DownKey+"/j", "down", "down", "j"),
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
		Palette:     bind("ctrl+p/:", "palette", "ctrl+p", ":"),
		Open:        bind(g.Enter, "open", "enter"),
		Leave:       bind("ctrl+]/F6", "leave", "ctrl+]", "f6"),
		Find:        bind("F7", "palette", "f7"),
		ScrollUp:    bind("shift+pgup", "scroll-up", "shift+pgup"),
		ScrollDown:  bind("shift+pgdn", "scroll-down", "shift+pgdown"),
		Choose:      bind(g.Enter, "choose", "enter"),
		Cancel:      bind("esc", "cancel", "esc", "q"),
		Yes:         bind("y", "yes", "y", "Y", "enter"),
		SolveTo:     bind("s", "solve-to", "s"),
		No:          bind("n", "no", "n", "N", "esc", "q"),
	}
}

// keyGroup is a part of the help, under a heading (a message id).
type keyGroup struct {
	heading string
	keys    []key.Binding
	moves   bool // they go on from where one is: nothing to look for in a list of actions
}

// place is where the learner is, for the help that fits it.
type place int

const (
	inList place = iota
	inLesson
	inPreview
)

// groups are all keys by what they are for: those that work at a place, and the
// others.
func (k KeyMap) groups(p place) (here, elsewhere []keyGroup) {
	list := keyGroup{heading: "help.list", keys: []key.Binding{k.Open, k.Search}}
	lesson := keyGroup{heading: "help.lesson", keys: []key.Binding{k.Run, k.Edit, k.Hint, k.Solve, k.Answer, k.Why, k.EditFile, k.Compare, k.Copy, k.Picture, k.NextStep, k.PrevStep, k.Goto, k.Skip, k.CatchUp, k.ResetStep, k.ResetLesson}}
	panes := []key.Binding{k.Focus, k.FocusBack, k.Zoom}
	screen := []key.Binding{k.Palette, k.Language, k.Search, k.Cluster, k.Help, k.Back, k.Quit}
	moves := keyGroup{heading: "help.moves", keys: []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom}, moves: true}
	terminal := keyGroup{heading: "help.terminal", keys: []key.Binding{k.Leave, k.Find, k.ScrollUp, k.ScrollDown}, moves: true}
	dialog := keyGroup{heading: "help.dialog", keys: []key.Binding{k.Choose, k.Cancel, k.Yes, k.No}, moves: true}
	onScreen := func(keys ...key.Binding) keyGroup { return keyGroup{heading: "help.screen", keys: keys} }
	switch p {
	case inLesson:
		return []keyGroup{lesson, onScreen(append(panes, screen...)...), moves, terminal}, []keyGroup{list, dialog}
	case inPreview: // nothing runs
		lesson.keys = []key.Binding{k.Hint, k.Answer, k.Compare, k.Copy, k.NextStep, k.PrevStep, k.Goto}
		return []keyGroup{lesson, onScreen(append(panes, screen...)...), moves}, []keyGroup{list, dialog}
	}
	return []keyGroup{list, onScreen(screen...), moves}, []keyGroup{lesson, onScreen(panes...), terminal, dialog}
}

// lessonHelp, previewHelp, listHelp and terminalHelp are the keys of the bottom line, the
// most needed first; after them those that always stand there.
func (k KeyMap) lessonHelp() (keys, last []key.Binding) {
	return []key.Binding{k.Run, k.Edit, k.Hint, k.Solve, k.Focus, k.NextStep, k.Palette, k.Language, k.Goto, k.ResetStep}, []key.Binding{k.Help, k.Back}
}

// previewHelp is lessonHelp where nothing runs.
func (k KeyMap) previewHelp() (keys, last []key.Binding) {
	return []key.Binding{k.NextStep, k.PrevStep, k.Hint, k.Focus, k.Language, k.Goto, k.Compare, k.Copy, k.Palette}, []key.Binding{k.Help, k.Back}
}

func (k KeyMap) listHelp() (keys, last []key.Binding) {
	return []key.Binding{k.Open, k.Up, k.Down, k.Search, k.Language, k.Palette}, []key.Binding{k.Help, k.Back}
}

func (k KeyMap) terminalHelp() (keys, last []key.Binding) {
	return []key.Binding{k.Find, k.ScrollUp, k.ScrollDown}, []key.Binding{k.Leave}
}
