package tui

import (
	"testing"

	"github.com/podlab/podlab/tui/paint"
)

// At every size the panes fill the screen between the header and the command,
// every pane that is shown has room for text, and the terminal keeps its size
// whatever the outcomes say.
func TestArrange(t *testing.T) {
	for w := minWidth; w <= 220; w += 7 {
		for h := minHeight; h <= 80; h += 3 {
			for _, way := range []struct{ zoom, live bool }{{}, {zoom: true}, {live: true}, {zoom: true, live: true}} {
				zoom := way.zoom
				few := arrange(w, h, focusProse, zoom, 1, way.live)
				many := arrange(w, h, focusProse, zoom, 100, way.live)
				if few.terminal != many.terminal {
					t.Fatalf("%dx%d: the terminal moves from %v to %v with the outcomes", w, h, few.terminal, many.terminal)
				}
				all := paint.Rect{}
				for _, box := range []paint.Rect{many.steps, many.prose, many.outcomes, many.live, many.terminal} {
					all = all.Union(box)
					if !box.Empty() && (inner(box).Dx() < 10 || inner(box).Dy() < 2) {
						t.Errorf("%dx%d: the pane %v has no room", w, h, box)
					}
				}
				if wide := w >= wideWidth && h >= wideHeight && !zoom; many.live.Empty() == (wide && way.live) {
					t.Errorf("%dx%d: the picture's pane is %v", w, h, many.live)
				}
				if want := paint.Area(0, 1, w, h-3); all != want {
					t.Errorf("%dx%d zoom %v: the panes fill %v, want %v", w, h, zoom, all, want)
				}
			}
		}
	}
	if p := arrange(80, 24, focusTerminal, true, 1, false); p.terminal.Dy() != 21 || !p.prose.Empty() {
		t.Errorf("a zoomed terminal is %v", p.terminal)
	}
}
