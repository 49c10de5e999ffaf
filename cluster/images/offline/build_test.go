package offline

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/internal/say"
)

func mustFind(t *testing.T, ref string) Recipe {
	t.Helper()
	r, found, err := Find(ref)
	if err != nil || !found {
		t.Fatalf("%s: %v, %v", ref, found, err)
	}
	return r
}

// TestBuildPause builds the one image that needs nothing from outside.
func TestBuildPause(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is needed:", err)
	}
	r := mustFind(t, "registry.k8s.io/pause:3.10")
	digests := make([]string, 0, 2)
	for range 2 {
		img, err := (&Builder{}).Build(t.Context(), r, func(say.Text) {})
		if err != nil {
			t.Fatal(err)
		}
		d, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, d.String())
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if config.OS != "linux" || config.Architecture != runtime.GOARCH || strings.Join(config.Config.Entrypoint, " ") != "/pause" {
			t.Errorf("config %+v", config)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("the same recipe gave %s and %s", digests[0], digests[1])
	}
}

func TestKey(t *testing.T) {
	b := &Builder{Programs: t.TempDir()}
	key := func(r Recipe) string {
		t.Helper()
		k, err := b.Key(r)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	stress := mustFind(t, "docker.io/polinux/stress:latest")
	first, again := key(stress), key(stress)
	if first != again {
		t.Error("the same recipe has two keys")
	}
	changed := stress
	changed.raw = append([]byte("# changed\n"), stress.raw...)
	if key(stress) == key(changed) {
		t.Error("a changed recipe has the same key")
	}
	baseless := stress
	baseless.Base = ""
	if key(stress) == key(baseless) {
		t.Error("the base makes no difference")
	}

	coredns := mustFind(t, "registry.k8s.io/coredns/coredns:v1.14.2")
	if _, err := b.Key(coredns); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "run 'make node'") {
		t.Errorf("without the program: %v", err)
	}
	program := filepath.Join(b.Programs, "coredns")
	if err := os.WriteFile(program, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := key(coredns)
	// Carried to another machine, it is the same program.
	if err := os.Chtimes(program, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if key(coredns) != before {
		t.Error("a program that was written at another time has another key")
	}
	if err := os.WriteFile(program, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key(coredns) == before {
		t.Error("a program that was built anew has the same key")
	}
}

// A Go program is told from others by its build ID, if it has one.
func TestHashProgram(t *testing.T) {
	dir := t.TempDir()
	build := func(name, text, flags string) string {
		t.Helper()
		source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, name)
		if err := os.WriteFile(source, []byte("package main\n\nfunc main() { print(\""+text+"\") }\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("go", "build", "-ldflags=-s -w "+flags, "-o", program, source)
		cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return program
	}
	sum := func(program string) string {
		t.Helper()
		var h strings.Builder
		if err := hashProgram(&h, program); err != nil {
			t.Fatal(err)
		}
		return h.String()
	}
	one, two := sum(build("a/p", "one", "")), sum(build("b/p", "two", ""))
	if again := sum(build("c/p", "one", "")); one == two || one != again || len(one) > 200 {
		t.Errorf("%q, of another program %q, again %q", one, two, again)
	}
	if one, two = sum(build("d/p", "one", "-buildid=")), sum(build("e/p", "two", "-buildid=")); one == two {
		t.Error("without a build ID, two programs are one")
	}
}

func TestNodeProgramErrors(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &Builder{Programs: t.TempDir()}
	if err := os.Symlink(self, filepath.Join(b.Programs, "self")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.Programs, "text"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for program, want := range map[string]string{
		"none": "was not found: run 'make node'",
		"text": "is not a Go program",
		"self": "does not contain example.com/none: run 'make node'",
	} {
		if _, err := b.nodeProgram(program, "example.com/none", "v1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", program, err, want)
		}
	}
}

func TestContains(t *testing.T) {
	info := &debug.BuildInfo{
		Main: debug.Module{Path: "example.com/main", Version: "v0.9.0"},
		Deps: []*debug.Module{{Path: "example.com/dep", Version: "v1.14.2"}},
	}
	for _, tc := range []struct{ module, version, want string }{
		{"example.com/main", "v0.9.0", ""},
		{"example.com/dep", "v1.14.2", ""},
		{"example.com/dep", "v1.14.3", "has example.com/dep v1.14.2 and the image is v1.14.3"},
		{"example.com/dep", "", ""},
		{"example.com/other", "v1.14.2", "does not contain"},
		{"example.com/other", "", "does not contain"},
	} {
		err := contains(info, tc.module, tc.version)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("contains(%s, %s) = %v, want %q", tc.module, tc.version, err, tc.want)
		}
	}
}

func TestGuestErrors(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := &Builder{}
	for name, want := range map[string]string{"pause": "apt-get install gcc", "stress": "the go tool was not found"} {
		if _, err := b.guest(t.Context(), name, "1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}
