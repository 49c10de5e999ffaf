//go:build unix

package programs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/podlab/podlab/cluster"
)

func TestFind(t *testing.T) {
	repo := t.TempDir()
	bin := filepath.Join(repo, "bin")
	env := map[string]string{}
	get := func(name string) string { return env[name] }

	programs, source, err := find(bin, get)
	if err != nil || programs != filepath.Join(bin, "node") || source != "" {
		t.Errorf("installed: %q, %q, %v", programs, source, err)
	}
	if err := os.Mkdir(filepath.Join(repo, "node"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(repo, "node", "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, source, err = find(bin, get); err != nil || source != filepath.Join(repo, "node") {
		t.Errorf("in a checkout: %q, %v", source, err)
	}
	env["PODLAB_NODE_DIR"], env["PODLAB_SOURCE"] = "/elsewhere", repo
	programs, source, err = find("/usr/bin", get)
	if err != nil || programs != "/elsewhere" || source != filepath.Join(repo, "node") {
		t.Errorf("by the environment: %q, %q, %v", programs, source, err)
	}
}

func TestCurrent(t *testing.T) {
	src, out := t.TempDir(), t.TempDir()
	put := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(src, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("go.mod", "module x\n")
	put("main.go", "package main\n")
	stamp, ok, err := nodeSet.current(src, out)
	if err != nil || ok {
		t.Fatalf("an empty folder is current: %v", err)
	}
	if err := os.WriteFile(filepath.Join(out, StampFile), []byte(stamp), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, content string
		current       bool
	}{
		{"main.go", "package main\n", true},
		{"notes.txt", "anything", true},
		{"main_test.go", "package main\n", true},
		{"main.go", "package main // changed\n", false},
		{"main.go", "package main\n", true},
		{"new.go", "package main\n", false},
	} {
		put(c.name, c.content)
		if _, ok, err := nodeSet.current(src, out); err != nil || ok != c.current {
			t.Errorf("after %s = %q: current %v, %v", c.name, c.content, ok, err)
		}
	}
}

func TestEnsureSaysNothingWhenCurrent(t *testing.T) {
	src, out := t.TempDir(), t.TempDir()
	stamp, _, err := nodeSet.current(src, out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, StampFile), []byte(stamp), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Ensure(t.Context(), src, out, func(p cluster.Progress) { t.Errorf("reported %+v", p) }); err != nil {
		t.Error(err)
	}
}

// A broken module fails with the compiler's words, and what was there stays.
func TestEnsureFails(t *testing.T) {
	src, out := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(src, "go.mod"), []byte("module x\n\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "kubelet"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	var last cluster.Progress
	err := Ensure(t.Context(), src, out, func(p cluster.Progress) { last = p })
	if err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("error %v", err)
	}
	if !last.Finished || !errors.Is(last.Err, err) {
		t.Errorf("last report %+v", last)
	}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name != "kubelet" && name != ".lock" {
			t.Errorf("left %s", name)
		}
	}
}

func TestFollowCountsPackages(t *testing.T) {
	var reports []cluster.Progress
	b := &build{report: func(p cluster.Progress) { reports = append(reports, p) }}
	b.progress.Total = 2
	other := b.follow(strings.NewReader("go: downloading example.com/x v1.0.0\nexample.com/a\n# example.com/b\nb.go:1:1: syntax error\nexample.com/c/d\nexample.com/e\n"))
	if len(reports) != 3 || reports[1].Detail.String() != "example.com/c/d" || reports[1].Done != 2 || reports[2].Done != 2 {
		t.Errorf("reports %+v", reports)
	}
	if !slices.Contains(other, "b.go:1:1: syntax error") {
		t.Errorf("other messages %q", other)
	}
}

func TestExplain(t *testing.T) {
	failed := errors.New("exit status 1")
	for text, want := range map[string]string{
		"write /tmp/x: no space left on device": "the disk is full",
		"dial tcp: lookup proxy: no such host":  "GOPROXY",
		"x: signal: killed":                     "memory",
		"a.go:1:2: undefined: frobnicate":       "undefined: frobnicate",
	} {
		if err := explain("build", failed, []string{text}); !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %q", text, err)
		}
	}
}

func TestInstallReplacesWhole(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for path, content := range map[string]string{
		filepath.Join(from, "podlab-node"): "new", filepath.Join(from, "cni", "ptp"): "new",
		filepath.Join(to, "podlab-node"): "old", filepath.Join(to, StampFile): "old",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := nodeSet.install(from, to, "stamp"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"podlab-node": "new", "kubelet": "new", "cni/ptp": "new", StampFile: "stamp"} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
