package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"golang.org/x/perf/benchfmt"
)

// measured are the benchmarks' figures, by name and unit.
type measured map[string]map[string]float64

// read takes the figures from the output of 'go test -bench'.
func read(in io.Reader) (measured, error) {
	m := measured{}
	r := benchfmt.NewReader(in, "stdin")
	for r.Scan() {
		result, ok := r.Result().(*benchfmt.Result)
		if !ok {
			continue // other lines
		}
		name := result.Name.String()
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i] // the number of processors
		}
		if m[name] == nil {
			m[name] = map[string]float64{}
		}
		for _, v := range result.Values {
			m[name][v.Unit] = v.Value
		}
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("read the benchmarks: %w", err)
	}
	return m, nil
}

// table writes a line for each figure.
func (m measured) table(out io.Writer) error {
	t := table.New().Border(lipgloss.ASCIIBorder()).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).
		StyleFunc(func(int, int) lipgloss.Style { return lipgloss.NewStyle().PaddingRight(2) }).
		Headers("FIGURE", "MEASURED", "AT MOST", "", "BESIDE IT, IN THE SAME RUN", "MEASURED", "RATIO")
	var missing []error
	for _, f := range figures {
		beside := f.beside
		if beside == "" {
			beside = f.benchmark
		}
		value, ok := m[f.benchmark][f.unit]
		bare, bareOK := m[beside][f.bareUnit]
		if !ok || !bareOK {
			missing = append(missing, fmt.Errorf("not measured: %s", f.what))
			continue
		}
		mark := "ok"
		if value > f.limit {
			mark = "OVER"
		}
		t.Row(f.what, amount(value, f.unit), amount(f.limit, f.unit), mark, f.yardstick, amount(bare, f.bareUnit), fmt.Sprintf("%.1f", value/bare))
	}
	if _, err := fmt.Fprintln(out, t); err != nil {
		return err
	}
	return errors.Join(missing...)
}

// amount writes a figure with its unit: the last part of the metric's name.
func amount(value float64, unit string) string {
	digits := 3 - len(fmt.Sprintf("%.0f", value))
	return fmt.Sprintf("%.*f %s", max(digits, 0), value, unit[strings.LastIndexByte(unit, '-')+1:])
}
