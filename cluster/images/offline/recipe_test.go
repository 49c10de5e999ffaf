package offline

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/distribution/reference"
)

// TestRecipes checks what the recipes themselves cannot say wrong unnoticed.
func TestRecipes(t *testing.T) {
	all, err := recipes()
	if err != nil {
		t.Fatal(err)
	}
	owner := make(map[string]string)
	for _, r := range all {
		for _, name := range r.Names {
			named, err := reference.ParseNormalizedNamed(name)
			if err != nil {
				t.Errorf("%s: %v", r.name, err)
				continue
			}
			if full := reference.TagNameOnly(named).String(); full != name {
				t.Errorf("%s: name %s is not written in full: %s", r.name, name, full)
			}
			if owner[name] != "" {
				t.Errorf("%s is the name of two recipes, %s and %s", name, owner[name], r.name)
			}
			owner[name] = r.name
		}
		if len(r.Config.Entrypoint)+len(r.Config.Cmd) == 0 {
			t.Errorf("%s: the image says nothing to run", r.name)
		}
		seen := make(map[string]bool)
		for _, f := range r.Files {
			what := f.Path
			if f.Path == "/" {
				what = f.Deb // a whole package
			}
			if seen[what] {
				t.Errorf("%s: %s is there twice", r.name, what)
			}
			seen[what] = true
			if f.Guest != "" {
				if _, err := guestFiles.ReadDir("guest/" + f.Guest); err != nil {
					t.Errorf("%s: %v", r.name, err)
				}
			}
		}
	}
	refs, err := Refs()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"docker.io/library/busybox:1.28", "docker.io/library/nginx:latest",
		"docker.io/polinux/stress:latest", "registry.k8s.io/pause:3.10",
	} {
		if !slices.Contains(refs, want) {
			t.Errorf("%s cannot be built", want)
		}
	}
}

// TestVersions compares the tags of images made of the node's programs with
// the modules that those programs are built from.
func TestVersions(t *testing.T) {
	const path = "../../../node/go.mod"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{"github.com/podlab/podlab/node": "our own"}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require ")); len(f) >= 2 {
			versions[f[0]] = f[1]
		}
	}
	all, err := recipes()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, r := range all {
		for _, f := range r.Files {
			if f.Module == "" {
				continue
			}
			compared++
			if got := versions[f.Module]; got == "" || !f.AnyVersion && got != r.version() {
				t.Errorf("%s: the image is %s and node/go.mod has %s %q", r.name, r.version(), f.Module, got)
			}
		}
	}
	if compared == 0 {
		t.Error("no recipe names a module")
	}
}

func TestLoadErrors(t *testing.T) {
	for name, tc := range map[string]struct{ recipe, want string }{
		"unknown field": {"names: [a]\nfiles: [{path: /a, dir: true}]\ncolour: red", "colour"},
		"no names":      {"files: [{path: /a, dir: true}]", "needs names and files"},
		"no files":      {"names: [a]", "needs names and files"},
		"relative":      {"names: [a]\nfiles: [{path: a, dir: true}]", "absolute"},
		"unclean":       {"names: [a]\nfiles: [{path: /a/../b, dir: true}]", "clean"},
		"two kinds":     {"names: [a]\nfiles: [{path: /a, dir: true, link: b}]", "exactly one"},
		"no kind":       {"names: [a]\nfiles: [{path: /a}]", "exactly one"},
		"mode":          {"names: [a]\nfiles: [{path: /a, dir: true, mode: \"9\"}]", "octal"},
		"owner":         {"names: [a]\nfiles: [{path: /a, dir: true, owner: root}]", "uid:gid"},
		"no module":     {"names: [a]\nfiles: [{path: /a, node: coredns}]", "together"},
		"for nothing":   {"names: [a]\nfor: fun\nfiles: [{path: /a, dir: true}]", "needs images"},
		"no version":    {"names: [a]\nfiles: [{path: /a, dir: true, anyVersion: true}]", "needs a module"},
		"no base":       {"names: [a]\nbase: nothing\nfiles: [{path: /a, dir: true}]", "base"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(fstest.MapFS{"recipes/broken.yaml": {Data: []byte(tc.recipe)}})
			if err == nil || !strings.Contains(err.Error(), "broken") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that names the recipe and %q", err, tc.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	if r, found, err := Find("docker.io/library/busybox:latest"); err != nil || !found || r.name != "busybox" {
		t.Errorf("Find = %q, %v, %v", r.name, found, err)
	}
	if _, found, err := Find("docker.io/library/busybox:0.1"); err != nil || found {
		t.Errorf("an unknown tag was found, %v", err)
	}
}
