package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
	"github.com/podlab/podlab/tui/paint"
)

// Each kind of picture has a form in words, in every language, without a bar or a
// column of a chart.
func TestPicturesInWords(t *testing.T) {
	for _, tt := range []struct {
		kinds []lessons.Picture
		pic   picture.Picture
		want  string
	}{
		{[]lessons.Picture{lessons.PictureMemory}, crashLoop(), "Memory memory-demo-2-ctr · now 67Mi · request 50Mi · limit 100Mi"},
		{[]lessons.Picture{lessons.PictureCPU}, crashLoop(), "CPU memory-demo-2-ctr · now 1 · request 250m · limit 1 · throttled in 88 % of its periods"},
		{[]lessons.Picture{lessons.PictureTimeline}, crashLoop(), `Timeline memory-demo-2 · 01:32:48 +0.0 s ● Created
Timeline memory-demo-2 · 01:32:52 +4.0 s ● Scheduled · Successfully assigned mem-example/memory-demo-2 to worker-1
Timeline memory-demo-2 · 01:32:56 +8.0 s ● Started memory-demo-2-ctr
Timeline memory-demo-2 · 01:33:00 +12 s ✗ OOMKilled memory-demo-2-ctr · exit 137
Timeline memory-demo-2 · 01:33:04 +16 s ✗ BackOff memory-demo-2-ctr
Timeline memory-demo-2 · 01:33:08 +20 s ● Started memory-demo-2-ctr
Timeline memory-demo-2 · 01:33:12 +24 s ● Ready`},
		{[]lessons.Picture{lessons.PictureNodes}, twoNodes(), `Nodes memory-demo-3 · Pending · without a node · memory 1000Gi · 0/2 nodes are available: 2 Insufficient memory.
Nodes worker-1 · disktype=ssd · cpu: 350m of 2 requested, 1650m free · memory: 250Mi of 4Gi requested, 3.8Gi free · ● nginx Running · 1 other Pod
Nodes worker-2 · takes no new Pods · cpu: 100m of 2 requested, 1900m free · memory: 0 of 4Gi requested, 4Gi free · 3 other Pods`},
		{[]lessons.Picture{lessons.PictureProbes}, twoProbes(), `Probes liveness liveness-exec · ✗ fails 2/3 · cat: can't open '/tmp/healthy'
Probes startup liveness-exec · waits · httpGet :8080/healthz · every 10 s · acts at the first failure`},
	} {
		for _, lang := range content.Langs {
			d := drawing{words: words{prose(t).Printer(lang)}, glyphs: &paint.NewTheme(true, false).Glyphs, view: &liveView{kinds: tt.kinds, pic: tt.pic, at: present}}
			tell := told{}
			got := tell.news(d.facts(), time.Second)
			if again := tell.news(d.facts(), time.Second); len(again) > 0 || len(got) != 1+strings.Count(tt.want, "\n") {
				t.Errorf("%s %s: %q, and then %q", lang, tt.kinds, got, again)
			}
			if lang == content.English {
				if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tt.kinds, diff)
				}
			}
		}
	}
}

// A figure is told at first, at a jump, in another run, and every few seconds when
// it moves by what counts; an end at once.
func TestFiguresAreToldSeldom(t *testing.T) {
	use := picture.Usage{Pod: "web", Container: "ctr", MemoryLimit: 100 << 20}
	d := drawing{words: words{prose(t).Printer(content.English)}, glyphs: &paint.NewTheme(true, false).Glyphs, view: &liveView{kinds: []lessons.Picture{lessons.PictureMemory}}}
	var got []string
	tell := told{}
	look := func() {
		d.view.pic.Usage = []picture.Usage{use}
		got = append(got, tell.news(d.facts(), 5*time.Second)...)
	}
	look() // nothing was read yet
	for i, r := range []struct {
		run string
		mib int64
	}{
		{"a", 10}, {"a", 11}, {"a", 12}, {"a", 60}, {"a", 61}, {"a", 66}, {"a", 67}, {"a", 68}, {"a", 69}, {"a", 69}, {"a", 69}, {"a", 69}, {"a", 69}, {"a", 70}, {"b", 70}, {"b", 71},
	} {
		use.Points = append(use.Points, picture.Point{At: day.Add(time.Duration(i) * time.Second), Run: r.run, Memory: r.mib << 20})
		look()
		look() // told twice, as for another kind of picture
	}
	use.Ends = []picture.End{{At: day.Add(time.Minute), Reason: "OOMKilled", Exit: 137}}
	look()
	look()
	var figures []string
	for _, line := range got {
		line, ok := strings.CutPrefix(line, "Memory ctr · ")
		line, limit := strings.CutSuffix(line, " · limit 100Mi")
		if !ok || !limit {
			t.Errorf("%q", line)
		}
		figures = append(figures, line)
	}
	if diff := cmp.Diff([]string{"now 10Mi", "now 60Mi", "now 69Mi", "now 70Mi", "✗ OOMKilled"}, figures); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An Event that comes again and again is told once; a start and an end each time.
func TestMomentsAreToldOnce(t *testing.T) {
	d := drawing{words: words{prose(t).Printer(content.English)}, glyphs: &paint.NewTheme(true, false).Glyphs, view: &liveView{kinds: []lessons.Picture{lessons.PictureTimeline}}}
	life := picture.Life{Pod: "web", UID: "u1"}
	tell, got := told{}, ""
	for i, m := range []picture.Moment{
		{Reason: "Pulled", Detail: "there", Event: true},
		{Reason: "Started", Event: true},
		{Reason: "OOMKilled", Detail: "exit 137"},
		{Reason: "BackOff", Event: true},
		{Reason: "BackOff", Event: true},
		{Reason: "Pulled", Detail: "there", Event: true},
		{Reason: "Started", Event: true},
		{Reason: "OOMKilled", Detail: "exit 137"},
		{Reason: "BackOff", Event: true},
		{Reason: "BackOff", Event: true},
		{Reason: "CrashLoopBackOff"},
	} {
		m.At = day.Add(time.Duration(i) * time.Second)
		life.Moments = append(life.Moments, m)
		d.view.pic.Lives = []picture.Life{life}
		for _, line := range tell.news(d.facts(), time.Second) {
			got += " " + strings.Fields(line)[7]
		}
	}
	if n := len(told{}.news(d.facts(), 0)); n != 7 {
		t.Errorf("%d lines when asked, want each once", n)
	}
	if want := " Pulled Started OOMKilled BackOff Started OOMKilled CrashLoopBackOff"; got != want {
		t.Errorf("told%s, want%s", got, want)
	}
}

// The line mode tells of a picture what has changed, and all of it when asked.
func TestPlainTellsPictures(t *testing.T) {
	s := talk(t, pictures(lessons.PictureMemory, lessons.PictureTimeline))
	for range 3 {
		s.session.emit(engine.PictureChanged{Picture: crashLoop(), At: present})
	}
	s.wait(t, "now 67Mi", "OOMKilled", "Ready")
	s.typed("v")
	s.wait(t, "now 67Mi", "OOMKilled", "Ready")
	s.typed("next", "v")
	text := s.wait(t, "2/3", "no picture")
	if n := strings.Count(text, "now 67Mi"); n != 2 {
		t.Errorf("a figure that does not change is told %d times, want once, and once when asked", n)
	}
	s.typed("back", "v")
	s.wait(t, "nothing to draw yet")
	s.end()
}
