package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// output is what the testing package prints for all figures, the measured one
// being a part of the limit.
func output(part float64) string {
	var b strings.Builder
	b.WriteString("goos: linux\npkg: example\n")
	printed := make(map[[2]string]float64)
	tell := func(benchmark, unit string, value float64) {
		printed[[2]string{benchmark, unit}] = value
		fmt.Fprintf(&b, "Benchmark%s-2 \t 10\t %g %s\n", benchmark, value, unit)
	}
	for _, f := range slices.Backward(figures) { // some are yardsticks of those before them
		beside := cmp.Or(f.beside, f.benchmark)
		bare, known := printed[[2]string{beside, f.bareUnit}]
		if !known {
			bare = 0.5
			tell(beside, f.bareUnit, bare)
		}
		tell(f.benchmark, f.unit, part*cmp.Or(f.limit, f.share*bare, 1))
	}
	return b.String() + "PASS\n"
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		part       float64
		want, none string
	}{
		{0.5, "ok", "OVER"},
		{1.5, "OVER", " ok "},
	} {
		var out, log strings.Builder
		if err := run(strings.NewReader(output(c.part)), &out, &log); err != nil {
			t.Fatal(err)
		}
		if log.String() != output(c.part) {
			t.Errorf("the log is %q", log.String())
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != len(figures)+2 {
			t.Fatalf("%d lines for %d figures:\n%s", len(lines), len(figures), out.String())
		}
		for i, line := range lines[2:] {
			f := figures[i]
			promised := f.limit+f.share > 0
			if !strings.Contains(line, f.what) || strings.Contains(line, " "+c.want) != promised || strings.Contains(line, c.none) {
				t.Errorf("%s: %q", f.what, line)
			}
		}
	}
}

// What cannot be run here is neither missing nor well.
func TestSkipped(t *testing.T) {
	text := regexp.MustCompile(`(?m)^BenchmarkProviders.*$`).ReplaceAllString(output(0.5), "")
	var out, log strings.Builder
	if err := run(strings.NewReader(text), &out, &log); err == nil || !strings.Contains(err.Error(), "not measured: kind: down") {
		t.Errorf("without figures: %v", err)
	}
	out.Reset()
	if err := run(strings.NewReader(text+"skipped: Providers: no engine: needs root\n"), &out, &log); err != nil {
		t.Errorf("skipped: %v", err)
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "kind: ") && (!strings.Contains(line, "skipped") || !strings.Contains(line, "no engine: needs root") || strings.Contains(line, " ok ")) {
			t.Errorf("%q", line)
		}
	}
}

func TestFigures(t *testing.T) {
	var out, log strings.Builder
	if err := run(strings.NewReader("BenchmarkFresh-2 1 2.5 pod-running-s 0.5 bare-up-s 0.125 down-s 0.0625 bare-down-s\n"), &out, &log); err == nil ||
		!strings.Contains(err.Error(), "not measured: "+figures[1].what) || strings.Contains(err.Error(), figures[0].what) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"2.50 s", "5.00 s", "0.50 s", "5.00"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
