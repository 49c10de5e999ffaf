package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// listPage is the list of lessons.
type listPage struct {
	items    []listItem
	shown    []int // items that match the search
	selected int   // of shown
	fit      int   // how many of them were drawn last, at most
	filter   textinput.Model
	progress map[string]LessonProgress
}

// listItem is a lesson in the learner's language.
type listItem struct {
	lesson   *lessons.Lesson
	doc      content.Document
	langs    []content.Lang
	coverage map[content.Lang]content.Coverage
	haystack string // what the search looks in, in lower case
}

func newListPage() *listPage {
	return &listPage{filter: newField(), progress: map[string]LessonProgress{}}
}

// load puts the lessons in a language.
func (l *listPage) load(cfg *Config, lang content.Lang) {
	l.items = l.items[:0]
	for _, lesson := range cfg.Lessons {
		doc := cfg.Content.Document(lang, lesson.ID)
		l.items = append(l.items, listItem{
			lesson:   lesson,
			doc:      doc,
			langs:    cfg.Content.Langs(),
			coverage: cfg.Content.Coverage(lesson.ID),
			haystack: strings.ToLower(strings.Join([]string{lesson.ID, doc.Title, doc.Summary}, " ")),
		})
	}
	l.shown = l.shown[:0] // there may be fewer now
	l.match()
}

// selectLesson selects a lesson, if it is shown.
func (l *listPage) selectLesson(id string) {
	for y, i := range l.shown {
		if l.items[i].lesson.ID == id {
			l.selected = y
		}
	}
}

// match finds the lessons that have every word of the search. The selected one stays
// selected as long as it is among them.
func (l *listPage) match() {
	selected := ""
	if item := l.current(); item != nil {
		selected = item.lesson.ID
	}
	defer func() { l.selectLesson(selected) }()
	l.shown = l.shown[:0]
	for i, item := range l.items {
		found := true
		for _, word := range strings.Fields(strings.ToLower(l.filter.Value())) {
			found = found && strings.Contains(item.haystack, word)
		}
		if found {
			l.shown = append(l.shown, i)
		}
	}
	l.move(0)
}

// search opens the search field.
func (l *listPage) search() tea.Cmd {
	l.filter.SetValue("")
	l.match()
	return l.filter.Focus()
}

func (l *listPage) current() *listItem {
	if l.selected >= len(l.shown) {
		return nil
	}
	return &l.items[l.shown[l.selected]]
}

// move selects a lesson so much further down, or the last there is.
func (l *listPage) move(by int) { l.selected = max(min(l.selected+by, len(l.shown)-1), 0) }

// listKey handles a key on the list.
func (m *Model) listKey(k tea.KeyPressMsg) tea.Cmd {
	l := m.list
	keys := m.keys
	if l.filter.Focused() {
		return m.searchKey(k)
	}
	switch {
	case key.Matches(k, keys.Quit):
		return m.askQuit()
	case key.Matches(k, keys.Back):
		if l.filter.Value() != "" {
			l.filter.SetValue("")
			l.match()
			return nil
		}
		return m.askQuit()
	case key.Matches(k, keys.Up):
		l.move(-1)
	case key.Matches(k, keys.Down):
		l.move(1)
	case key.Matches(k, keys.PageUp):
		l.move(-l.fit)
	case key.Matches(k, keys.PageDown):
		l.move(l.fit)
	case key.Matches(k, keys.Top):
		l.move(-len(l.shown))
	case key.Matches(k, keys.Bottom):
		l.move(len(l.shown))
	case key.Matches(k, keys.Search):
		return l.search()
	case key.Matches(k, keys.Language):
		m.overlay = languagePicker(m)
	case key.Matches(k, keys.Help):
		m.overlay = helpBox()
	case key.Matches(k, keys.Palette, keys.Find):
		return m.openPalette()
	case key.Matches(k, keys.Cluster):
		return m.restart()
	case key.Matches(k, keys.Open):
		if item := l.current(); item != nil {
			return m.openLesson(item.lesson)
		}
	}
	return nil
}

// searchKey handles a key while the search field is open: the list narrows as
// the learner types.
func (m *Model) searchKey(k tea.KeyPressMsg) tea.Cmd {
	l := m.list
	switch {
	case key.Matches(k, m.keys.Quit), k.Code == tea.KeyEscape:
		l.filter.Blur()
		l.filter.SetValue("")
		l.match()
	case k.Code == tea.KeyEnter:
		l.filter.Blur()
		if item := l.current(); item != nil {
			return m.openLesson(item.lesson)
		}
	case k.Code == tea.KeyUp:
		l.move(-1)
	case k.Code == tea.KeyDown:
		l.move(1)
	case k.Code == tea.KeyPgUp:
		l.move(-l.fit)
	case k.Code == tea.KeyPgDown:
		l.move(l.fit)
	default:
		return m.search(k)
	}
	return nil
}

// search passes a key or a paste to the search field.
func (m *Model) search(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	m.list.filter, cmd = m.list.filter.Update(msg)
	m.list.match()
	return cmd
}

// done is how far the learner is with a lesson.
func (l *listPage) done(id string) (text string, fraction float64) {
	p := l.progress[id]
	if p.Total == 0 {
		return "", 0
	}
	return fmt.Sprintf("%d/%d", p.Done, p.Total), float64(p.Done) / float64(p.Total)
}

// tally counts the lessons that are done, and the minutes that the others take.
func (l *listPage) tally() (done, minutes int) {
	for _, item := range l.items {
		if _, fraction := l.done(item.lesson.ID); fraction >= 1 {
			done++
			continue
		}
		minutes += item.lesson.Minutes
	}
	return done, minutes
}

// langRow are the languages that have the lesson; a partial one is dim and
// marked.
func (i *listItem) langRow() paint.Row {
	var row paint.Row
	for _, lang := range i.langs {
		switch i.coverage[lang] {
		case content.Complete:
			row = append(row, paint.S(paint.Text, string(lang)+" "))
		case content.Partial:
			row = append(row, paint.S(paint.Dim, string(lang)+"* "))
		}
	}
	return row
}
