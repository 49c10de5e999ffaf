package tui

import (
	"context"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// Draft is a state of lessons that are being written.
type Draft struct {
	// Lessons that can be read, and their words; nil where nothing can be.
	Lessons []*lessons.Lesson
	Content *content.Library
	// Problems are what is wrong, one a line; Checked says that all has been
	// checked, so that none means that all is well.
	Problems error
	Checked  bool
}

type draftMsg struct{ draft *Draft }

// nextDraft waits for what the author saves next.
func (m *Model) nextDraft() tea.Cmd {
	return m.work.cmd(func(ctx context.Context) tea.Msg {
		if d := m.cfg.Drafts(ctx); d != nil {
			return draftMsg{d}
		}
		return nil
	})
}

// redraft shows a new state of the lessons where the author is. A lesson that
// cannot be read any more stays as it was.
func (m *Model) redraft(d *Draft) tea.Cmd {
	m.draft = d
	if d.Lessons != nil && d.Content != nil {
		m.cfg.Lessons, m.cfg.Content = d.Lessons, d.Content
	}
	m.cfg.Notices = nil
	if d.Problems != nil {
		m.cfg.Notices = strings.Split(m.words.Say(d.Problems), "\n")
	}
	for _, l := range d.Lessons {
		switch {
		case m.lesson != nil && m.lesson.lesson.ID == l.ID:
			m.lesson.replace(l)
		case m.lesson == nil && m.cfg.Lesson == l.ID:
			m.showLesson(l)
		}
	}
	m.setLang(m.lang)
	return m.nextDraft()
}

// replace takes a new state of the lesson, with the page where it is.
func (p *lessonPage) replace(l *lessons.Lesson) {
	p.lesson, p.files.ours = l, workFiles(l)
	if p.step >= len(l.Steps) {
		p.show(len(l.Steps) - 1)
	}
	p.script = newScript(p.current().Commands)
}

// draftRows stand in the terminal's place: what is wrong with the lessons.
func (m *Model) draftRows(width int) []paint.Row {
	d, g := m.draft, m.glyphs()
	switch {
	case d != nil && d.Problems != nil:
		var rows []paint.Row
		for line := range strings.Lines(m.words.Say(d.Problems)) {
			rows = append(rows, paint.Wrap(width, paint.R(paint.Bad, g.Unmet+" "), nil, paint.R(paint.Text, strings.TrimSpace(line)))...)
		}
		return rows
	case d != nil && d.Checked:
		return paint.Wrap(width, paint.R(paint.Good, g.Done+" "), nil, paint.R(paint.Text, m.words.T("preview.clean")))
	}
	return paint.Wrap(width, nil, nil, paint.R(paint.Dim, m.words.T("preview.checking")))
}

// WriteText writes a lesson as the screen shows it, all steps one below the
// other, as plain text at most width cells wide.
func WriteText(w io.Writer, lib *content.Library, lang content.Lang, l *lessons.Lesson, width int) error {
	glyphs := paint.NewTheme(true, false).Glyphs
	p := newLessonPage(l, lib.Document(lang, l.ID))
	p.reveal = true
	say := words{lib.Printer(lang)}
	var b strings.Builder
	put := func(rows []paint.Row) {
		for _, r := range rows {
			b.WriteString(strings.TrimRight(r.String(), " ") + "\n")
		}
		b.WriteByte('\n')
	}
	put(paint.Wrap(width, nil, nil, paint.R(paint.Title, p.doc.Title)))
	for i := range l.Steps {
		p.show(i)
		put(paint.Wrap(width, nil, nil, paint.R(paint.Title, p.section().Heading)))
		p.hints[p.current().ID] = len(p.current().Hints)
		p.prose = typesetCache{}
		put(p.proseRows(say, &glyphs, width))
		put(p.outcomeRows(say, &glyphs, width))
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}
