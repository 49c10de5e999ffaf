package tui

import (
	"fmt"
	"strings"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/tui/paint"
)

// clusterState is what the screen knows of the cluster.
type clusterState int

const (
	clusterStarting clusterState = iota
	clusterRunning
	clusterFailed // Start returned an error
	clusterLost   // it ran, and then stopped answering
)

// clusterView is the cluster's badge and the progress of its start.
type clusterView struct {
	state  clusterState
	status cluster.Status
	err    error
	stages []cluster.Progress // the latest of each stage, in order of beginning
}

// badge is the cluster's part of the header; its first span alone will do.
func (v *clusterView) badge(w words, g *paint.Glyphs) paint.Row {
	switch v.state {
	case clusterStarting:
		text := w.T("cluster.starting")
		if done, of := v.finished(); of > 0 {
			text = fmt.Sprintf("%s %d/%d", text, done, of)
		}
		return paint.R(paint.BarDim, g.Ring+" "+text)
	case clusterFailed:
		return paint.R(paint.Bar, g.Unmet+" "+w.T("cluster.failed"))
	case clusterLost:
		return paint.R(paint.Bar, g.Unmet+" "+w.T("cluster.lost"))
	}
	ready := 0
	for _, n := range v.status.Nodes {
		if n.Ready {
			ready++
		}
	}
	text := strings.TrimSpace(v.status.Provider + " " + v.status.Kubernetes)
	return paint.Row{
		paint.S(paint.Bar, g.Point+" "+text),
		paint.S(paint.BarDim, "  "+w.T("cluster.nodes", "Ready", ready, "Total", len(v.status.Nodes))),
	}
}

// shortBadge is the badge on a narrow screen.
func (v *clusterView) shortBadge(w words, g *paint.Glyphs) paint.Row {
	switch v.state {
	case clusterStarting:
		done, of := v.finished()
		return paint.R(paint.BarDim, fmt.Sprintf("%s %d/%d", g.Ring, done, of))
	case clusterRunning:
		return paint.R(paint.Bar, g.Point+" "+v.status.Provider)
	}
	return paint.R(paint.Bar, g.Unmet+" "+w.T("cluster.title"))
}

func (v *clusterView) finished() (done, total int) {
	for _, s := range v.stages {
		if s.Finished && s.Err == nil {
			done++
		}
	}
	return done, len(v.stages)
}

// rows are the start's stages with their progress bars, and its error.
func (v *clusterView) rows(w words, g *paint.Glyphs, width int) []paint.Row {
	var rows []paint.Row
	nameW := 0
	for _, s := range v.stages {
		nameW = max(nameW, paint.R(paint.Text, v.name(w, s.Stage)).Width())
	}
	nameW = min(nameW, width/3)
	for _, s := range v.stages {
		rows = append(rows, v.stageRow(w, g, s, nameW, width))
	}
	if v.state == clusterStarting && len(rows) == 0 {
		rows = append(rows, paint.R(paint.Dim, w.T("cluster.starting")))
	}
	if v.err != nil {
		rows = append(rows, paint.Wrap(width, paint.R(paint.Bad, g.Unmet+" "), paint.R(paint.Bad, "  "), paint.R(paint.Bad, w.Say(v.err)))...)
		rows = append(rows, paint.R(paint.Warn, w.T("cluster.retry")))
	}
	return rows
}

func (v *clusterView) name(w words, s cluster.Stage) string {
	id := "stage." + string(s)
	if name := w.T(id); name != id {
		return name
	}
	return string(s)
}

func (v *clusterView) stageRow(w words, g *paint.Glyphs, s cluster.Progress, nameW, width int) paint.Row {
	mark, role := g.Pending, paint.Accent
	switch {
	case s.Err != nil:
		mark, role = g.Unmet, paint.Bad
	case s.Finished:
		mark, role = g.Met, paint.Good
	}
	name := pad(paint.R(paint.Text, v.name(w, s.Stage)), nameW, g)
	row := append(paint.Row{paint.S(role, mark+" ")}, name...)
	barW := min(max(width/5, 8), 30)
	fraction := 0.0
	switch {
	case s.Finished && s.Err == nil:
		fraction = 1
	case s.Total > 0:
		fraction = float64(s.Done) / float64(s.Total)
	}
	row = append(row, paint.S(paint.Text, "  "))
	row = append(row, bar(g, role, fraction, barW)...)
	row = append(row, paint.S(paint.Text, "  "+amount(w, s)))
	if !s.Detail.IsZero() && !s.Finished {
		row = append(row, paint.S(paint.Dim, "  "+w.Say(s.Detail)))
	}
	return row
}

// amount is "12/340 packages", "3.1/20.0 MB" or what is known of it.
func amount(w words, s cluster.Progress) string {
	unit := s.Unit
	if name := w.T("unit." + unit); unit != "" && name != "unit."+unit {
		unit = name
	}
	switch {
	case s.Unit == "bytes":
		const mb = 1e6
		if s.Total == 0 {
			return w.tenths(float64(s.Done)/mb) + " MB"
		}
		return w.tenths(float64(s.Done)/mb) + "/" + w.tenths(float64(s.Total)/mb) + " MB"
	case s.Total > 0:
		return strings.TrimSpace(fmt.Sprintf("%d/%d %s", s.Done, s.Total, unit))
	case s.Done > 0:
		return strings.TrimSpace(fmt.Sprintf("%d %s", s.Done, unit))
	}
	return ""
}

// bar is a progress bar of w cells.
func bar(g *paint.Glyphs, role paint.Role, fraction float64, w int) paint.Row {
	full := min(max(int(fraction*float64(w)+0.5), 0), w)
	return paint.Row{
		paint.S(role, strings.Repeat(g.Full, full)),
		paint.S(paint.Dim, strings.Repeat(g.Empty, w-full)),
	}
}

// pad makes a row w cells wide.
func pad(r paint.Row, w int, g *paint.Glyphs) paint.Row {
	r = r.Cut(w, g.Ellipsis)
	if n := w - r.Width(); n > 0 {
		r = append(r, paint.S(paint.Text, strings.Repeat(" ", n)))
	}
	return r
}
