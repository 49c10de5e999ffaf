package main

import (
	"fmt"
	"strings"
	"testing"
)

// output is what the testing package prints for all figures, the measured one
// being a part of the limit.
func output(part float64) string {
	var b strings.Builder
	b.WriteString("goos: linux\npkg: example\n")
	for _, f := range figures {
		beside := f.beside
		if beside == "" {
			beside = f.benchmark
		}
		fmt.Fprintf(&b, "Benchmark%s-2 \t 10\t %g %s\n", f.benchmark, f.limit*part, f.unit)
		fmt.Fprintf(&b, "Benchmark%s-2 \t 10\t 0.5 %s\n", beside, f.bareUnit)
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
			if !strings.Contains(line, figures[i].what) || !strings.Contains(line, c.want) || strings.Contains(line, c.none) {
				t.Errorf("%s: %q", figures[i].what, line)
			}
		}
	}
}

func TestFigures(t *testing.T) {
	var out, log strings.Builder
	if err := run(strings.NewReader("BenchmarkFresh-2 1 2.5 pod-running-s 0.5 bare-up-s 0.125 down-s 0.0625 bare-down-s\n"), &out, &log); err == nil ||
		!strings.Contains(err.Error(), "not measured: "+figures[1].what) || strings.Contains(err.Error(), figures[0].what) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"2.50 s", "5.00 s", "0.50 s", "5.0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
