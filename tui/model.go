package tui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/tui/paint"
)

// page is what fills the screen.
type page int

const (
	pageList page = iota
	pageLesson
)

// Model is the whole screen. Its methods are called by one goroutine.
type Model struct {
	cfg  *Config
	work *work
	slot *slot

	lang   content.Lang
	chosen chosenLang
	words  words
	keys   KeyMap
	theme  *paint.Theme
	dark   bool // the terminal's background
	colors colorprofile.Profile
	canvas *paint.Canvas

	width, height int
	page          page
	list          *listPage
	lesson        *lessonPage // the one opened last, nil before
	cluster       clusterView
	overlay       overlay   // nil while none is shown
	draft         *Draft    // shown by a preview, nil before the first
	spots         []spot    // of the frame drawn last
	toast         paint.Row // what has just happened; gone with the next key
	demo          *demo     // nil unless the lesson plays itself
	ticking       bool      // a secondMsg is on its way
	pace          pace
}

// Messages from commands.
type (
	openedMsg struct {
		page *lessonPage
		feed *feed // nil with err, or when another lesson was opened meanwhile
		err  error
	}
	actionMsg struct {
		action    *action
		err       error
		cancelled bool
	}
	progressMsg map[string]LessonProgress
	statusMsg   struct{ status cluster.Status }
	nodesMsg    struct{} // time to look at nodes that were not ready
	secondMsg   struct{}
)

func newModel(cfg *Config, w *work) *Model {
	m := &Model{cfg: cfg, work: w, slot: &slot{}, list: newListPage(), dark: true, colors: colorprofile.TrueColor}
	m.setTheme()
	m.canvas = paint.New(0, 0, m.theme)
	lang := cfg.Lang
	if lang == "" {
		lang = content.English
	}
	m.setLang(lang)
	if cfg.Demo != nil {
		m.demo = &demo{speed: cfg.Demo.Speed}
	}
	for _, l := range cfg.Lessons {
		if l.ID == cfg.Lesson {
			m.showLesson(l)
		}
	}
	return m
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	if m.cfg.Drafts != nil {
		return tea.Batch(tea.RequestBackgroundColor, m.nextDraft())
	}
	return tea.Batch(tea.RequestBackgroundColor, m.startCluster(), m.readProgress())
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.pace.wake()
	var cmd tea.Cmd
	if m.demo == nil || !byHand(msg) {
		cmd = m.update(msg)
	}
	m.fitTerminal()
	if m.demo != nil {
		cmd = tea.Batch(cmd, m.demoOn(msg))
	}
	return m, tea.Batch(cmd, m.tick(), m.watchIdle())
}

func (m *Model) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark()
		m.setTheme()
	case tea.ColorProfileMsg:
		m.colors = msg.Profile
		m.setTheme()
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseClickMsg:
		return m.click(msg.Mouse())
	case tea.MouseWheelMsg:
		return m.wheel(msg.Mouse())
	case stagesMsg:
		m.cluster.stages = msg.from.latest()
		return m.work.cmd(msg.from.wait)
	case startedMsg:
		return m.started(msg)
	case statusMsg:
		m.cluster.status = msg.status
		return m.awaitNodes()
	case nodesMsg:
		return m.readStatus()
	case openedMsg:
		return m.opened(msg)
	case feedMsg:
		return m.feed(msg)
	case actionMsg:
		m.acted(msg)
		return m.readFiles() // a reset brings them back
	case editedMsg:
		m.edited(msg)
	case editMsg:
		return m.runEditor(msg)
	case idleMsg:
		m.idled(msg)
	case savedMsg:
		return m.saved(msg)
	case progressMsg:
		m.list.progress = msg
	case draftMsg:
		return m.redraft(msg.draft)
	case secondMsg:
		m.ticking = false
		if p := m.lesson; p != nil && p.live.next != nil {
			p.picture(*p.live.next)
		}
	case earlyMsg:
		m.tooEarly(msg)
	}
	return nil
}

// tick redraws at every beat while an outcome's time runs or a picture waits.
func (m *Model) tick() tea.Cmd {
	if m.ticking || m.page != pageLesson || !m.lesson.holding() && m.lesson.live.next == nil {
		return nil
	}
	m.ticking = true
	return m.work.after(m.beat(), secondMsg{})
}

// View implements tea.Model.
func (m *Model) View() tea.View {
	v := tea.View{AltScreen: true, MouseMode: tea.MouseModeCellMotion, WindowTitle: "podlab"}
	if m.width <= 0 || m.height <= 0 {
		return v
	}
	c := m.canvas
	c.Theme = m.theme
	c.Reset(m.width, m.height)
	m.spots = m.spots[:0]
	switch {
	case m.tooSmall():
		m.drawTooSmall(c)
		v.Content = c.String()
		return v
	case m.page == pageLesson:
		v.Cursor = m.drawLesson(c)
	default:
		v.Cursor = m.drawList(c)
	}
	if m.overlay != nil {
		m.spots, v.Cursor = m.spots[:0], nil
		m.overlay.draw(m, c)
		if o, ok := m.overlay.(typist); ok {
			v.Cursor = o.cursor(m)
		}
	}
	v.Content = c.String()
	return v
}

func (m *Model) tooSmall() bool { return m.width < minWidth || m.height < minHeight }

func (m *Model) glyphs() *paint.Glyphs { return &m.theme.Glyphs }

// setTheme takes the colours that were asked for, else those that suit the
// terminal.
func (m *Model) setTheme() {
	switch theme := m.cfg.Theme; {
	case theme == Theme16, (theme == "" || theme == ThemeAuto) && m.colors <= colorprofile.ANSI:
		m.theme = paint.NewTheme16(m.cfg.ASCII)
	case theme == ThemeDark, theme == ThemeLight:
		m.theme = paint.NewTheme(theme == ThemeDark, m.cfg.ASCII)
	default:
		m.theme = paint.NewTheme(m.dark, m.cfg.ASCII)
	}
}

// cursor is the cursor at a place of the screen.
func (m *Model) cursor(x, y int) *tea.Cursor {
	c := tea.NewCursor(x, y)
	c.Blink = !m.cfg.ReducedMotion
	return c
}

// beat is the time after which what changes all the time is drawn again.
func (m *Model) beat() time.Duration {
	if m.cfg.ReducedMotion {
		return 5 * time.Second
	}
	return time.Second
}

// setLang changes the language of everything on the screen, in its place.
func (m *Model) setLang(lang content.Lang) {
	m.lang = lang
	m.words = words{m.cfg.Content.Printer(lang)}
	m.keys = NewKeyMap(m.words, m.glyphs())
	m.list.load(m.cfg, lang)
	if m.lesson != nil {
		m.lesson.setDocument(m.cfg.Content.Document(lang, m.lesson.lesson.ID))
	}
}

// say tells in the bottom line what has happened.
func (m *Model) say(role paint.Role, id string, pairs ...any) {
	m.toast = paint.R(role, m.words.T(id, pairs...))
}

// key handles a key where the learner is.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	m.toast = nil
	switch {
	case m.tooSmall():
		// The shell and the dialogs cannot be seen: only quitting is safe.
		if key.Matches(k, m.keys.Quit) {
			return tea.Quit
		}
		return nil
	case m.overlay != nil:
		return m.overlay.key(m, k)
	case m.page == pageLesson:
		m.lesson.act()
		m.lesson.early = time.Time{}
		return m.lessonKey(k)
	}
	return m.listKey(k)
}

func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case m.tooSmall():
	case m.overlay != nil:
		if o, ok := m.overlay.(typist); ok {
			return o.paste(m, msg)
		}
	case m.page == pageList && m.list.filter.Focused():
		return m.search(msg)
	case m.page == pageLesson && m.lesson.focus == focusTerminal && m.lesson.feed != nil:
		m.sendKeys(m.lesson.feed.term.Paste(msg.Content))
	}
	return nil
}

// panes is the layout of the lesson's page.
func (m *Model) panes() panes {
	p := m.lesson
	need := 0
	if m.width >= wideWidth {
		// The steps pane's width does not depend on need.
		in := inner(arrange(m.width, m.height, p.focus, false, 0, p.pictured()).outcomes)
		need = len(p.outcomeRows(m.words, m.glyphs(), in.Dx()))
	}
	return arrange(m.width, m.height, p.focus, p.zoom, need, p.pictured())
}

// fitTerminal gives the shell the size of its pane.
func (m *Model) fitTerminal() {
	if m.lesson == nil || m.lesson.feed == nil || m.tooSmall() {
		return
	}
	if in := paint.Inner(m.panes().terminal); !in.Empty() {
		m.lesson.feed.resize(in.Dx(), in.Dy())
	}
}

// showList turns to the list. The lesson's session stays open.
func (m *Model) showList() tea.Cmd {
	m.page = pageList
	if m.lesson != nil {
		m.list.filter.SetValue("")
		m.list.match()
		m.list.selectLesson(m.lesson.lesson.ID)
	}
	return m.readProgress()
}

// askQuit quits, after a question while a lesson's shell runs.
func (m *Model) askQuit() tea.Cmd {
	if m.lesson == nil || m.lesson.feed == nil {
		return tea.Quit
	}
	m.overlay = &confirm{title: "key.quit", question: "quit.question", again: m.keys.Quit, yes: func() tea.Cmd { return tea.Quit }}
	return nil
}
