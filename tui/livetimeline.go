package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/tui/paint"
)

// timeline draws what happened to the step's Pods: bands of their containers'
// states, and every moment, the latest first.
func (d *drawing) timeline() []paint.Row {
	var parts [][]paint.Row
	for _, life := range d.view.pic.Lives {
		title := paint.Row{paint.S(paint.Title, d.words.T("live.timeline")), paint.S(paint.Text, " "+life.Pod)}
		rows := d.wrap(title)
		if len(life.Moments) > 0 {
			rows = append(rows, d.bands(life)...)
			rows = append(rows, d.legend(life)...)
		}
		parts = append(parts, append(rows, d.moments(life)...))
	}
	return apart(parts...)
}

// bands draws a row for each container from the Pod's beginning until now.
func (d *drawing) bands(life picture.Life) []paint.Row {
	from, to := life.Moments[0].At, d.view.at
	if life.Gone {
		to = life.Moments[len(life.Moments)-1].At
	}
	if to.Sub(from) < time.Second {
		to = from.Add(time.Second)
	}
	names := 0
	for _, c := range life.Containers {
		names = max(names, paint.R(paint.Text, c.Container).Width()+1)
	}
	names = min(names, d.width/3)
	var rows []paint.Row
	for _, c := range life.Containers {
		row := pad(paint.R(paint.Text, c.Container), names, d.glyphs)
		for _, state := range columnsOf(c, from, to, d.width-names) {
			mark, role := d.stateMark(state)
			row = append(row, paint.S(role, mark))
		}
		rows = append(rows, row)
	}
	return rows
}

// columnsOf is the state in each column of a time; a failure goes before what
// else is in its column.
func columnsOf(b picture.Band, from, to time.Time, width int) []picture.State {
	columns := make([]picture.State, max(width, 0))
	at := func(t time.Time) int {
		return min(max(int(float64(t.Sub(from))/float64(to.Sub(from))*float64(width)), 0), width-1)
	}
	for i := range columns {
		columns[i] = picture.Waiting
	}
	for i, s := range b.Spans {
		end := width - 1
		if i+1 < len(b.Spans) {
			end = at(b.Spans[i+1].From)
		}
		for x := at(s.From); x <= end && x >= 0 && x < width; x++ {
			columns[x] = s.State
		}
	}
	for _, s := range b.Spans {
		if x := at(s.From); s.State == picture.Failed && x >= 0 && x < width {
			columns[x] = picture.Failed
		}
	}
	return columns
}

func (d *drawing) stateMark(s picture.State) (string, paint.Role) {
	g := d.glyphs
	switch s {
	case picture.Running:
		return g.Runs, paint.Good
	case picture.Ready:
		return g.IsReady, paint.Good
	case picture.Ended:
		return g.Ended, paint.Dim
	case picture.Failed:
		return g.Unmet, paint.Bad
	case picture.BackOff:
		return g.Again, paint.Warn
	case picture.Absent:
		return " ", paint.Text
	}
	return g.Waits, paint.Dim
}

// stateWords are the messages that name states.
var stateWords = map[picture.State]string{
	picture.Waiting: "live.state.waiting", picture.Running: "live.state.running", picture.Ready: "live.state.ready",
	picture.Ended: "live.state.ended", picture.Failed: "live.state.failed", picture.BackOff: "live.state.back-off",
}

// legend names the marks that the bands have.
func (d *drawing) legend(life picture.Life) []paint.Row {
	there := map[picture.State]bool{}
	for _, c := range life.Containers {
		for _, s := range c.Spans {
			there[s.State] = true
		}
	}
	var row paint.Row
	for s := picture.Waiting; s < picture.Absent; s++ {
		if there[s] {
			mark, role := d.stateMark(s)
			row = append(row, paint.S(role, mark), paint.S(paint.Dim, " "+d.words.T(stateWords[s])+"  "))
		}
	}
	if len(row) == 0 {
		return nil
	}
	return d.wrap(row)
}

// moments lists what happened, with the time since the Pod was created.
func (d *drawing) moments(life picture.Life) []paint.Row {
	var rows []paint.Row
	for _, m := range slices.Backward(life.Moments) {
		rows = append(rows, d.moment(life, m))
	}
	return rows
}

func (d *drawing) moment(life picture.Life, m picture.Moment) paint.Row {
	mark, role := d.glyphs.Point, paint.Good
	if m.Trouble {
		mark, role = d.glyphs.Unmet, paint.Bad
	}
	since := "+" + d.words.seconds(m.At.Sub(life.Moments[0].At).Truncate(100*time.Millisecond))
	row := paint.Row{
		paint.S(paint.Dim, m.At.Local().Format("15:04:05")+" "),
		paint.S(paint.Text, strings.Repeat(" ", max(0, 7-paint.R(paint.Text, since).Width()))+since+" "),
		paint.S(role, mark+" "+m.Reason),
	}
	if m.Container != "" {
		row = append(row, paint.S(paint.Text, " "+m.Container))
	}
	if m.Detail != "" {
		row = append(row, paint.S(paint.Dim, d.glyphs.Dot+oneLine(m.Detail)))
	}
	return row
}

// oneLine makes one line of a message.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
