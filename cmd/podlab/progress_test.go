package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// progressOf prints reports that come a second apart.
func progressOf(width int, reports ...cluster.Progress) string {
	var out strings.Builder
	p := newLineProgress(&options{streams: Streams{Err: &out}})
	p.width = width
	at := time.Unix(0, 0)
	p.now = func() time.Time { return at }
	if width > 0 {
		p.every = 100 * time.Millisecond
	}
	for _, r := range reports {
		p.report(r)
		at = at.Add(time.Second)
	}
	return out.String()
}

func TestLineProgress(t *testing.T) {
	reports := []cluster.Progress{
		{Stage: cluster.StageImages, Detail: say.Plain("busybox")},
		{Stage: cluster.StageImages, Done: 1, Total: 4, Unit: "images", Detail: say.Plain("busybox")},
		{Stage: cluster.StageImages, Finished: true, Err: errors.New("no")},
	}
	if got, want := progressOf(0, reports...), "images         busybox\nimages         failed after 2.0 s\n"; got != want {
		t.Errorf("in a pipe %q, want %q", got, want)
	}
	const line = "\r\x1b[K"
	want := line + "images         busybox" +
		line + "images         [######..................] 1 of 4 images  busybox" +
		line + "images         failed after 2.0 s\n"
	if got := progressOf(80, reports...); got != want {
		t.Errorf("on a terminal %q, want %q", got, want)
	}
	if got := progressOf(30, reports[1]); got != line+"images         [######......…" {
		t.Errorf("on a narrow terminal %q", got)
	}
}
