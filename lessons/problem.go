package lessons

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a lesson's data or prose and the place where it stands.
type Problem struct {
	File    string // path below the folder that was loaded
	Line    int    // from 1; 0 when the file as a whole is meant
	Message string // what was expected
}

// Error writes the problem as "file:line: message", as compilers do.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Problems are all mistakes found, one a line when printed.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Err is nil when there are no problems, and the sorted problems otherwise.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	p.Sort()
	return p
}

// Sort puts the problems in the order of files, lines and messages.
func (p Problems) Sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
}
