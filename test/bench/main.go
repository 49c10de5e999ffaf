// Command bench reads what 'go test -bench' prints and shows podlab's promises
// about speed and size as a table: measured, promised, and measured beside it
// in the same run.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout, os.Stderr); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run copies the benchmarks' output to log as it comes and then writes the
// table to out. It fails if a figure was not measured: a benchmark that broke
// must not look like one that is fine. A figure over its limit is marked, and
// no failure, since machines differ.
func run(in io.Reader, out, log io.Writer) error {
	m, err := read(io.TeeReader(in, log))
	if err != nil {
		return err
	}
	return m.table(out)
}
