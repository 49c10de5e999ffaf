package expr

import "github.com/google/cel-go/interpreter"

// activation looks variables up in a Source only when the expression asks.
type activation struct {
	source Source
	deps   Deps
}

// ResolveName implements interpreter.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case Events:
		return table(a.deps.Events, a.source.Events), true
	case History:
		return table(a.deps.History, a.source.History), true
	case Nodes:
		return list(a.source.Nodes()), true
	case Facts:
		return a.source.Facts(), true
	case Command:
		line, _, _ := a.source.Command()
		return line, true
	case Output:
		_, output, _ := a.source.Command()
		return output, true
	case Exit:
		_, _, exit := a.source.Command()
		return int64(exit), true
	}
	if a.deps.Objects[name] {
		return a.source.Object(name), true
	}
	return nil, false
}

// Parent implements interpreter.Activation.
func (a *activation) Parent() interpreter.Activation { return nil }

// table builds the map of the names that the expression can ask for.
func table(names map[string]bool, of func(string) []any) map[string]any {
	m := make(map[string]any, len(names))
	for name := range names {
		m[name] = list(of(name))
	}
	return m
}

// list keeps an empty list from becoming CEL's null.
func list(l []any) []any {
	if l == nil {
		return []any{}
	}
	return l
}
