package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
)

// fact is one line of a picture in words.
type fact struct {
	about string // what it tells of: of facts about the same the latest counts
	state string // it is news when this is another
	text  string
	// A figure is news when it has changed by much, or by some after a while.
	figure, scale, least int64
	at                   time.Time
}

// told is what the line mode has told of a lesson's pictures, by what it is about.
type told map[string]fact

// news are the facts worth telling after those that were told: each state once, and
// a figure at a jump, or every so often when it moves.
func (t told) news(facts []fact, every time.Duration) []string {
	var lines []string
	for _, f := range facts {
		before, known := t[f.about]
		if known && f.state == before.state && !f.moved(before, every) {
			continue
		}
		t[f.about] = f
		lines = append(lines, f.text)
	}
	return lines
}

// moved says whether a figure is far from the one told before: by a quarter of its
// scale, or after a while by a twentieth.
func (f fact) moved(before fact, every time.Duration) bool {
	if f.scale == 0 { // no figure
		return false
	}
	by := max(f.figure-before.figure, before.figure-f.figure)
	since := f.at.Sub(before.at)
	return by >= max(f.scale/4, f.least) && since >= every/2 || by >= max(f.scale/20, f.least) && since >= every
}

// facts are the step's pictures in words, all kinds that it has.
func (d *drawing) facts() []fact {
	var facts []fact
	for _, kind := range d.view.kinds {
		switch kind {
		case lessons.PictureMemory, lessons.PictureCPU:
			facts = append(facts, d.usageFacts(kind)...)
		case lessons.PictureTimeline:
			for _, life := range d.view.pic.Lives {
				facts = append(facts, d.lifeFacts(life)...)
			}
		case lessons.PictureNodes:
			facts = append(facts, d.nodeFacts()...)
		case lessons.PictureProbes:
			for _, p := range d.view.pic.Probes {
				facts = append(facts, d.probeFact(p))
			}
		}
	}
	return facts
}

// say is a line of a picture: its kind, and the parts that are not empty.
func (d *drawing) say(kind lessons.Picture, parts ...string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return d.words.T("live."+string(kind)) + " " + oneLine(strings.Join(parts, d.glyphs.Dot))
}

func (d *drawing) usageFacts(kind lessons.Picture) []fact {
	var facts []fact
	for _, u := range d.view.pic.Usage {
		f, n := figuresOf(u, kind), len(u.Points)
		fact := fact{about: fmt.Sprintf("%s %s %s", kind, u.Pod, u.Container), text: oneLine(d.usageHead(f).String()), least: 1 << 20}
		switch {
		case d.ended(f):
			if slices.Contains(d.view.kinds, lessons.PictureTimeline) {
				continue // which says it, too
			}
			fact.state = "ended " + u.Ends[len(u.Ends)-1].At.String()
		case n == 0 || f.value(u.Points[n-1]) < 0:
			continue
		default:
			last := u.Points[n-1]
			fact.state, fact.figure, fact.scale, fact.at = last.Run, f.value(last), f.top(), last.At
		}
		if f.cpu {
			fact.least = 10
		}
		facts = append(facts, fact)
	}
	if d.view.pic.Source == picture.SourceMetrics && len(facts) > 0 {
		facts = append(facts, fact{about: "metrics", text: d.words.T("live.metrics")})
	}
	return facts
}

// lifeFacts are a Pod's moments. What an Event says again and again, such as that a
// container is backed off, is one fact; that it has started is one each time.
func (d *drawing) lifeFacts(life picture.Life) []fact {
	var facts []fact
	for _, m := range life.Moments {
		about := fmt.Sprintf("%s %s %s %s", life.UID, m.Reason, m.Container, m.Detail)
		if !m.Event || m.Reason == "Started" {
			about += m.At.String()
		}
		facts = append(facts, fact{about: about, text: d.say(lessons.PictureTimeline, life.Pod, d.moment(life, m).String())})
	}
	return facts
}

func (d *drawing) nodeFacts() []fact {
	var facts []fact
	add := func(name string, parts ...string) {
		text := d.say(lessons.PictureNodes, append([]string{name}, parts...)...)
		facts = append(facts, fact{about: "node " + name, state: text, text: text})
	}
	for _, p := range d.view.pic.Unplaced {
		add(p.Name, d.waits(p).String(), p.Reason)
	}
	for _, n := range d.view.pic.Nodes {
		parts := []string{strings.Join(n.Labels, " ")}
		if n.Closed {
			parts = append(parts, d.words.T("live.closed"))
		}
		for _, r := range n.Resources {
			parts = append(parts, d.words.T("live.requested", "Resource", resourceName(r.Name),
				"Requested", amountText(r.Name, r.Requested), "Total", amountText(r.Name, r.Allocatable), "Free", amountText(r.Name, r.Free())))
		}
		for _, p := range n.Pods {
			parts = append(parts, d.glyphs.Point+" "+p.Name+" "+p.Phase)
		}
		add(n.Name, append(parts, d.words.T("live.others", "Count", n.Others))...)
	}
	return facts
}

// probeFact counts the failures in a row only until they make the kubelet act.
func (d *drawing) probeFact(p picture.Probe) fact {
	state, _ := probeState(p)
	word, failed, more := d.words.T(state), int64(0), d.probeRule(p)
	for _, t := range slices.Backward(p.Ticks) {
		if t.OK {
			break
		}
		failed++
	}
	if failed > 0 {
		failed, more = min(failed, p.Failures), p.Last
		word = fmt.Sprintf("%s %s %d/%d", d.glyphs.Unmet, d.words.T("live.probe.failing"), failed, p.Failures)
	}
	return fact{
		about: fmt.Sprintf("%s %s %s", p.Kind, p.Pod, p.Container), state: fmt.Sprintf("%s %d", state, failed),
		text: d.say(lessons.PictureProbes, p.Kind+" "+p.Pod, word, more),
	}
}

// picture tells all that the step's pictures show now.
func (p *plain) picture() {
	l := p.m.lesson
	if !l.pictured() {
		p.say(p.m.words.T("live.none"))
		return
	}
	lines := told{}.news(p.facts(), 0)
	if len(lines) == 0 {
		lines = []string{p.m.words.T("live.waiting")}
	}
	p.say(lines...)
}

func (p *plain) facts() []fact {
	d := drawing{words: p.m.words, glyphs: p.m.glyphs(), view: &p.m.lesson.live, width: plainWidth}
	return d.facts()
}

// pictureEvery is the least time between two lines about a figure that moves slowly.
const pictureEvery = 5

// tellPicture tells what is new in the step's pictures.
func (p *plain) tellPicture() {
	p.say(p.pictures.news(p.facts(), pictureEvery*p.m.beat())...)
}
