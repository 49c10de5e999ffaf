package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/kind"
)

// lineProgress prints progress as lines: one when a stage begins, one when it
// ends, and in between one every few seconds while there is something to tell.
// On a terminal a stage that has begun is one line, which changes.
type lineProgress struct {
	w     io.Writer
	every time.Duration
	now   func() time.Time
	// width is the terminal's; 0 where there is none.
	width int

	mu    sync.Mutex
	began map[cluster.Stage]time.Time
	last  map[cluster.Stage]time.Time
}

func newLineProgress(w io.Writer) *lineProgress {
	p := &lineProgress{
		w:     w,
		every: 5 * time.Second,
		now:   time.Now,
		began: map[cluster.Stage]time.Time{},
		last:  map[cluster.Stage]time.Time{},
	}
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			p.every, p.width = 100*time.Millisecond, width
		}
	}
	return p
}

// stageNames says in a few words what each stage does.
var stageNames = map[cluster.Stage]string{
	cluster.StageNodeBinary:   "node programs",
	cluster.StageImages:       "images",
	cluster.StageCertificates: "certificates",
	cluster.StageControlPlane: "control plane",
	cluster.StageNodes:        "nodes",
	cluster.StageLoad:         "load images",
	cluster.StageAddons:       "add-ons",
	kind.StageNodeImage:       "node image",
	kind.StageContainers:      "containers",
}

func (p *lineProgress) report(r cluster.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	name := stageNames[r.Stage]
	if name == "" {
		name = string(r.Stage)
	}
	began, known := p.began[r.Stage]
	if !known {
		began = now
		p.began[r.Stage] = now
	}
	switch {
	case r.Finished && r.Err != nil:
		p.line(true, "%-14s failed after %.1f s", name, now.Sub(began).Seconds())
	case r.Finished:
		p.line(true, "%-14s done in %.1f s", name, now.Sub(began).Seconds())
	case !known || now.Sub(p.last[r.Stage]) >= p.every:
		p.last[r.Stage] = now
		p.line(false, "%-14s %s%s", name, p.bar(r), amount(r))
	}
	if r.Finished {
		delete(p.began, r.Stage)
	}
}

// line prints a line. On a terminal one that is not the last of its stage is
// written over by the next.
func (p *lineProgress) line(last bool, format string, a ...any) {
	text, end := fmt.Sprintf(format, a...), "\n"
	if p.width > 0 {
		text = "\r\x1b[K" + ansi.Truncate(text, p.width-1, "…")
		if !last {
			end = ""
		}
	}
	_, _ = io.WriteString(p.w, text+end)
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

// amount puts a report's figures and detail into words.
func amount(r cluster.Progress) string {
	switch {
	case r.Total > 0 && r.Unit == "bytes":
		return fmt.Sprintf("%d of %d MB  %s", r.Done>>20, r.Total>>20, r.Detail)
	case r.Total > 0:
		return fmt.Sprintf("%d of %d %s  %s", r.Done, r.Total, r.Unit, r.Detail)
	case r.Detail != "":
		return r.Detail
	default:
		return "…"
	}
}
