package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/kind"
)

// lineProgress prints progress as lines: one when a stage begins, one when it
// ends, and in between one every few seconds while there is something to tell.
type lineProgress struct {
	w     io.Writer
	every time.Duration
	now   func() time.Time

	mu    sync.Mutex
	began map[cluster.Stage]time.Time
	last  map[cluster.Stage]time.Time
}

func newLineProgress(w io.Writer) *lineProgress {
	return &lineProgress{
		w:     w,
		every: 5 * time.Second,
		now:   time.Now,
		began: map[cluster.Stage]time.Time{},
		last:  map[cluster.Stage]time.Time{},
	}
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
		_, _ = fmt.Fprintf(p.w, "%-14s failed after %.1f s\n", name, now.Sub(began).Seconds())
	case r.Finished:
		_, _ = fmt.Fprintf(p.w, "%-14s done in %.1f s\n", name, now.Sub(began).Seconds())
	case !known || now.Sub(p.last[r.Stage]) >= p.every:
		p.last[r.Stage] = now
		_, _ = fmt.Fprintf(p.w, "%-14s %s\n", name, amount(r))
	}
	if r.Finished {
		delete(p.began, r.Stage)
	}
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
