package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/lessons"
)

// pictures gives the fixture's first step pictures.
func pictures(kinds ...lessons.Picture) func(*Config) {
	return func(c *Config) {
		c.Lesson = "memory"
		c.Lessons[0].Steps[0].Pictures = kinds
	}
}

// crashLoop is a container that grows, is killed at its limit, and runs anew after
// a while; now is the time of the last reading.
func crashLoop() picture.Picture {
	u := picture.Usage{
		Pod: "memory-demo-2", Container: "memory-demo-2-ctr",
		MemoryRequest: 50 << 20, MemoryLimit: 100 << 20, CPURequest: 250, CPULimit: 1000,
	}
	add := func(run string, second int, memory, cpu int64, throttled float64) {
		u.Points = append(u.Points, picture.Point{At: day.Add(time.Duration(second) * time.Second), Run: run, Memory: memory << 20, CPU: cpu, Throttled: throttled})
	}
	for i := range 8 {
		add("a", i, int64(12*(i+1)), int64(100*i), 0)
	}
	u.Ends = []picture.End{{At: day.Add(8 * time.Second), Reason: "OOMKilled", Exit: 137}}
	for i := range 8 {
		add("b", 16+i, int64(60+i), 1000, float64(i)/8)
	}
	life := picture.Life{Pod: u.Pod, Namespace: "mem-example", UID: "u1"}
	for i, m := range []picture.Moment{
		{Reason: "Created"},
		{Reason: "Scheduled", Detail: "Successfully assigned mem-example/memory-demo-2 to worker-1", Event: true},
		{Reason: "Started", Container: u.Container, Event: true},
		{Reason: "OOMKilled", Container: u.Container, Detail: "exit 137", Trouble: true},
		{Reason: "BackOff", Container: u.Container, Trouble: true, Event: true},
		{Reason: "Started", Container: u.Container, Event: true},
		{Reason: "Ready"},
	} {
		m.At = day.Add(time.Duration(4*i) * time.Second)
		life.Moments = append(life.Moments, m)
	}
	spans := []picture.Span{{State: picture.Waiting}, {State: picture.Running}, {State: picture.Ready}, {State: picture.Failed}, {State: picture.BackOff}, {State: picture.Ready}}
	for i := range spans {
		spans[i].From = day.Add(time.Duration(4*i) * time.Second)
	}
	life.Containers = []picture.Band{{Container: u.Container, Spans: spans}}
	return picture.Picture{Step: "namespace", Source: picture.SourceCgroup, Usage: []picture.Usage{u}, Lives: []picture.Life{life}}
}

// present is when the pictures of the tests were told.
var present = day.Add(24 * time.Second)

func TestGoldenPictures(t *testing.T) {
	for _, lang := range []content.Lang{content.English, content.Japanese} {
		now := map[content.Lang]string{content.English: "now 67Mi", content.Japanese: "現在 67Mi"}[lang]
		for _, size := range sizes {
			name := fmt.Sprintf("memory-%s-%dx%d", lang, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				s := start(t, size.w, size.h, func(c *Config) {
					pictures(lessons.PictureMemory, lessons.PictureTimeline)(c)
					c.Lang = lang
				})
				s.shows("│$")
				s.opened().emit(engine.PictureChanged{Picture: crashLoop(), At: present})
				if size.w < wideWidth { // elsewhere it has a pane of its own
					s.press("v")
				}
				screen := s.shows(now, "OOMKilled")
				whole(t, screen, size.w)
				golden(t, name, screen)
			})
		}
	}
}

// twoNodes is a Pod on one of two nodes, and one for which neither has room.
func twoNodes() picture.Picture {
	nodes := crashLoop()
	share := func(requested int64) []picture.Resource {
		return []picture.Resource{{Name: "cpu", Allocatable: 2000, Requested: 100 + requested}, {Name: "memory", Allocatable: 4 << 30, Requested: requested << 20}}
	}
	nodes.Nodes = []picture.Node{
		{Name: "worker-1", Labels: []string{"disktype=ssd"}, Resources: share(250), Pods: []picture.Pod{{Name: "nginx", Phase: "Running"}}, Others: 1},
		{Name: "worker-2", Closed: true, Resources: share(0), Others: 3},
	}
	nodes.Unplaced = []picture.Pod{{Name: "memory-demo-3", Phase: "Pending", Requests: []picture.Resource{{Name: "memory", Requested: 1000 << 30}}, Reason: "0/2 nodes are available: 2 Insufficient memory."}}
	return nodes
}

// twoProbes are a probe that has begun to fail and one that was not run.
func twoProbes() picture.Picture {
	probes := crashLoop()
	ticks := []picture.Tick{{At: day, OK: true}, {At: day, OK: true}, {At: day}, {At: day}}
	probes.Probes = []picture.Probe{
		{Pod: "liveness-exec", Container: "liveness", Kind: "liveness", How: "exec cat /tmp/healthy", Period: 5 * time.Second, Failures: 3, Ticks: ticks, Last: "cat: can't open '/tmp/healthy'", Passed: true},
		{Pod: "liveness-exec", Container: "liveness", Kind: "startup", How: "httpGet :8080/healthz", Period: 10 * time.Second, Failures: 1},
	}
	return probes
}

// Each kind once, at one size; what the others look like follows from the same rows.
func TestGoldenPictureKinds(t *testing.T) {
	for _, tt := range []struct {
		kind lessons.Picture
		pic  picture.Picture
		text string
	}{
		{lessons.PictureCPU, crashLoop(), "throttled"},
		{lessons.PictureTimeline, crashLoop(), "BackOff"},
		{lessons.PictureNodes, twoNodes(), "takes no new Pods"},
		{lessons.PictureProbes, twoProbes(), "httpGet"},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			s := start(t, 80, 24, pictures(tt.kind))
			s.shows("│$")
			s.opened().emit(engine.PictureChanged{Picture: tt.pic, At: present})
			s.press("v")
			screen := s.shows(tt.text)
			whole(t, screen, 80)
			golden(t, "picture-"+string(tt.kind), screen)
		})
	}
}

// A container that has ended uses nothing now, though its end is told by the second
// and its last reading was a little later.
func TestPictureOfWhatHasEnded(t *testing.T) {
	pic := crashLoop()
	u := &pic.Usage[0]
	for i := range u.Points {
		u.Points[i].At = u.Points[i].At.Add(500 * time.Millisecond)
	}
	u.Ends = append(u.Ends, picture.End{At: day.Add(23 * time.Second), Reason: "Error", Exit: 2})
	s := start(t, 80, 24, pictures(lessons.PictureCPU))
	s.shows("│$")
	f := s.opened()
	f.emit(engine.PictureChanged{Picture: pic, At: present})
	s.press("v")
	s.shows("now 1 ·", "throttled")
	f.emit(engine.PictureChanged{Picture: pic, At: present.Add(5 * time.Second)})
	s.gone("now 1 ·")
	if screen := s.shows("✗ Error · request"); strings.Contains(screen, "throttled") {
		t.Errorf("what has ended is throttled:\n%s", screen)
	}
}

// Without colours and in ASCII, what a chart says is said by signs and words.
func TestGoldenPictureASCII(t *testing.T) {
	s := start(t, 80, 24, func(c *Config) {
		pictures(lessons.PictureMemory)(c)
		c.ASCII, c.NoColor = true, true
	})
	s.shows("|$")
	s.opened().emit(engine.PictureChanged{Picture: crashLoop(), At: present})
	s.press("v")
	screen := s.shows("now 67Mi", "OOMKilled")
	plainASCII(t, screen)
	golden(t, "memory-ascii", screen)
}

// Where the figures are means, that is said without scrolling.
func TestPictureSaysThatFiguresAreMeans(t *testing.T) {
	s := start(t, 160, 48, pictures(lessons.PictureMemory))
	s.shows("│$")
	p := crashLoop()
	p.Source, p.Usage[0].Ends = picture.SourceMetrics, nil
	s.opened().emit(engine.PictureChanged{Picture: p, At: present})
	s.shows("now 67Mi", "Means from the metrics API")
}

// A picture belongs to its step; one step's is not drawn beside another, and a
// step without one has no pane for it.
func TestPictureFollowsTheStep(t *testing.T) {
	s := start(t, 120, 40, pictures(lessons.PictureMemory, lessons.PictureTimeline))
	s.shows("│$", "Live", "v Timeline")
	f := s.opened()
	late := crashLoop()
	late.Step = "exceed"
	f.emit(engine.PictureChanged{Picture: late, At: present}, engine.PictureChanged{Picture: crashLoop(), At: present})
	s.shows("now 67Mi")
	s.press("v")
	s.shows("v Memory", "BackOff")
	s.press("n")
	screen := s.gone("v Memory")
	if strings.Contains(screen, "Live") {
		t.Errorf("a step without a picture has a pane for it:\n%s", screen)
	}
	s.press("v")
	s.shows("no picture")
	s.press("p")
	s.shows("nothing to draw yet", "v Timeline")
}

// With reduced motion a chart that only moves on is drawn at a beat, at the latest;
// what happens is drawn at once.
func TestReducedMotionOfPictures(t *testing.T) {
	for _, reduced := range []bool{true, false} {
		m := still(t, func(c *Config) {
			pictures(lessons.PictureMemory, lessons.PictureTimeline)(c)
			c.ReducedMotion = reduced
		})
		p := m.lesson
		p.feed = &feed{}
		pic := crashLoop()
		pic.Usage[0].Points = nil
		var drawn []int
		look := func(second int) {
			m.feed(feedMsg{feed: p.feed, events: []engine.Event{engine.PictureChanged{Picture: pic, At: day.Add(time.Duration(second) * time.Second)}}})
			drawn = append(drawn, int(p.live.at.Sub(day).Seconds()))
		}
		read := func() {
			pic.Usage = slices.Clone(pic.Usage)
			pic.Usage[0].Points = append(slices.Clone(pic.Usage[0].Points), picture.Point{})
		}
		look(0)
		for second := range 7 {
			read()
			look(second + 1)
		}
		if waits := m.tick() != nil; waits != reduced {
			t.Errorf("reduced %v: the screen waits for a beat: %v", reduced, waits)
		}
		m.update(secondMsg{})
		drawn = append(drawn, int(p.live.at.Sub(day).Seconds()))
		pic.Usage = slices.Clone(pic.Usage)
		pic.Usage[0].Ends = append(slices.Clone(pic.Usage[0].Ends), picture.End{At: day})
		look(8)
		want := []int{0, 1, 2, 3, 4, 5, 6, 7, 7, 8}
		if reduced {
			want = []int{0, 1, 1, 1, 1, 1, 6, 6, 7, 8} // the first reading, one 5 s later, the beat, the end
		}
		if !slices.Equal(drawn, want) {
			t.Errorf("reduced %v: drawn is the picture of second %v, want %v", reduced, drawn, want)
		}
	}
}
