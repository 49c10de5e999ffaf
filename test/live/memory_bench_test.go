//go:build live && linux

package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/test/screen"
)

// hour is how many objects the journal of an hour has seen: a new one each second.
const hour = 3600

// BenchmarkScreenMemory measures the memory of podlab's process when it has taken
// up an hour's lesson from its journal, shown it with a live picture and let the
// pictures run on, beside that of the list of lessons alone.
func BenchmarkScreenMemory(b *testing.B) {
	h := newHome(b, "memory-bench")
	h.must("cluster", "up")
	var used, bare float64
	for b.Loop() {
		if used > 0 {
			continue // it is the same each time
		}
		list := h.open(160, 48)
		waitFor(b, list, "2/2 nodes")
		bare = resident(b, list)
		end(b, list)

		const id = "assign-memory-resource"
		s := h.open(160, 48, id)
		waitFor(b, s, prompt)
		nextStep(b, s) // over the metrics API: the namespace
		waitFor(b, s, "✓▶2 ")
		end(b, s)
		lengthen(b, filepath.Join(h.dir, "podlab", "progress", id+".journal"))

		s = h.open(160, 48, id)
		waitFor(b, s, "✓▶2 ")
		waitFor(b, s, prompt)
		nextStep(b, s) // with the picture of memory
		waitFor(b, s, "Mi · request 100Mi")
		used = resident(b, s)
		end(b, s)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(used, "rss-MiB")
	b.ReportMetric(bare, "bare-rss-MiB")
}

// lengthen makes the journal of a short visit that of an hour in which an object
// was made anew every second.
func lengthen(b *testing.B, file string) {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var longer bytes.Buffer
	for line := range bytes.Lines(data) {
		longer.Write(line)
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil {
			b.Fatal(err)
		}
		object, ok := r["object"].(map[string]any)
		if r["type"] != "seen" || !ok {
			continue
		}
		meta := object["metadata"].(map[string]any)
		uid := meta["uid"]
		for n := range hour {
			meta["uid"] = fmt.Sprintf("%v-%d", uid, n)
			more, err := json.Marshal(r)
			if err != nil {
				b.Fatal(err)
			}
			longer.Write(append(more, '\n'))
		}
	}
	if longer.Len() < hour*100 {
		b.Fatalf("the journal has %d bytes: nothing in it was seen", longer.Len())
	}
	if err := os.WriteFile(file, longer.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
}

func waitFor(b *testing.B, s *screen.Screen, text string) {
	b.Helper()
	if err := s.WaitFor(b.Context(), 2*time.Minute, text); err != nil {
		b.Fatal(err)
	}
}

// nextStep goes on a step and runs its first command.
func nextStep(b *testing.B, s *screen.Screen) {
	b.Helper()
	for _, key := range []string{"n", "\r"} {
		if err := s.Type(key); err != nil {
			b.Fatal(err)
		}
	}
}

// end lets podlab go, and its lock on the lesson with it.
func end(b *testing.B, s *screen.Screen) {
	b.Helper()
	if err := s.Kill(); err != nil {
		b.Fatal(err)
	}
}

// resident is the memory of a screen's program, in MiB, its own file's pages
// included.
func resident(b *testing.B, s *screen.Screen) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	figure, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kib, err := strconv.ParseFloat(figure, 64)
	if err != nil {
		b.Fatalf("no VmRSS in %s", data)
	}
	return kib / 1024
}
