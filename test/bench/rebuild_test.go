package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkRebuild builds podlab again after an edit of the screen: with an edit
// of main alone, which is hardly more than linking, as the yardstick.
func BenchmarkRebuild(b *testing.B) {
	out := filepath.Join(b.TempDir(), "podlab")
	build(b, out, "") // what has not been built yet is not part of the figure
	var screen, link time.Duration
	for b.Loop() {
		screen += build(b, out, "tui/run.go")
		link += build(b, out, "cmd/podlab/main.go")
	}
	b.ReportMetric(screen.Seconds()/float64(b.N), "rebuild-s")
	b.ReportMetric(link.Seconds()/float64(b.N), "bare-rebuild-s")
}

// build builds podlab as if a file had just been edited.
func build(b *testing.B, out, edited string) time.Duration {
	b.Helper()
	args := []string{"build", "-ldflags", "-s -w", "-o", out} // as make builds it
	if edited != "" {
		args = append(args, "-overlay", overlay(b, edited))
	}
	cmd := exec.CommandContext(b.Context(), "go", append(args, "./cmd/podlab")...)
	cmd.Dir = "../.."
	began := time.Now()
	if text, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, text)
	}
	return time.Since(began)
}

// overlay describes to the go command a file with something new in it, and
// leaves the file itself alone.
func overlay(b *testing.B, file string) string {
	b.Helper()
	path, err := filepath.Abs(filepath.Join("../..", file))
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	edited := filepath.Join(b.TempDir(), "edited.go")
	text = fmt.Appendf(text, "\nvar _ = %d\n", time.Now().UnixNano())
	if err := os.WriteFile(edited, text, 0o600); err != nil {
		b.Fatal(err)
	}
	data, err := json.Marshal(map[string]map[string]string{"Replace": {path: edited}})
	if err != nil {
		b.Fatal(err)
	}
	list := filepath.Join(b.TempDir(), "overlay.json")
	if err := os.WriteFile(list, data, 0o600); err != nil {
		b.Fatal(err)
	}
	return list
}
