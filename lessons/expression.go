package lessons

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
)

// Expression is one CEL expression of a lesson and the place where it stands,
// for who compiles it.
type Expression struct {
	Step, Outcome string
	// Field is "expr" (of type bool), "evidence" or "actual" (of type string).
	Field  string
	Kind   Kind
	Source string
	// File and Line are where the field stands in lesson.yaml, below the
	// folder of all lessons.
	File string
	Line int
}

// Expressions lists all CEL expressions of the lesson in their order.
func (l *Lesson) Expressions() []Expression {
	var all []Expression
	for i, s := range l.Steps {
		for j, o := range s.Outcomes {
			for _, f := range []struct{ field, source string }{
				{"expr", o.Expr}, {"evidence", o.Evidence}, {"actual", o.Actual},
			} {
				if f.source == "" {
					continue
				}
				all = append(all, Expression{
					Step: s.ID, Outcome: o.ID, Field: f.field, Kind: o.Kind, Source: f.source,
					File: l.file(), Line: l.line("/steps/%d/outcomes/%d/%s", i, j, f.field),
				})
			}
		}
	}
	return all
}

func (l *Lesson) file() string { return path.Join(cmp.Or(l.Dir, l.ID), "lesson.yaml") }

// line finds the line of a value; 0 for a lesson that was not read from a file.
func (l *Lesson) line(format string, args ...any) int {
	if l.src == nil {
		return 0
	}
	return l.src.line(fmt.Sprintf(format, args...))
}

var (
	celString  = regexp.MustCompile(`(?s)[rR]?(?:"""(?:\\.|[^\\])*?"""|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')`)
	celRawText = regexp.MustCompile(`(?s)[rR](?:"[^"]*"|'[^']*')`)
	celName    = regexp.MustCompile(`(?:^|[^.\w?])([a-zA-Z_]\w*)`)
	celEvents  = regexp.MustCompile(`\b(?:events|history)\.(\w+)`)
)

// names returns the free names of a CEL expression, and the names asked for
// below events and history. It reads words, not grammar: the engine's
// compiler has the last say on what they are.
func names(expr string) (free, recorded map[string]bool) {
	expr = celRawText.ReplaceAllString(expr, `""`)
	expr = celString.ReplaceAllString(expr, `""`)
	free, recorded = map[string]bool{}, map[string]bool{}
	for _, m := range celName.FindAllStringSubmatch(expr, -1) {
		free[m[1]] = true
	}
	for _, m := range celEvents.FindAllStringSubmatch(expr, -1) {
		recorded[m[1]] = true
	}
	return free, recorded
}
