package tui

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/tui/paint"
)

// Messages about the learner's files.
type (
	editedMsg struct {
		feed  *feed
		files map[string]string
		err   error
	}
	editMsg struct {
		path string
		err  error
	}
	savedMsg struct{ err error }
)

// readFiles asks which of the lesson's files the learner has changed.
func (m *Model) readFiles() tea.Cmd {
	p := m.lesson
	if p == nil || p.feed == nil || len(p.files.ours) == 0 {
		return nil
	}
	f := p.feed
	return m.work.cmd(func(context.Context) tea.Msg {
		files, err := f.session.Edited()
		return editedMsg{feed: f, files: files, err: err}
	})
}

// edited takes up what the learner's files are now.
func (m *Model) edited(msg editedMsg) {
	p := m.lesson
	switch {
	case p == nil || p.feed != msg.feed:
	case msg.err != nil:
		m.say(paint.Bad, "error.action", "Error", msg.err)
	case !maps.Equal(p.files.edited, msg.files):
		p.files.edited = msg.files
		p.prose = typesetCache{}
	}
}

// stepFiles are the files that the current step shows.
func (p *lessonPage) stepFiles() []string {
	doc := p.doc
	doc.Sections = nil
	if p.step > 0 {
		doc.Intro = nil
	}
	if p.step < len(p.doc.Sections) {
		doc.Sections = p.doc.Sections[p.step : p.step+1]
	}
	var names []string
	for _, name := range shownFiles(doc, 0) {
		if _, ok := p.files.text(name); ok {
			names = append(names, name)
		}
	}
	return names
}

// compare shows what differs between a step's files and earlier ones, or no more.
func (m *Model) compare() {
	p := m.lesson
	files := p.filesHere()
	if !slices.ContainsFunc(p.stepFiles(), func(name string) bool { _, _, ok := files.before(name); return ok }) {
		m.say(paint.Dim, "manifest.no-compare")
		return
	}
	p.files.diff = !p.files.diff
	p.prose = typesetCache{}
	m.setFocus(focusProse)
	if p.files.diff {
		m.showChange()
	}
}

// showChange scrolls the prose to the first line that was taken out or put in.
func (m *Model) showChange() {
	l, g := m.panes(), m.glyphs()
	in := inner(l.prose)
	at := slices.IndexFunc(m.guideRows(l, in.Dx()), func(r paint.Row) bool {
		line, boxed := strings.CutPrefix(r.String(), g.Vertical())
		return boxed && (strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+"))
	})
	if top := m.lesson.scroll[focusProse]; at >= 0 && (at < top || at >= top+in.Dy()) {
		m.lesson.scroll[focusProse] = max(at-in.Dy()/3, 0)
	}
}

// copyText copies the step's next command or one of its files to the clipboard of
// the learner's own terminal (OSC 52).
func (m *Model) copyText() tea.Cmd {
	p := m.lesson
	var names, texts []string
	if l, _, ok := p.script.upcoming(); ok {
		names, texts = append(names, "$ "+visible(l.text)), append(texts, l.text)
	}
	for _, name := range p.stepFiles() {
		text, _ := p.files.text(name)
		names, texts = append(names, name), append(texts, text)
	}
	if len(names) == 0 {
		m.say(paint.Dim, "copy.nothing")
		return nil
	}
	return m.choose("key.copy", names, func(m *Model, i int) tea.Cmd {
		m.say(paint.Good, "copy.done", "What", names[i])
		return tea.SetClipboard(texts[i])
	})
}

// editFile opens one of the step's files in the learner's editor.
func (m *Model) editFile() tea.Cmd {
	p := m.lesson
	names := p.stepFiles()
	switch {
	case len(names) == 0:
		m.say(paint.Dim, "edit.nothing")
		return nil
	case m.cfg.Editor == nil:
		m.say(paint.Dim, "edit.no-editor")
		return nil
	case p.feed == nil:
		return m.noSession()
	}
	return m.choose("key.edit-file", names, func(m *Model, i int) tea.Cmd {
		f := m.lesson.feed
		if f == nil {
			return nil
		}
		return m.work.cmd(func(context.Context) tea.Msg {
			path, err := f.session.File(names[i])
			return editMsg{path: path, err: err}
		})
	})
}

// runEditor runs the editor in the place of the screen.
func (m *Model) runEditor(msg editMsg) tea.Cmd {
	if msg.err != nil {
		m.say(paint.Bad, "error.action", "Error", msg.err)
		return nil
	}
	edit := func() error { return m.cfg.Editor(msg.path) }
	return tea.Exec(editing(edit), func(err error) tea.Msg { return savedMsg{err} })
}

// editing is the editor as Bubble Tea runs it: the screen is put away for it. It
// brings its streams, since the screen's own may be no terminal.
type editing func() error

func (e editing) Run() error        { return e() }
func (editing) SetStdin(io.Reader)  {}
func (editing) SetStdout(io.Writer) {}
func (editing) SetStderr(io.Writer) {}

func (m *Model) saved(msg savedMsg) tea.Cmd {
	if msg.err != nil {
		m.say(paint.Bad, "error.action", "Error", msg.err)
	}
	return m.readFiles()
}

// choose lets the learner pick one of several; of one, it is that.
func (m *Model) choose(title string, names []string, chosen func(m *Model, i int) tea.Cmd) tea.Cmd {
	if len(names) == 1 {
		return chosen(m, 0)
	}
	m.overlay = &picker{
		title: title,
		items: func(*Model) []paint.Row {
			rows := make([]paint.Row, 0, len(names))
			for _, n := range names {
				rows = append(rows, paint.R(paint.Text, n))
			}
			return rows
		},
		chosen: chosen,
	}
	return nil
}
