package tui

import (
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/tui/paint"
)

// probes draws what the step's probes have found, tick by tick.
func (d *drawing) probes() []paint.Row {
	var parts [][]paint.Row
	for _, p := range d.view.pic.Probes {
		parts = append(parts, d.probe(p))
	}
	return apart(parts...)
}

func (d *drawing) probe(p picture.Probe) []paint.Row {
	state, role := probeState(p)
	head := paint.Row{
		paint.S(paint.Title, p.Kind), paint.S(paint.Text, " "+p.Pod), paint.S(paint.Dim, d.glyphs.Dot), paint.S(role, d.words.T(state)),
	}
	rows := d.wrap(head)
	rows = append(rows, d.wrap(paint.R(paint.Dim, d.probeRule(p)))...)
	var ticks paint.Row
	for _, t := range p.Ticks[max(0, len(p.Ticks)-d.width):] {
		mark, role := d.glyphs.Met, paint.Good
		if !t.OK {
			mark, role = d.glyphs.Unmet, paint.Bad
		}
		ticks = append(ticks, paint.S(role, mark))
	}
	if len(ticks) == 0 {
		ticks = paint.R(paint.Dim, d.words.T("live.probe.none"))
	}
	rows = append(rows, ticks)
	if p.Last != "" {
		rows = append(rows, d.wrap(paint.R(paint.Dim, d.glyphs.Unmet+" "+oneLine(p.Last)))...)
	}
	return rows
}

// probeRule says what a probe does, how often, and when it makes the kubelet act.
func (d *drawing) probeRule(p picture.Probe) string {
	return p.How + d.glyphs.Dot + d.words.T("live.every", "Time", d.words.T("time.seconds", "N", p.Period.Seconds())) +
		d.glyphs.Dot + d.words.T("live.failures", "Count", int(p.Failures))
}

// probeState is the message that says where a probe stands.
func probeState(p picture.Probe) (string, paint.Role) {
	switch {
	case p.Kind == "liveness":
		return livenessState(p)
	case p.Passed:
		return "live.probe.passed", paint.Good
	case len(p.Ticks) == 0:
		return "live.probe.waiting", paint.Dim
	}
	return "live.probe.failing", paint.Bad
}

// livenessState is told by the latest tick: no status says it.
func livenessState(p picture.Probe) (string, paint.Role) {
	switch n := len(p.Ticks); {
	case n == 0:
		return "live.probe.waiting", paint.Dim
	case p.Ticks[n-1].OK:
		return "live.probe.passed", paint.Good
	}
	return "live.probe.failing", paint.Bad
}
