package expr

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"

	"github.com/podlab/podlab/internal/say"
)

// Deps are the variables that an expression mentions; it needs to be evaluated
// again only when one of them changes.
type Deps struct {
	Objects map[string]bool // by the object's name
	Events  map[string]bool // events.NAME
	History map[string]bool // history.NAME
	Nodes   bool
	Facts   bool
	Output  bool // command, output or exit
}

// Watches says whether the expression depends on the named object in any way.
func (d Deps) Watches(name string) bool { return d.Objects[name] || d.Events[name] || d.History[name] }

// Names lists the objects that the expression depends on, sorted.
func (d Deps) Names() []string {
	var names []string
	for _, set := range []map[string]bool{d.Objects, d.Events, d.History} {
		for name := range set {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// dependencies walks the expression's syntax tree. A name that a macro binds
// counts as the variable it hides: one evaluation too many does no harm.
func dependencies(checked *cel.Ast, objects []string) Deps {
	d := Deps{Objects: map[string]bool{}, Events: map[string]bool{}, History: map[string]bool{}}
	narrowed := map[int64]bool{} // events and history of which one known name is taken
	every := func(set map[string]bool) {
		for _, name := range objects {
			set[name] = true
		}
	}
	visit := ast.NewExprVisitor(func(e ast.Expr) {
		if root, name, ok := member(e); ok {
			set := map[string]map[string]bool{Events: d.Events, History: d.History}[root.AsIdent()]
			if set != nil && slices.Contains(objects, name) {
				set[name] = true
				narrowed[root.ID()] = true
			}
		}
		if e.Kind() != ast.IdentKind {
			return
		}
		switch name := e.AsIdent(); name {
		case Events:
			if !narrowed[e.ID()] {
				every(d.Events)
			}
		case History:
			if !narrowed[e.ID()] {
				every(d.History)
			}
		case Nodes:
			d.Nodes = true
		case Facts:
			d.Facts = true
		case Command, Output, Exit:
			d.Output = true
		default:
			if slices.Contains(objects, name) {
				d.Objects[name] = true
			}
		}
	})
	ast.PreOrderVisit(checked.NativeRep().Expr(), visit)
	return d
}

// member takes apart root.name, root["name"] and their optional forms.
func member(e ast.Expr) (root ast.Expr, name string, ok bool) {
	switch e.Kind() {
	case ast.SelectKind:
		s := e.AsSelect()
		if s.Operand().Kind() == ast.IdentKind {
			return s.Operand(), s.FieldName(), true
		}
	case ast.CallKind:
		c := e.AsCall()
		index := []string{"_[_]", "_[?_]", "_?._"}
		if !slices.Contains(index, c.FunctionName()) || len(c.Args()) != 2 {
			break
		}
		root, key := c.Args()[0], c.Args()[1]
		if root.Kind() != ast.IdentKind || key.Kind() != ast.LiteralKind {
			break
		}
		if name, ok := key.AsLiteral().Value().(string); ok {
			return root, name, true
		}
	}
	return nil, "", false
}

// unknownNames finds events.NAME and history.NAME of names that the lesson does
// not have; they could never become true.
func unknownNames(checked *cel.Ast, objects []string) error {
	var errs []error
	info := checked.NativeRep().SourceInfo()
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		root, name, ok := member(e)
		if !ok || slices.Contains(objects, name) {
			return
		}
		if of := root.AsIdent(); of == Events || of == History {
			at := info.GetStartLocation(e.ID())
			errs = append(errs, say.Errorf("%d:%d: %s.%s: the lesson has no object %q, only %s",
				at.Line(), at.Column()+1, of, name, name, strings.Join(objects, ", ")))
		}
	}))
	return errors.Join(errs...)
}
