package lessons

import (
	"errors"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/podlab/podlab/internal/say"
)

// source is a YAML file read both as JSON and as a map from places in it
// (JSON pointers, "" for the root) to lines.
type source struct {
	file  string
	json  []byte
	lines map[string]int
}

// readSource parses one YAML document. Duplicate keys, anchors and a second
// document are problems.
func readSource(file string, data []byte) (*source, error) {
	root, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlProblem(file, err)
	}
	if len(root.Docs) != 1 || root.Docs[0].Body == nil {
		return nil, Problems{{File: file, Line: 1, Message: say.T("expected one YAML document")}}
	}
	s := &source{file: file, lines: map[string]int{}}
	if p := s.walk("", root.Docs[0].Body); p != nil {
		return nil, Problems{*p}
	}
	if s.json, err = yaml.YAMLToJSON(data); err != nil {
		return nil, yamlProblem(file, err)
	}
	return s, nil
}

func (s *source) walk(pointer string, n ast.Node) *Problem {
	line := n.GetToken().Position.Line
	if _, ok := s.lines[pointer]; !ok {
		s.lines[pointer] = line
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if p := s.walk(pointer, v); p != nil {
				return p
			}
		}
	case *ast.MappingValueNode:
		key := n.Key.GetToken()
		child := pointer + "/" + escapePointer(key.Value)
		s.lines[child] = key.Position.Line
		return s.walk(child, n.Value)
	case *ast.SequenceNode:
		for i, v := range n.Values {
			if p := s.walk(pointer+"/"+strconv.Itoa(i), v); p != nil {
				return p
			}
		}
	case *ast.AnchorNode, *ast.AliasNode:
		return &Problem{s.file, line, say.T("anchors and aliases are not used here: write the value out")}
	case *ast.TagNode:
		return &Problem{s.file, line, say.T("tags are not used here: write the plain value")}
	}
	return nil
}

// line is the line of the value at a pointer, or of its nearest parent that is there.
func (s *source) line(pointer string) int {
	for {
		if l, ok := s.lines[pointer]; ok {
			return l
		}
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return 1
		}
		pointer = pointer[:i]
	}
}

func escapePointer(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// yamlProblem turns a YAML parser's error into a problem with its line.
func yamlProblem(file string, err error) error {
	p := Problem{File: file, Line: 1, Message: say.Of(err)}
	var at yaml.Error
	if errors.As(err, &at) {
		p.Message = say.T("not valid YAML: %s", at.GetMessage())
		if t := at.GetToken(); t != nil {
			p.Line = t.Position.Line
		}
	}
	return Problems{p}
}
