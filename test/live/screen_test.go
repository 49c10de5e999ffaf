//go:build live && linux

package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A learner opens a lesson, runs its steps with Enter and sees outcomes turn; the
// program is killed in mid-step, started again, and goes on where it was.
func TestKilledProgramGoesOnWhereItWas(t *testing.T) {
	h := newHome(t, "screen")
	s := h.open(120, 40, "share-process-namespace")
	expect(t, s, 2*time.Minute, "2/2 nodes")
	expect(t, s, time.Minute, "│$") // the terminal's prompt
	keys(t, s, "\r")
	expect(t, s, time.Minute, "✓▶1 ") // the first step is done
	keys(t, s, "\r")                  // on to the second
	expect(t, s, time.Minute, "▶ 2 ")
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}

	s = h.open(120, 40, "share-process-namespace")
	expect(t, s, time.Minute, "▶ 2 ")
	if text := s.Text(); !strings.Contains(text, "✓ 1 ") {
		t.Errorf("the first step is not done any more:\n%s", text)
	}
	keys(t, s, "p") // back to the first: its outcomes are met, with the evidence
	expect(t, s, 10*time.Second, "nginx Running")

	// A second podlab attaches to the same cluster and says so.
	second := h.open(120, 40)
	expect(t, second, time.Minute, "Another podlab")
	keys(t, second, "q")
	if code, err := second.Exit(t.Context(), 10*time.Second); err != nil || code != 0 {
		t.Errorf("the second podlab ended with %d, %v", code, err)
	}

	// Language switch on the spot.
	keys(t, s, "l")
	expect(t, s, 10*time.Second, "日本語")
	keys(t, s, "j\r")
	expect(t, s, 10*time.Second, "ターミナル")

	quit(t, s)
}

// Without root the embedded cluster cannot start; the error says what to do.
func TestNotRoot(t *testing.T) {
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	own := filepath.Join(dir, "podlab")
	data, err := os.ReadFile(podlab)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "home"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "home"), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), own, "cluster", "up")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir + "/home",
		"PODLAB_IMAGES=offline", "PODLAB_NODE_DIR=" + programs(),
	}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "root") {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}
