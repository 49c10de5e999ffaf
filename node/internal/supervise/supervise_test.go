package supervise

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary runs itself as the program that reaps: a Reaper takes the
// exits of all children of its process, also those of other tests.
const childEnv = "SUPERVISE_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(supervised(dir))
	}
	os.Exit(m.Run())
}

// supervised keeps a program that notes each of its starts and ends at once.
func supervised(dir string) int {
	r := NewReaper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	starts := 0
	Keep(ctx, "noter", func(context.Context) (<-chan syscall.WaitStatus, error) {
		if starts++; starts == 4 {
			cancel()
		}
		_, exited, err := r.Start([]string{"/bin/sh", "-c", "echo x >>" + filepath.Join(dir, "starts") + "; exit 3"},
			&syscall.ProcAttr{Files: []uintptr{0, 1, 2}})
		return exited, err
	})
	return 0
}

func TestKeepStartsAgain(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if n := strings.Count(string(out), "exit status 3"); n < 3 {
		t.Errorf("%d ends are logged: %s", n, out)
	}
	// 100, 200 and 400 ms between four starts.
	if took := time.Since(began); took < 700*time.Millisecond {
		t.Errorf("four starts in %s: there is no back-off", took)
	}
	starts, err := os.ReadFile(filepath.Join(dir, "starts"))
	if err != nil || strings.Count(string(starts), "x") < 3 {
		t.Errorf("starts %q, %v", starts, err)
	}
}

func TestDescribe(t *testing.T) {
	for ws, want := range map[syscall.WaitStatus]string{
		syscall.WaitStatus(3 << 8):          "exit status 3",
		syscall.WaitStatus(syscall.SIGKILL): "killed by killed",
	} {
		if got := describe(ws); got != want {
			t.Errorf("%v: %q, want %q", ws, got, want)
		}
	}
}
