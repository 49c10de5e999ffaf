// Package guide runs docs/authoring.md: every command in it, in its order.
package guide

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/podlab/podlab/test/sources"
)

// block is a fenced block of the guide that is more than an example.
type block struct {
	line       int
	info, file string // "shell", "cluster", "fails", or "" for a file to write
	text       string
}

var fence = regexp.MustCompile("^```(\\w*) ?(.*)$")

// blocks are the guide's shell blocks and files. A file ends at the last fence
// before the guide goes on, since prose has code in fences of its own.
func blocks(t *testing.T, guide string) []block {
	t.Helper()
	lines := strings.Split(guide, "\n")
	var all []block
	for i := 0; i < len(lines); i++ {
		m := fence.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		b := block{line: i + 1, info: m[2]}
		if m[1] == "shell" && m[2] == "" {
			b.info = "shell"
		}
		if m[1] != "shell" {
			b.info, b.file = "", m[2]
		}
		inner := false
		for i++; i < len(lines); i++ {
			if m := fence.FindStringSubmatch(lines[i]); m != nil {
				if !inner && m[1] == "" {
					break
				}
				inner = m[1] != ""
			}
			b.text += lines[i] + "\n"
		}
		all = append(all, b)
	}
	return all
}

// script puts the blocks together for bash.
func script(t *testing.T, all []block) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("set -eu\n")
	for _, x := range all {
		_, _ = fmt.Fprintf(&b, "echo '# line %d'\n", x.line)
		switch {
		case x.file != "":
			_, _ = fmt.Fprintf(&b, "mkdir -p %q\ncat >%q <<'END OF FILE'\n%sEND OF FILE\n", filepath.Dir(x.file), x.file, x.text)
		case x.info == "shell", x.info == "cluster" && withCluster:
			b.WriteString(x.text)
		case x.info == "fails":
			for line := range strings.Lines(x.text) {
				_, _ = fmt.Fprintf(&b, "if %s; then echo 'line %d should have failed'; exit 1; fi\n", strings.TrimSpace(line), x.line)
			}
		case x.info != "cluster":
			t.Errorf("docs/authoring.md:%d: a block for nobody", x.line)
		}
	}
	return b.String()
}

func TestAuthoringGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/authoring.md")
	if err != nil {
		t.Fatal(err)
	}
	all := blocks(t, string(guide))
	if len(all) < 10 {
		t.Fatalf("the guide has %d blocks only", len(all))
	}
	sources.Look(t, "../..")
	bin, dir := t.TempDir(), t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "podlab"), "github.com/podlab/podlab/cmd/podlab")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build podlab: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script(t, all))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"LANG=C.UTF-8", "LC_ALL=", "PODLAB_LANG=", "PODLAB_LESSONS=",
		"XDG_CONFIG_HOME="+filepath.Join(dir, "config"),
		"XDG_STATE_HOME="+filepath.Join(dir, "state"),
		"PODLAB_LAB=guide", "PODLAB_IMAGES=offline",
		"GIT_AUTHOR_NAME=author", "GIT_AUTHOR_EMAIL=author@example.com",
		"GIT_COMMITTER_NAME=author", "GIT_COMMITTER_EMAIL=author@example.com",
		"GIT_CONFIG_GLOBAL=/dev/null",
	)
	if withCluster {
		t.Cleanup(func() {
			down := exec.Command(filepath.Join(bin, "podlab"), "cluster", "down", "--purge") //nolint:noctx // also after the test's context has ended
			down.Env = cmd.Env
			if out, err := down.CombinedOutput(); err != nil {
				t.Errorf("down: %v\n%s", err, out)
			}
		})
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"my-first-pod  start", "+The image is pulled first, so a minute may pass.", // the diff of what has changed
		"17 lessons: no problems", "はじめてのPod", "content/ja/my-first-pod.md:",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("nothing printed %q:\n%s", want, out)
		}
	}
}
