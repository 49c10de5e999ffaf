// Package words tests that every sentence of the program can be told in every
// language: it walks the source for what package say is given.
package words

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// found is one sentence and where it stands.
type found struct {
	english string
	one     string // the form for one thing, where the sentence counts
	counted bool
	cli     bool // a word of the command line, not a report
	at      token.Position
}

// pkg is one folder's files.
type pkg struct {
	fset   *token.FileSet
	room   string
	files  []*ast.File
	consts map[string]ast.Expr
	// sayers hand a format and its values on to package say: functions by name,
	// methods with a dot before it, and literals with the name of their file.
	sayers map[string]int // index of the format among the arguments
	all    []found
	faults []string
}

// silent is source whose errors no learner reads: programs of their own, what
// tests use, and what checks files that are built in.
var silent = regexp.MustCompile(`/(guest|apitest|leakcheck|testdata|say|offline/recipe\.go)(/|$)`)

// walk reads the source of a room and everything below it.
func walk(root, room string) (all []found, faults []string, err error) {
	dirs := map[string][]string{}
	err = filepath.WalkDir(filepath.Join(root, room), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !silent.MatchString(filepath.ToSlash(path)) {
			dirs[filepath.Dir(path)] = append(dirs[filepath.Dir(path)], path)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for _, names := range dirs {
		p := pkg{fset: token.NewFileSet(), room: room, consts: map[string]ast.Expr{}, sayers: map[string]int{}}
		for _, name := range names {
			f, err := parser.ParseFile(p.fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, nil, err
			}
			p.files = append(p.files, f)
		}
		p.collect()
		all, faults = append(all, p.all...), append(faults, p.faults...)
	}
	return all, faults, nil
}

func (p *pkg) collect() {
	p.inspect(func(n ast.Node) {
		if v, ok := n.(*ast.ValueSpec); ok {
			for i, name := range v.Names {
				if i < len(v.Values) {
					p.consts[name.Name] = v.Values[i]
				}
			}
		}
	})
	for again := true; again; { // a sayer may hand on to another
		again = false
		p.inspect(func(n ast.Node) { again = p.learn(n) || again })
	}
	p.inspect(p.look)
}

func (p *pkg) inspect(f func(ast.Node)) {
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				f(n)
			}
			return true
		})
	}
}

// learn notes functions that end in "format string, args ...any" and hand both
// on to a sayer.
func (p *pkg) learn(n ast.Node) bool {
	var name string
	var kind *ast.FuncType
	var body *ast.BlockStmt
	switch n := n.(type) {
	case *ast.FuncDecl:
		name, kind, body = n.Name.Name, n.Type, n.Body
		if n.Recv != nil {
			name = "." + name
		}
	case *ast.AssignStmt:
		lit, ok := n.Rhs[0].(*ast.FuncLit)
		id, named := n.Lhs[0].(*ast.Ident)
		if !ok || !named {
			return false
		}
		name, kind, body = p.local(id), lit.Type, lit.Body
	default:
		return false
	}
	var params []string
	for _, f := range kind.Params.List {
		for _, id := range f.Names {
			params = append(params, id.Name)
		}
	}
	if _, known := p.sayers[name]; known || body == nil || len(params) < 2 {
		return false
	}
	at := len(params) - 2
	hands := false
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !call.Ellipsis.IsValid() {
			return true
		}
		if i, says := p.sayer(call); says && i < len(call.Args) {
			id, ok := call.Args[i].(*ast.Ident)
			hands = hands || ok && id.Name == params[at]
		}
		return true
	})
	if hands {
		p.sayers[name] = at
	}
	return hands
}

// sayer tells whether a call says a sentence, and which argument that is.
func (p *pkg) sayer(call *ast.CallExpr) (format int, ok bool) {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if format, ok = p.sayers[p.local(f)]; !ok {
			format, ok = p.sayers[f.Name]
		}
	case *ast.SelectorExpr:
		if isPackage(f.X, "say") {
			return 0, slices.Contains([]string{"T", "Errorf", "Fixed"}, f.Sel.Name)
		}
		if _, qualified := f.X.(*ast.Ident); qualified && isPackage(f.X, "fmt") {
			return 0, false
		}
		format, ok = p.sayers["."+f.Sel.Name]
	}
	return format, ok
}

// local is the name of a function that is a variable.
func (p *pkg) local(id *ast.Ident) string { return p.fset.Position(id.Pos()).Filename + ":" + id.Name }

func isPackage(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

// flagFunc are pflag's methods that take a flag's description last.
var flagFunc = regexp.MustCompile(`^(String|Bool|Int|Int64|Duration|StringSlice|StringArray|Float64)(Var)?P?$`)

// look notes the sentences of one node.
func (p *pkg) look(n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		p.call(n)
	case *ast.CompositeLit:
		if sel, ok := n.Type.(*ast.SelectorExpr); ok && isPackage(sel.X, "cobra") && sel.Sel.Name == "Command" {
			for _, e := range n.Elts {
				kv := e.(*ast.KeyValueExpr)
				if key := kv.Key.(*ast.Ident).Name; key == "Short" || key == "Long" {
					p.help(kv.Value)
				}
			}
		}
	case *ast.AssignStmt:
		for i, l := range n.Lhs {
			if sel, ok := l.(*ast.SelectorExpr); ok && len(n.Rhs) == len(n.Lhs) && slices.Contains([]string{"Short", "Long", "Usage"}, sel.Sel.Name) {
				p.help(n.Rhs[i])
			}
		}
	}
}

func (p *pkg) call(call *ast.CallExpr) {
	at := p.fset.Position(call.Pos())
	sel, selected := call.Fun.(*ast.SelectorExpr)
	name := ""
	if selected {
		name = sel.Sel.Name
	} else if id, ok := call.Fun.(*ast.Ident); ok {
		name = id.Name
	}
	switch {
	case selected && isPackage(sel.X, "say") && name == "Count":
		one, _ := p.constant(call.Args[1])
		other, ok := p.constant(call.Args[2])
		if !ok {
			p.fault(at, "expected constant forms")
			return
		}
		p.all = append(p.all, found{english: other, one: one, counted: true, cli: p.room == "cmd", at: at})
	case selected && isPackage(sel.X, "fmt") && name == "Errorf", selected && isPackage(sel.X, "errors") && name == "New":
		if text, ok := p.constant(call.Args[0]); !ok || speaks(text) {
			p.fault(at, "expected say.Errorf: %s", text)
		}
	case selected && isPackage(sel.X, "fmt") && strings.HasPrefix(name, "Fprint") && p.room == "cmd":
		for _, arg := range call.Args[1:] {
			if text, ok := p.constant(arg); ok && speaks(text) {
				p.fault(at, "expected a sentence of package say: %s", text)
			}
		}
	case p.room == "cmd" && selected && flagFunc.MatchString(name) && len(call.Args) > 2:
		p.help(call.Args[len(call.Args)-1])
	case p.room == "cmd" && name == "newGroup":
		p.help(call.Args[1])
	default:
		p.sentence(call, selected && name == "Errorf")
	}
}

func (p *pkg) sentence(call *ast.CallExpr, isError bool) {
	i, says := p.sayer(call)
	if !says || i >= len(call.Args) || call.Ellipsis.IsValid() {
		return
	}
	at := p.fset.Position(call.Pos())
	text, ok := p.constant(call.Args[i])
	if !ok {
		if sel, is := call.Fun.(*ast.SelectorExpr); is && sel.Sel.Name == "Fixed" {
			return // help, which is looked at where it is written
		}
		p.fault(at, "expected a constant sentence")
		return
	}
	if speaks(text) {
		p.all = append(p.all, found{english: text, cli: p.room == "cmd" && !isError, at: at})
	}
}

// help notes the paragraphs of a command's or flag's description.
func (p *pkg) help(x ast.Expr) {
	text, ok := p.constant(x)
	if !ok {
		return // put together elsewhere
	}
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = strings.Join(strings.Fields(paragraph), " "); speaks(paragraph) {
			p.all = append(p.all, found{english: paragraph, cli: true, at: p.fset.Position(x.Pos())})
		}
	}
}

func (p *pkg) fault(at token.Position, format string, args ...any) {
	p.faults = append(p.faults, fmt.Sprintf("%s: ", at)+fmt.Sprintf(format, args...))
}

// constant is the value of a constant string expression.
func (p *pkg) constant(x ast.Expr) (string, bool) {
	switch x := x.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.Ident:
		if v, ok := p.consts[x.Name]; ok {
			return p.constant(v)
		}
	case *ast.ParenExpr:
		return p.constant(x.X)
	case *ast.BinaryExpr:
		a, okA := p.constant(x.X)
		b, okB := p.constant(x.Y)
		return a + b, okA && okB
	}
	return "", false
}

var verbs = regexp.MustCompile(`%[-+# 0]*(\d+|\*)?(\.(\d+|\*))?(\[\d+\])?[a-zA-Z%]`)

// speaks tells whether a format has words beside its values.
func speaks(format string) bool {
	return regexp.MustCompile(`\pL{2}`).MatchString(verbs.ReplaceAllString(format, ""))
}
