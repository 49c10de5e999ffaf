package tui

import (
	"reflect"
	"slices"
	"time"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// liveView is the picture beside a step.
type liveView struct {
	kinds []lessons.Picture // that the step has
	shown int               // which of them
	pic   picture.Picture
	at    time.Time // of pic, zero before the first
	// next is to be drawn at the next beat, nil if nothing is.
	next *engine.PictureChanged
}

// pictured says whether the step has a picture.
func (p *lessonPage) pictured() bool { return len(p.live.kinds) > 0 }

// picture takes in what the session has drawn.
func (p *lessonPage) picture(e engine.PictureChanged) {
	if e.Picture.Step == p.current().ID {
		p.live.pic, p.live.at, p.live.next = e.Picture, e.At, nil
	}
}

// tooSoon says whether a picture can wait: with reduced motion what only moves on is
// drawn at a beat.
func (m *Model) tooSoon(e engine.PictureChanged) bool {
	v := &m.lesson.live
	return m.cfg.ReducedMotion && e.At.Sub(v.at) < m.beat() && reflect.DeepEqual(unmoving(v.pic), unmoving(e.Picture))
}

// unmoving is a picture without what moves all the time: readings, but that there
// are some.
func unmoving(pic picture.Picture) picture.Picture {
	pic.Usage = slices.Clone(pic.Usage)
	for i := range pic.Usage {
		pic.Usage[i].Points = make([]picture.Point, min(len(pic.Usage[i].Points), 1))
	}
	return pic
}

// nextPicture shows the step's next picture, or at first the pane that has it.
func (m *Model) nextPicture() {
	p := m.lesson
	if !p.pictured() {
		m.say(paint.Dim, "live.none")
		return
	}
	if hidden := m.panes().live.Empty() && p.guide != focusLive; !hidden {
		p.live.shown = (p.live.shown + 1) % len(p.live.kinds)
		p.scroll[focusLive] = 0
	}
	if p.focus != focusTerminal {
		m.setFocus(focusLive)
	}
}

// drawLive draws the picture that is chosen, and how to get the next one.
func (m *Model) drawLive(c *paint.Canvas, box paint.Rect) {
	p := m.lesson
	in := inner(box)
	d := drawing{words: m.words, glyphs: m.glyphs(), view: &p.live, width: in.Dx(), height: in.Dy()}
	m.drawScrolled(c, box, focusLive, d.rows())
	if n := len(p.live.kinds); n > 1 {
		next := p.live.kinds[(p.live.shown+1)%n]
		edge := paint.Area(in.Min.X, box.Max.Y-1, max(in.Dx()-7, 0), 1)
		c.Right(edge, 0, paint.Row{paint.S(paint.Key, " "+m.keys.Picture.Help().Key+" "), paint.S(paint.Dim, m.words.T("live."+string(next))+" ")})
	}
}

// drawing draws one picture into a pane.
type drawing struct {
	words         words
	glyphs        *paint.Glyphs
	view          *liveView
	width, height int
}

// rows are the picture; more than fit can be scrolled.
func (d *drawing) rows() []paint.Row {
	kind := d.view.kinds[d.view.shown]
	var rows []paint.Row
	switch kind {
	case lessons.PictureMemory, lessons.PictureCPU:
		rows = d.usage(kind)
	case lessons.PictureTimeline:
		rows = d.timeline()
	case lessons.PictureNodes:
		rows = d.nodes()
	case lessons.PictureProbes:
		rows = d.probes()
	}
	if len(rows) == 0 {
		return d.wrap(paint.R(paint.Dim, d.words.T("live."+string(kind))+d.glyphs.Dot+d.words.T("live.waiting")))
	}
	return rows
}

func (d *drawing) wrap(text paint.Row) []paint.Row {
	return paint.Wrap(d.width, nil, nil, text)
}

// apart joins the rows of several parts with an empty row between them.
func apart(parts ...[]paint.Row) []paint.Row {
	var rows []paint.Row
	for _, p := range parts {
		if len(rows) > 0 && len(p) > 0 {
			rows = append(rows, nil)
		}
		rows = append(rows, p...)
	}
	return rows
}

// latest is the last moment of which a picture tells, not before it was told.
func (v *liveView) latest(usage []picture.Usage) time.Time {
	at := time.Time{}
	for _, u := range usage {
		if n := len(u.Points); n > 0 && u.Points[n-1].At.After(at) {
			at = u.Points[n-1].At
		}
		if n := len(u.Ends); n > 0 && u.Ends[n-1].At.After(at) {
			at = u.Ends[n-1].At
		}
	}
	return slices.MaxFunc([]time.Time{at, v.at}, time.Time.Compare)
}
