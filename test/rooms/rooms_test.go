// Package rooms tests which top-level folder may import which: the order that
// docs/architecture.md writes down.
package rooms

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/podlab/podlab/test/sources"
)

const module = "github.com/podlab/podlab"

// allowed lists, for each room, the rooms (or single packages) of this module
// that it may import besides itself.
var allowed = map[string][]string{
	"cmd":      {"tui", "engine", "cluster", "lessons", "content", "internal"},
	"tui":      {"engine", "cluster$", "lessons", "content", "internal"},
	"engine":   {"cluster$", "lessons", "content", "internal"},
	"cluster":  {"internal"},
	"content":  {"lessons", "internal"},
	"lessons":  {"internal"},
	"internal": {},
	"test":     {"cmd", "tui", "engine", "cluster", "lessons", "content", "internal"},
}

// forbidden are other modules that a room never imports itself.
var forbidden = map[string][]string{
	"tui":     {"k8s.io/", "sigs.k8s.io/kind", "os/exec", "github.com/creack/pty"},
	"lessons": {"k8s.io/"},
	"content": {"k8s.io/", "charm.land/"},
	"engine":  {"charm.land/", "sigs.k8s.io/kind"},
	"cluster": {"charm.land/"},
}

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Deps                               []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	sources.Look(t, "../..")
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < len(allowed) {
		t.Fatalf("go list found %d packages only", len(all))
	}
	return all
}

// room is the top-level folder of one of the module's packages.
func room(path string) (name, rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, module+"/")
	if !ok {
		return "", "", false
	}
	name, _, _ = strings.Cut(rest, "/")
	return name, rest, true
}

func TestRoomsImportOneWay(t *testing.T) {
	for _, p := range list(t) {
		from, _, ok := room(p.ImportPath)
		if !ok {
			continue
		}
		may, known := allowed[from]
		if !known {
			t.Errorf("%s is in a room that has no rule: add one here and in docs/architecture.md", p.ImportPath)
		}
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			to, rest, ours := room(imp)
			if ours && to != from && !slices.Contains(may, to) && !slices.Contains(may, rest+"$") {
				t.Errorf("%s must not import %s", p.ImportPath, imp)
			}
		}
		for _, imp := range p.Imports {
			for _, bad := range forbidden[from] {
				if strings.HasPrefix(imp, bad) {
					t.Errorf("%s must not import %s", p.ImportPath, imp)
				}
			}
		}
	}
}

// The node's sources take minutes to compile; the main program must not pull
// them in, or an edit of a screen would.
func TestMainProgramDoesNotLinkTheNode(t *testing.T) {
	for _, p := range list(t) {
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, "k8s.io/kubernetes/") || strings.HasPrefix(dep, "github.com/containerd/containerd/v2") {
				t.Errorf("%s links %s", p.ImportPath, dep)
			}
		}
	}
}
