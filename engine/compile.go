package engine

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/podlab/podlab/engine/expr"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// Compile compiles all CEL expressions and prompts of a lesson. Each error names
// the lesson, the step, the outcome and line:column of the expression.
func Compile(l *lessons.Lesson) []error {
	_, errs := compile(l)
	return errs
}

// compiled is one outcome ready to be judged.
type compiled struct {
	step, outcome int // places in the lesson
	expr          *expr.Program
	evidence      *expr.Program // nil if the lesson has none
	actual        *expr.Program // nil if the lesson has none
}

func compile(l *lessons.Lesson) ([]compiled, []error) {
	env, err := expr.New(slices.Sorted(maps.Keys(l.Objects)))
	if err != nil {
		return nil, []error{say.Errorf("lesson %s: %w", l.ID, err)}
	}
	var all []compiled
	var errs []error
	for i, step := range l.Steps {
		for _, c := range step.Commands {
			if _, err := promptPattern(c.Prompt); err != nil {
				errs = append(errs, say.Errorf("lesson %s, step %s, prompt of %q: %w", l.ID, step.ID, c.Run, err))
			}
		}
		for _, err := range checkWrong(&step) {
			errs = append(errs, say.Errorf("lesson %s, step %s, %w", l.ID, step.ID, err))
		}
		for j, o := range step.Outcomes {
			text := func(compile func(string) (*expr.Program, error), field, src string) *expr.Program {
				if strings.TrimSpace(src) == "" {
					return nil
				}
				p, err := compile(src)
				if err != nil {
					errs = append(errs, say.Errorf("lesson %s, step %s, outcome %s, %s: %w", l.ID, step.ID, o.ID, field, err))
				}
				return p
			}
			c := compiled{
				step: i, outcome: j,
				expr:     text(env.Bool, "expr", o.Expr),
				evidence: text(env.Text, "evidence", o.Evidence),
				actual:   text(env.Text, "actual", o.Actual),
			}
			all = append(all, c)
			if strings.TrimSpace(o.Expr) == "" {
				errs = append(errs, say.Errorf("lesson %s, step %s, outcome %s, expr: there is none", l.ID, step.ID, o.ID))
				continue
			}
			if c.expr != nil {
				if err := suits(o, c.expr.Deps()); err != nil {
					errs = append(errs, say.Errorf("lesson %s, step %s, outcome %s, expr: %w", l.ID, step.ID, o.ID, err))
				}
			}
		}
	}
	return all, errs
}

// suits says whether an outcome's kind can decide its expression.
func suits(o lessons.Outcome, d expr.Deps) error {
	switch o.Kind {
	case lessons.Output:
		if !d.Output {
			return say.Errorf("1:1: it mentions none of command, output and exit: make it eventually or once")
		}
	case lessons.Stays:
		if o.For.Duration <= 0 {
			return say.Errorf("1:1: a stays outcome needs for, the time for which it must hold")
		}
		fallthrough
	case lessons.Eventually, lessons.Once:
		if d.Output {
			return say.Errorf("1:1: command, output and exit are for kind output, not for kind %s", o.Kind)
		}
	default:
		return say.Errorf("1:1: unknown kind %q: use eventually, once, stays or output", o.Kind)
	}
	return nil
}

// promptPattern compiles a command's prompt so that it matches at the end of the
// output only; nil for a command without one.
func promptPattern(prompt string) (*regexp.Regexp, error) {
	if prompt == "" {
		return nil, nil
	}
	if _, err := regexp.Compile(prompt); err != nil {
		return nil, err
	}
	return regexp.Compile(`(?:` + prompt + `)\z`)
}
