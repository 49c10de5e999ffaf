package tui

import (
	"fmt"
	"strings"

	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/tui/paint"
)

// nodes draws which Pod is where, what is requested and what is free.
func (d *drawing) nodes() []paint.Row {
	pic := d.view.pic
	if len(pic.Nodes) == 0 {
		return nil
	}
	var parts [][]paint.Row
	if len(pic.Unplaced) > 0 {
		parts = append(parts, d.unplaced(pic.Unplaced))
	}
	for _, n := range pic.Nodes {
		parts = append(parts, d.node(n))
	}
	if 3*len(pic.Nodes) > d.height { // no room for air
		var rows []paint.Row
		for _, p := range parts {
			rows = append(rows, p...)
		}
		return rows
	}
	return apart(parts...)
}

// unplaced are the Pods that wait for a node.
func (d *drawing) unplaced(pods []picture.Pod) []paint.Row {
	var rows []paint.Row
	for _, p := range pods {
		row := paint.R(paint.Warn, d.glyphs.Pending+" "+p.Name+" ")
		rows = append(rows, d.wrap(append(row, d.waits(p)...))...)
		if p.Reason != "" {
			lead := paint.R(paint.Text, "  ")
			rows = append(rows, paint.Wrap(d.width, lead, lead, paint.R(paint.Dim, oneLine(p.Reason)))...)
		}
	}
	return rows
}

// waits says what a Pod without a node would like to have.
func (d *drawing) waits(p picture.Pod) paint.Row {
	row := paint.R(paint.Text, p.Phase+d.glyphs.Dot+d.words.T("live.unplaced"))
	for _, r := range p.Requests {
		row = append(row, paint.S(paint.Text, d.glyphs.Dot+r.Name+" "+amountText(r.Name, r.Requested)))
	}
	return row
}

func (d *drawing) node(n picture.Node) []paint.Row {
	head := paint.Row{paint.S(paint.Title, n.Name)}
	for _, label := range n.Labels {
		head = append(head, paint.S(paint.Code, " "+label))
	}
	if n.Closed {
		head = append(head, paint.S(paint.Dim, d.glyphs.Dot+d.words.T("live.closed")))
	}
	rows := d.wrap(head)
	for _, r := range n.Resources {
		rows = append(rows, d.resource(r))
	}
	var pods paint.Row
	for _, p := range n.Pods {
		pods = append(pods, paint.S(paint.Good, d.glyphs.Point+" "+p.Name), paint.S(paint.Text, " "+p.Phase+d.glyphs.Dot))
	}
	pods = append(pods, paint.S(paint.Dim, d.words.T("live.others", "Count", n.Others)))
	lead := paint.R(paint.Text, "  ")
	return append(rows, paint.Wrap(d.width, lead, lead, pods)...)
}

// resource draws how much of a node's resource is requested, and what is free.
func (d *drawing) resource(r picture.Resource) paint.Row {
	part := 0.0
	if r.Allocatable > 0 {
		part = float64(r.Requested) / float64(r.Allocatable)
	}
	text := fmt.Sprintf(" %s/%s", amountText(r.Name, r.Requested), amountText(r.Name, r.Allocatable))
	free := d.glyphs.Dot + d.words.T("live.free", "Amount", amountText(r.Name, r.Free()))
	row := pad(paint.R(paint.Text, "  "+resourceName(r.Name)), 10, d.glyphs)
	width := d.width - row.Width() - paint.R(paint.Text, text+free).Width()
	row = append(row, bar(d.glyphs, paint.Accent, part, min(max(width, 4), 30))...)
	return append(row, paint.S(paint.Text, text), paint.S(paint.Good, free))
}

// resourceName is a resource's name without its domain.
func resourceName(name string) string {
	if _, short, ok := strings.Cut(name, "/"); ok {
		return short
	}
	return name
}

// amountText writes an amount of a resource as manifests do.
func amountText(resource string, n int64) string {
	switch resource {
	case "cpu":
		return milli(n)
	case "memory", "ephemeral-storage":
		return bytesText(n)
	}
	return fmt.Sprint(n)
}
