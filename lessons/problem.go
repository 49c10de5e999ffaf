package lessons

import (
	"cmp"
	"slices"

	"github.com/podlab/podlab/internal/say"
)

// Problem is one mistake in a lesson's data or prose and the place where it stands.
type Problem struct {
	File    string   // path below the folder that was loaded
	Line    int      // from 1; 0 when the file as a whole is meant
	Message say.Text // what was expected
}

// Error writes the problem as "file:line: message", as compilers do.
func (p Problem) Error() string { return p.Said().String() }

// Said implements [say.Sayer].
func (p Problem) Said() say.Text {
	if p.Line == 0 {
		return say.T("%s: %v", p.File, p.Message)
	}
	return say.T("%s:%d: %v", p.File, p.Line, p.Message)
}

// Problems are all mistakes found, one a line when printed.
type Problems []Problem

// Error implements error.
func (p Problems) Error() string { return p.Said().String() }

// Said implements [say.Sayer].
func (p Problems) Said() say.Text {
	lines := make([]say.Text, len(p))
	for i := range p {
		lines[i] = p[i].Said()
	}
	return say.Join("\n", lines...)
}

// Err is nil when there are no problems, and the sorted problems otherwise.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	p.Sort()
	return p
}

// Compact returns the problems in their order, each once.
func (p Problems) Compact() Problems {
	p.Sort()
	return slices.CompactFunc(p, func(a, b Problem) bool { return a.Error() == b.Error() })
}

// Sort puts the problems in the order of files, lines and messages.
func (p Problems) Sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message.String(), b.Message.String()))
	})
}
