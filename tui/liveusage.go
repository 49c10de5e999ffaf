package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// minChart is how many rows a chart needs; where there are fewer for each
// container, a gauge of one row stands for it.
const minChart = 4

// figures are what a container uses of one resource.
type figures struct {
	use            picture.Usage
	request, limit int64
	cpu            bool
}

func figuresOf(u picture.Usage, kind lessons.Picture) figures {
	if kind == lessons.PictureCPU {
		return figures{u, u.CPURequest, u.CPULimit, true}
	}
	return figures{u, u.MemoryRequest, u.MemoryLimit, false}
}

func (f figures) value(p picture.Point) int64 {
	if f.cpu {
		return p.CPU
	}
	return p.Memory
}

// text writes an amount as manifests do.
func (f figures) text(n int64) string {
	if f.cpu {
		return milli(n)
	}
	return bytesText(n)
}

// milli writes thousandths of a processor.
func milli(n int64) string {
	if n%1000 == 0 {
		return fmt.Sprint(n / 1000)
	}
	return fmt.Sprintf("%dm", n)
}

// bytesText writes bytes in powers of two, whole where they are.
func bytesText(n int64) string {
	value, unit := float64(n), ""
	for _, u := range []string{"Ki", "Mi", "Gi", "Ti"} {
		if value < 1024 {
			break
		}
		value, unit = value/1024, u
	}
	if value < 10 && value != float64(int64(value)) {
		return fmt.Sprintf("%.1f%s", value, unit)
	}
	return fmt.Sprintf("%.0f%s", value, unit)
}

// top is the value at a chart's upper edge: a little over the limit, so that one
// sees what is above it.
func (f figures) top() int64 {
	most := max(f.limit, f.request)
	for _, p := range f.use.Points {
		most = max(most, f.value(p))
	}
	return max(most+most/10, 1)
}

// usage draws what containers use over time.
func (d *drawing) usage(kind lessons.Picture) []paint.Row {
	all := d.view.pic.Usage
	if len(all) == 0 {
		return nil
	}
	at := d.view.latest(all)
	var note []paint.Row
	height := d.height
	if d.view.pic.Source == picture.SourceMetrics {
		note = d.wrap(paint.R(paint.Dim, d.words.T("live.metrics")))
		height -= len(note) + 1
	}
	var parts [][]paint.Row
	share := height/len(all) - 1
	for _, u := range all {
		f := figuresOf(u, kind)
		words := d.usageHead(f)
		head := d.wrap(words)
		if rows := share - len(head); len(all) > 1 && rows < minChart-1 {
			parts = append(parts, append(head, d.gauge(f)))
			continue
		} else if len(all) == 1 {
			share = height
		}
		if n := d.columns(f); slices.ContainsFunc(u.Ends, func(e picture.End) bool { return f.assumed(e) && d.column(e.At, at, n) >= 0 }) {
			head = d.wrap(append(words, paint.S(paint.Dim, d.glyphs.Dot), paint.S(paint.Bad, d.glyphs.Unmeasured),
				paint.S(paint.Text, " "+d.words.T("live.unmeasured"))))
		}
		parts = append(parts, append(head, d.chart(f, at, max(share-len(head), minChart))...))
	}
	return apart(append(parts, note)...)
}

// usageHead says in words what the chart shows.
func (d *drawing) usageHead(f figures) paint.Row {
	kind := "live.memory"
	if f.cpu {
		kind = "live.cpu"
	}
	row := paint.Row{paint.S(paint.Title, d.words.T(kind)), paint.S(paint.Text, " "+f.use.Container)}
	add := func(role paint.Role, text string) {
		row = append(row, paint.S(paint.Dim, d.glyphs.Dot), paint.S(role, text))
	}
	points := f.use.Points
	last := picture.Point{CPU: -1, Throttled: -1}
	if len(points) > 0 {
		last = points[len(points)-1]
	}
	switch {
	case len(points) == 0 && len(f.use.Ends) == 0:
		add(paint.Dim, d.words.T("live.reading"))
	case d.ended(f):
		end := f.use.Ends[len(f.use.Ends)-1]
		add(paint.Bad, d.glyphs.Unmet+" "+end.Reason)
	case d.stale(f):
		last.Throttled = -1
	case len(points) > 0 && f.value(last) >= 0:
		add(paint.Good, d.words.T("live.now", "Amount", f.text(f.value(last))))
	}
	if f.request > 0 {
		add(paint.Text, d.words.T("live.request", "Amount", f.text(f.request)))
	}
	if f.limit > 0 {
		add(paint.Text, d.words.T("live.limit", "Amount", f.text(f.limit)))
	}
	if f.cpu && last.Throttled > 0 && !d.ended(f) {
		add(paint.Warn, d.words.T("live.throttled", "Percent", fmt.Sprintf("%.0f", 100*last.Throttled)))
	}
	return row
}

// ended says whether the container's latest run is over. Its end is told by the
// second, so that the last reading may seem to be after it.
func (d *drawing) ended(f figures) bool {
	if len(f.use.Ends) == 0 {
		return false
	}
	n := len(f.use.Points)
	end := f.use.Ends[len(f.use.Ends)-1].At
	return n == 0 || !f.use.Points[n-1].At.After(end) || d.stale(f) && f.use.Points[n-1].At.Before(end.Add(time.Second))
}

// stale says whether the last reading is no longer of the present.
func (d *drawing) stale(f figures) bool {
	n := len(f.use.Points)
	return n > 0 && d.view.latest(d.view.pic.Usage).Sub(f.use.Points[n-1].At) > 3*d.view.pic.Source.Every()
}

// assumed says whether the use at the end of a run is known though nobody has
// measured it: a container that was OOMKilled was at its limit, however short its
// run was.
func (f figures) assumed(e picture.End) bool { return e.Reason == "OOMKilled" && !f.cpu && f.limit > 0 }

// axis is the width of a chart's scale.
func (f figures) axis() int { return max(len(f.text(f.limit)), len(f.text(f.request)), 4) + 1 }

// columns is how many a chart has.
func (d *drawing) columns(f figures) int { return max(d.width-f.axis(), 1) }

// column is where a moment is among so many columns, the present in the last
// one; less than 0 where it is too long ago.
func (d *drawing) column(t, present time.Time, columns int) int {
	return columns - 1 - int(present.Sub(t)/d.view.pic.Source.Every())
}

// chart draws a column for each second (or what the source gives), the present
// at the right.
func (d *drawing) chart(f figures, at time.Time, height int) []paint.Row {
	every, top := d.view.pic.Source.Every(), f.top()
	axis := f.axis()
	columns := make([]paint.Column, d.columns(f))
	for i := range columns {
		columns[i].Empty = true
	}
	column := func(t time.Time) int { return d.column(t, at, len(columns)) }
	throttled := make([]float64, len(columns))
	limited := false
	for i, p := range f.use.Points {
		if f.value(p) < 0 {
			continue
		}
		from := column(p.At)
		// One reading a second may leave out a column: the one before goes on.
		if i > 0 && !picture.Broken(f.use.Points[i-1], p, every) {
			from = min(from, column(f.use.Points[i-1].At)+1)
		}
		for x := max(from, 0); x <= column(p.At) && x < len(columns); x++ {
			columns[x] = paint.Column{Value: f.value(p)}
			throttled[x] = p.Throttled
			limited = limited || p.Throttled > 0
		}
	}
	d.marks(columns, f, at)
	lines := []paint.Line{{Value: f.request, Role: paint.Dim}, {Value: f.limit, Role: paint.Bad}}
	if f.request == 0 || f.request == f.limit {
		lines = lines[1:]
	}
	if f.limit == 0 {
		lines = lines[:len(lines)-1]
	}
	height--
	if f.cpu && limited {
		height--
	}
	rows := d.withAxis(f, paint.Chart(d.glyphs, paint.Good, columns, lines, top, height), top, axis)
	if f.cpu && limited {
		rows = append(rows, paint.Row{paint.S(paint.Dim, fmt.Sprintf("%*s ", axis-1, "%")), paint.S(paint.Warn, paint.Spark(d.glyphs, throttled))})
	}
	return append(rows, d.timeAxis(axis, time.Duration(len(columns)-1)*every))
}

// marks puts the ends of runs over the columns in which they were, with their
// reason where there is room.
func (d *drawing) marks(columns []paint.Column, f figures, at time.Time) {
	taken, ends := len(columns), f.use.Ends
	for i := len(ends) - 1; i >= 0; i-- {
		x := d.column(ends[i].At, at, len(columns))
		if x < 0 || x >= len(columns) {
			continue
		}
		if f.assumed(ends[i]) {
			columns[x] = paint.Column{Value: f.limit, Unmeasured: true}
		}
		text := []rune(d.glyphs.Unmet + ends[i].Reason)
		if ends[i].Exit == 0 {
			text = []rune(d.glyphs.Ended + ends[i].Reason)
		}
		if x+len(text) > taken {
			text = text[:1]
		}
		for j, r := range text {
			columns[x+j].Mark = string(r)
		}
		taken = x
	}
}

// withAxis writes the limit, the request and nothing at their heights.
func (d *drawing) withAxis(f figures, rows []paint.Row, top int64, axis int) []paint.Row {
	labels := map[int]string{len(rows) - 1: "0"}
	if f.request > 0 {
		labels[paint.RowOf(f.request, top, len(rows))] = f.text(f.request)
	}
	if f.limit > 0 {
		labels[paint.RowOf(f.limit, top, len(rows))] = f.text(f.limit)
	}
	if f.limit == 0 && f.request == 0 {
		labels[0] = f.text(top)
	}
	for y, row := range rows {
		label := fmt.Sprintf("%*s ", axis-1, labels[y])
		rows[y] = append(paint.Row{paint.S(paint.Dim, label)}, row...)
	}
	return rows
}

// timeAxis says how long ago the left edge was.
func (d *drawing) timeAxis(axis int, ago time.Duration) paint.Row {
	left := d.words.T("live.ago", "Time", d.words.seconds(ago))
	right := d.words.T("live.present")
	gap := d.width - axis - paint.R(paint.Dim, left+right).Width()
	if gap < 1 {
		return nil
	}
	return paint.R(paint.Dim, strings.Repeat(" ", axis)+left+strings.Repeat(" ", gap)+right)
}

// gauge draws the latest figure in one row.
func (d *drawing) gauge(f figures) paint.Row {
	part := 0.0
	if n := len(f.use.Points); n > 0 && !d.ended(f) {
		part = float64(f.value(f.use.Points[n-1])) / float64(f.top())
	}
	return bar(d.glyphs, paint.Good, part, d.width)
}
