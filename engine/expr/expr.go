// Package expr compiles and evaluates the CEL expressions of lessons.
//
// A lesson's expressions see these variables: each of its objects by name (a
// map, null while it is absent, a list for a selection of several), events and
// history (maps from such a name to a list), nodes, facts, and command, output
// and exit of what ran in a terminal or a container.
//
// The language is Kubernetes' own set of CEL libraries, with optional types,
// plus cel-go's math and bindings extensions. Maps are walked through in the order
// of their keys.
package expr

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"
	"k8s.io/apiserver/pkg/cel/library"

	"github.com/podlab/podlab/internal/say"
)

// Names of the variables that every lesson has.
const (
	Events  = "events"
	History = "history"
	Nodes   = "nodes"
	Facts   = "facts"
	Command = "command"
	Output  = "output"
	Exit    = "exit"
)

// Reserved are the names that no object of a lesson can take.
var Reserved = []string{Events, History, Nodes, Facts, Command, Output, Exit}

// budget ends an expression that would keep the session busy. Sensible ones,
// such as a search through thousands of revisions, take milliseconds.
const budget = time.Second

// Source gives an expression the values of its variables. Values are plain
// JSON values (nil, bool, int64, float64, string, []any, map[string]any) and
// must not change afterwards.
type Source interface {
	Object(name string) any
	Events(name string) []any
	History(name string) []any
	Nodes() []any
	Facts() map[string]any
	Command() (line, output string, exit int)
}

// Env compiles the expressions of one lesson. It is safe for concurrent use.
type Env struct {
	env     *cel.Env
	objects []string
}

// New makes the environment for a lesson with the named objects.
func New(objects []string) (*Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, say.Errorf("cannot prepare the expression language: %w", err)
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(ordered{registry}),
		cel.OptionalTypes(),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.EagerlyValidateDeclarations(true),
		ext.Bindings(),
		ext.Encoders(),
		ext.Lists(ext.ListsVersion(3)),
		ext.Math(),
		ext.Sets(),
		ext.Strings(ext.StringsVersion(2)),
		ext.TwoVarComprehensions(),
		library.CIDR(),
		library.Format(),
		library.IP(),
		library.Lists(),
		library.Quantity(),
		library.Regex(),
		library.SemverLib(library.SemverVersion(1)),
		library.URLs(),
		cel.Variable(Events, cel.MapType(cel.StringType, cel.ListType(cel.DynType))),
		cel.Variable(History, cel.MapType(cel.StringType, cel.ListType(cel.DynType))),
		cel.Variable(Nodes, cel.ListType(cel.DynType)),
		cel.Variable(Facts, cel.DynType),
		cel.Variable(Command, cel.StringType),
		cel.Variable(Output, cel.StringType),
		cel.Variable(Exit, cel.IntType),
	}
	for _, name := range objects {
		if slices.Contains(Reserved, name) {
			return nil, say.Errorf("object %q has the name of a variable that every lesson has: rename it", name)
		}
		if !identifier(name) {
			return nil, say.Errorf("object %q cannot be named in an expression: use letters, digits and underscores", name)
		}
		options = append(options, cel.Variable(name, cel.DynType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, say.Errorf("cannot prepare the expression language: %w", err)
	}
	return &Env{env: env, objects: slices.Sorted(slices.Values(objects))}, nil
}

// Bool compiles an expression that is true or false.
func (e *Env) Bool(src string) (*Program, error) { return e.compile(src, cel.BoolType) }

// Text compiles an expression whose value is text.
func (e *Env) Text(src string) (*Program, error) { return e.compile(src, cel.StringType) }

func (e *Env) compile(src string, want *cel.Type) (*Program, error) {
	ast, issues := e.env.Compile(src)
	if err := issues.Err(); err != nil {
		return nil, positionError(issues)
	}
	if got := ast.OutputType(); !got.IsEquivalentType(want) && got.Kind() != types.DynKind {
		return nil, say.Errorf("1:1: the expression is of type %s: it must be %s", got, want)
	}
	if err := unknownNames(ast, e.objects); err != nil {
		return nil, err
	}
	prg, err := e.env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.InterruptCheckFrequency(1))
	if err != nil {
		return nil, say.Errorf("1:1: %w", err)
	}
	return &Program{src: src, env: e, ast: ast, prg: prg, deps: dependencies(ast, e.objects)}, nil
}

// positionError puts all of a compilation's errors on one line each, beginning
// with line:column of the expression.
func positionError(issues *cel.Issues) error {
	var errs []error
	for _, e := range issues.Errors() {
		errs = append(errs, say.Errorf("%d:%d: %s", e.Location.Line(), e.Location.Column()+1, e.Message))
	}
	return errors.Join(errs...)
}

// identifier says whether CEL can name a variable so.
func identifier(name string) bool {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	keywords := "as break const continue else false for function if import in let loop package namespace null return true var void while"
	return name != "" && !slices.Contains(strings.Fields(keywords), name)
}

// Program is one compiled expression. It is safe for concurrent use.
type Program struct {
	src  string
	env  *Env
	ast  *cel.Ast
	prg  cel.Program
	deps Deps

	once    sync.Once
	partial cel.Program // for possible
}

// String is the expression as written.
func (p *Program) String() string { return p.src }

// Deps tells which variables the expression mentions.
func (p *Program) Deps() Deps { return p.deps }

// Bool evaluates an expression compiled by Env.Bool. An error means that the
// expression has no value yet, such as a field of an object that is absent.
func (p *Program) Bool(s Source) (bool, error) {
	v, err := p.eval(s)
	if err != nil {
		return false, err
	}
	b, ok := v.Value().(bool)
	if !ok {
		return false, say.Errorf("the expression's value is of type %s: it must be bool", v.Type().TypeName())
	}
	return b, nil
}

// Text evaluates an expression compiled by Env.Text.
func (p *Program) Text(s Source) (string, error) {
	v, err := p.eval(s)
	if err != nil {
		return "", err
	}
	if s, ok := v.Value().(string); ok {
		return s, nil
	}
	s2, ok := v.ConvertToType(types.StringType).Value().(string)
	if !ok {
		return "", say.Errorf("the expression's value is of type %s: it must be text", v.Type().TypeName())
	}
	return s2, nil
}

func (p *Program) eval(s Source) (ref.Val, error) {
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	v, _, err := p.prg.ContextEval(ctx, &activation{source: s, deps: p.deps})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// CanServe says whether the expression could become true of the given command
// line, whatever the command prints and however it ends.
func (p *Program) CanServe(line string, s Source) bool {
	return p.possible(line, s, Output, Exit)
}

// Concerns says whether the expression could become true of the given command
// line in some state of the cluster.
func (p *Program) Concerns(line string, s Source) bool {
	unknown := []string{Output, Exit, Events, History, Nodes, Facts}
	return p.possible(line, s, append(unknown, slices.Sorted(maps.Keys(p.deps.Objects))...)...)
}

// possible says whether the expression could become true of the given command
// line, whatever the values of some variables.
func (p *Program) possible(line string, s Source, unknown ...string) bool {
	if !p.deps.Output {
		return false
	}
	p.once.Do(func() {
		// Without this program every line is taken to serve.
		p.partial, _ = p.env.env.Program(p.ast, cel.EvalOptions(cel.OptPartialEval), cel.InterruptCheckFrequency(1))
	})
	var patterns []*cel.AttributePatternType
	for _, name := range unknown {
		patterns = append(patterns, cel.AttributePattern(name))
	}
	known := &activation{source: lineOnly{s, line}, deps: p.deps}
	vars, err := cel.PartialVars(known, patterns...)
	if err != nil || p.partial == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	v, _, err := p.partial.ContextEval(ctx, vars)
	return err != nil || v.Value() != false
}

// lineOnly is a source whose command is known and whose output is not.
type lineOnly struct {
	Source
	line string
}

func (l lineOnly) Command() (string, string, int) { return l.line, "", 0 }
