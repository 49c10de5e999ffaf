package main

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/kind"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/tui/wrap"
)

// lineProgress prints progress as lines: one when a stage begins, one when it
// ends, and in between one every few seconds while there is something to tell.
// On a terminal a stage that has begun is one line, which changes.
type lineProgress struct {
	o     *options
	every time.Duration
	now   func() time.Time
	// width is the terminal's; 0 where there is none.
	width int

	mu    sync.Mutex
	began map[cluster.Stage]time.Time
	last  map[cluster.Stage]time.Time
}

func newLineProgress(o *options) *lineProgress {
	p := &lineProgress{
		o:     o,
		every: 5 * time.Second,
		now:   time.Now,
		began: map[cluster.Stage]time.Time{},
		last:  map[cluster.Stage]time.Time{},
	}
	if f, ok := o.streams.Err.(*os.File); ok && isTerminal(f) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			p.every, p.width = 100*time.Millisecond, width
		}
	}
	return p
}

// stageNames says in a few words what each stage does.
var stageNames = map[cluster.Stage]say.Text{
	cluster.StageNodeBinary:   say.T("node programs"),
	cluster.StageImages:       say.T("images"),
	cluster.StageCertificates: say.T("certificates"),
	cluster.StageControlPlane: say.T("control plane"),
	cluster.StageNodes:        say.T("nodes"),
	cluster.StageLoad:         say.T("load images"),
	cluster.StageAddons:       say.T("add-ons"),
	kind.StageNodeImage:       say.T("node image"),
	kind.StageContainers:      say.T("containers"),
}

func (p *lineProgress) report(r cluster.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	name := p.o.tell(stageNames[r.Stage])
	if name == "" {
		name = string(r.Stage)
	}
	name += strings.Repeat(" ", max(14-wrap.Width(name), 0))
	began, known := p.began[r.Stage]
	if !known {
		began = now
		p.began[r.Stage] = now
	}
	switch {
	case r.Finished && r.Err != nil:
		p.line(true, name, p.o.sayf("failed after %.1f s", now.Sub(began).Seconds()))
	case r.Finished:
		p.line(true, name, p.o.sayf("done in %.1f s", now.Sub(began).Seconds()))
	case !known || now.Sub(p.last[r.Stage]) >= p.every:
		p.last[r.Stage] = now
		p.line(false, name, p.bar(r)+p.o.tell(amount(r)))
	}
	if r.Finished {
		delete(p.began, r.Stage)
	}
}

// line prints a line. On a terminal one that is not the last of its stage is
// written over by the next.
func (p *lineProgress) line(last bool, name, text string) {
	text, end := name+" "+text, "\n"
	if p.width > 0 {
		text = "\r\x1b[K" + ansi.Truncate(text, p.width-1, "…")
		if !last {
			end = ""
		}
	}
	_, _ = io.WriteString(p.o.streams.Err, text+end)
}

// bar shows on a terminal how much of a stage is done, where that is known.
func (p *lineProgress) bar(r cluster.Progress) string {
	const width = 24
	if p.width == 0 || r.Total <= 0 {
		return ""
	}
	done := int(min(r.Done, r.Total) * width / r.Total)
	return "[" + strings.Repeat("#", done) + strings.Repeat(".", width-done) + "] "
}

// units are what stages count.
var units = map[string]say.Text{
	"images":   say.T("images"),
	"packages": say.T("packages"),
	"nodes":    say.T("nodes"),
	"layers":   say.T("layers"),
}

func unit(name string) say.Text {
	if t, ok := units[name]; ok {
		return t
	}
	return say.Plain(name)
}

// amount puts a report's figures and detail into words.
func amount(r cluster.Progress) say.Text {
	switch {
	case r.Total > 0 && r.Unit == "bytes":
		return say.T("%d of %d MB  %s", r.Done>>20, r.Total>>20, r.Detail)
	case r.Total > 0:
		return say.T("%d of %d %s  %s", r.Done, r.Total, unit(r.Unit), r.Detail)
	case !r.Detail.IsZero():
		return r.Detail
	default:
		return say.Plain("…")
	}
}
