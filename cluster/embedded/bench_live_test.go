//go:build live

package embedded

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
)

// The benchmarks report seconds as metrics of their own: what ns/op means is
// not the same for all of them.

// BenchmarkFresh starts a lab of which nothing is kept, to its first Pod.
func BenchmarkFresh(b *testing.B) { benchmarkUp(b, false) }

// BenchmarkSeeded starts a lab again that was taken down before.
func BenchmarkSeeded(b *testing.B) { benchmarkUp(b, true) }

func benchmarkUp(b *testing.B, seeded bool) {
	p := newLab(b, true)
	if seeded {
		up(b, p)
		if err := p.WaitAddons(limited(b, time.Minute)); err != nil {
			b.Fatal(err)
		}
		firstPod(b, p)
		down(b, p)
	}
	var ready, first, stop time.Duration
	for b.Loop() {
		began := time.Now()
		up(b, p)
		ready += time.Since(began)
		firstPod(b, p)
		first += time.Since(began)
		began = time.Now()
		down(b, p)
		stop += time.Since(began)
		if !seeded {
			if err := p.Purge(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
	n := float64(b.N)
	b.ReportMetric(ready.Seconds()/n, "up-s")
	b.ReportMetric(first.Seconds()/n, "pod-running-s")
	b.ReportMetric(stop.Seconds()/n, "down-s")
}

func firstPod(b *testing.B, p *Provider) {
	b.Helper()
	client := clientFor(b, p)
	create(b, client, pod("first", busybox, "sleep", "3600"))
	waitPod(b, client, "first", podRunning)
}

// BenchmarkAttach finds a running lab, as a podlab does that looks again: its
// connection to the API server may be there already.
func BenchmarkAttach(b *testing.B) {
	p := newLab(b, false)
	up(b, p)
	began := time.Now()
	n := 0
	for b.Loop() {
		up(b, New(p.cfg))
		n++
	}
	b.ReportMetric(time.Since(began).Seconds()/float64(n), "attach-s")
}

// BenchmarkMemory is the anonymous memory of all of a lab's processes, with
// both addons and one Pod, a while after its start.
func BenchmarkMemory(b *testing.B) {
	p := newLab(b, true)
	up(b, p)
	if err := p.WaitAddons(limited(b, time.Minute)); err != nil {
		b.Fatal(err)
	}
	firstPod(b, p)
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		pids, err := groups.Procs(p.group())
		if err != nil {
			b.Fatal(err)
		}
		var kib, processes float64
		for _, pid := range pids {
			if n := anonymous(pid); n > 0 {
				kib += n
				processes++
			}
		}
		b.ReportMetric(kib/1024, "anon-MiB")
		b.ReportMetric(processes, "processes")
	}
}

// anonymous is a process's anonymous memory in KiB, 0 if it has ended.
func anonymous(pid int) float64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "RssAnon:" {
			n, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}
