package tui

import "github.com/podlab/podlab/tui/paint"

// The smallest screen that podlab can be used on.
const (
	minWidth  = 60
	minHeight = 16
)

// From this size on, all panes of a lesson stand side by side; on a smaller
// screen those above the terminal are folded into tabs.
const (
	wideWidth  = 100
	wideHeight = 30
)

// panes are the places of a lesson's parts. Boxes include their borders, and
// neighbours share one. An empty box is not shown.
type panes struct {
	header, command, help                  paint.Rect
	steps, prose, outcomes, live, terminal paint.Rect
	folded                                 bool // prose has tabs for the other panes
}

// liveRows is how many rows a picture needs at least.
const liveRows = 9

// arrange places a lesson's panes on a screen. need is the number of rows that
// the outcomes would like to have; live says that the step has a picture.
func arrange(w, h int, f focus, zoom bool, need int, live bool) panes {
	p := panes{
		header:  paint.Area(0, 0, w, 1),
		command: paint.Area(0, h-2, w, 1),
		help:    paint.Area(0, h-1, w, 1),
	}
	body := paint.Area(0, 1, w, h-3)
	switch {
	case zoom:
		p.folded = true
		if f == focusTerminal {
			p.terminal = body
		} else {
			p.prose = body
		}
	case w >= wideWidth && h >= wideHeight:
		p.wide(body, need, live)
	default:
		p.folded = true
		rows := (body.Dy()+1)*2/5 + 2
		p.prose = paint.Area(0, 1, w, body.Dy()-rows+1)
		p.terminal = paint.Area(0, p.prose.Max.Y-1, w, rows)
	}
	return p
}

func (p *panes) wide(body paint.Rect, need int, live bool) {
	if live {
		need = max(need, liveRows)
	}
	w := body.Dx()
	rows := max(body.Dy()*2/5, 12)
	upper := body.Dy() - rows + 1
	left := min(max(w/5, 26), 36)
	outcomes := min(max(need+2, 4), upper*2/5+1)
	p.steps = paint.Area(0, 1, left, upper)
	p.prose = paint.Area(left-1, 1, w-left+1, upper-outcomes+1)
	p.outcomes = paint.Area(left-1, p.prose.Max.Y-1, w-left+1, outcomes)
	p.terminal = paint.Area(0, upper, w, rows)
	if live {
		cols := p.outcomes.Dx() * 9 / 20
		p.live = paint.Area(w-cols, p.outcomes.Min.Y, cols, outcomes)
		p.outcomes.Max.X = p.live.Min.X + 1
	}
}
