package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"golang.org/x/perf/benchfmt"
)

// measured are the benchmarks' figures, by name and unit, and the reasons for
// which benchmarks could not be run on this machine, by name.
type measured struct {
	figures map[string]map[string]float64
	skipped map[string]string
}

// read takes the figures from the output of 'go test -bench'. A benchmark that
// this machine cannot run has said so in a line "skipped: NAME: REASON".
func read(in io.Reader) (measured, error) {
	m := measured{figures: map[string]map[string]float64{}, skipped: map[string]string{}}
	text, err := io.ReadAll(in)
	if err != nil {
		return m, fmt.Errorf("read the benchmarks: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if said, ok := strings.CutPrefix(line, "skipped: "); ok {
			name, reason, _ := strings.Cut(strings.TrimSpace(said), ": ")
			m.skipped[name] = reason
		}
	}
	r := benchfmt.NewReader(bytes.NewReader(text), "stdin")
	for r.Scan() {
		result, ok := r.Result().(*benchfmt.Result)
		if !ok {
			continue // other lines
		}
		name := result.Name.String()
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i] // the number of processors
		}
		if m.figures[name] == nil {
			m.figures[name] = map[string]float64{}
		}
		for _, v := range result.Values {
			m.figures[name][v.Unit] = v.Value
		}
	}
	if err := r.Err(); err != nil {
		return m, fmt.Errorf("read the benchmarks: %w", err)
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
		beside := cmp.Or(f.beside, f.benchmark)
		value, ok := m.figures[f.benchmark][f.unit]
		bare, bareOK := m.figures[beside][f.bareUnit]
		switch reason, skipped := m.skipped[f.benchmark]; {
		case ok && bareOK:
			limit, mark := f.judge(value, bare)
			t.Row(f.what, amount(value, f.unit), limit, mark, f.yardstick, amount(bare, f.bareUnit), fmt.Sprintf("%.2f", value/bare))
		case skipped:
			t.Row(f.what, "skipped", "", "", reason, "", "")
		default:
			missing = append(missing, fmt.Errorf("not measured: %s", f.what))
		}
	}
	if _, err := fmt.Fprintln(out, t); err != nil {
		return err
	}
	return errors.Join(missing...)
}

// judge is how much the figure may be, and whether it is.
func (f figure) judge(value, bare float64) (limit, mark string) {
	most := f.limit
	if f.share > 0 {
		most = f.share * bare
	}
	switch {
	case most == 0:
		return "", ""
	case value > most:
		return amount(most, f.unit), "OVER"
	}
	return amount(most, f.unit), "ok"
}

// amount writes a figure with its unit: the last part of the metric's name.
func amount(value float64, unit string) string {
	digits := 3 - len(fmt.Sprintf("%.0f", value))
	return fmt.Sprintf("%.*f %s", max(digits, 0), value, unit[strings.LastIndexByte(unit, '-')+1:])
}
