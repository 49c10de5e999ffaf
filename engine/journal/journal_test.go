package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain lets the test's own executable be a writer that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("JOURNAL_TEST_WRITER"); path != "" {
		write(path)
	}
	os.Exit(m.Run())
}

// write appends numbers for ever and prints each when it is safe.
func write(path string) {
	j, _, err := Open(path, func(json.RawMessage) error { return nil })
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for n := 0; ; n++ {
		if err := j.Append(n); err != nil {
			os.Exit(1)
		}
		fmt.Println(n)
	}
}

func replay(t *testing.T, path string) (*Journal, []string, int) {
	t.Helper()
	var lines []string
	j, skipped, err := Open(path, func(line json.RawMessage) error {
		if string(line) == `"refuse"` {
			return errors.New("no")
		}
		lines = append(lines, string(line))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, lines, skipped
}

func TestAppendAndReplay(t *testing.T) {
	tests := []struct {
		name, file string
		want       string
		skipped    int
	}{
		{"new", "", "", 0},
		{"whole", "1\n2\n", "1|2", 0},
		{"torn", "1\n2\n{\"half\":", "1|2", 0},
		{"torn after a number", "1\n2", "1", 0},
		{"only torn", "{", "", 0},
		{"blank line", "1\n\n2\n", "1|2", 0},
		{"rubbish between", "1\n\x00\x00\x00\n2\n", "1|2", 1},
		{"refused", "1\n\"refuse\"\n2\n", "1|2", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "progress", "lesson")
			if test.file != "" {
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(test.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			j, lines, skipped := replay(t, path)
			if got := strings.Join(lines, "|"); got != test.want || skipped != test.skipped {
				t.Errorf("replayed %s, skipped %d, want %s, %d", got, skipped, test.want, test.skipped)
			}
			if err := errors.Join(j.Append("new", map[string]int{"n": 1}), j.Sync()); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			want := strings.TrimPrefix(test.want+`|"new"|{"n":1}`, "|")
			if _, lines, _ := replay(t, path); strings.Join(lines, "|") != want {
				t.Errorf("replayed again %s, want %s", strings.Join(lines, "|"), want)
			}
			for _, p := range []string{path, path + ".lock"} {
				if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v", p, info.Mode(), err)
				}
			}
		})
	}
}

func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lesson")
	j, _, _ := replay(t, path)
	_, _, err := Open(path, func(json.RawMessage) error { return nil })
	var busy *BusyError
	if !errors.As(err, &busy) || busy.PID != os.Getpid() || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second open: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	replay(t, path)
}

// A journal that cannot be opened says why, and leaves its lock to the next.
func TestCannotOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lesson")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	j, _, err := Open(path, func(json.RawMessage) error { return nil })
	if j != nil || !errors.Is(err, syscall.EISDIR) || !strings.Contains(err.Error(), "cannot open the journal") {
		t.Errorf("a folder opens as %v, %v", j, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	replay(t, path)
}

func TestKilledWriterLosesNothingThatItPromised(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lesson")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "JOURNAL_TEST_WRITER="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	promised := -1
	for promised < 20 {
		if _, err := fmt.Fscanln(out, &promised); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := fmt.Fscanln(out, &promised); err != nil {
			break
		}
	}
	_ = cmd.Wait() // killed
	_, lines, skipped := replay(t, path)
	if len(lines) <= promised || skipped != 0 {
		t.Errorf("%d records, %d skipped; %d were promised", len(lines), skipped, promised+1)
	}
}

func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lesson")
	j, _, _ := replay(t, path)
	if err := j.Append("first"); err != nil {
		t.Fatal(err)
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	// A limit on file sizes fails a write half-way, as a full disk does.
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 20, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	err := j.Append(strings.Repeat("x", 100))
	if restore := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); restore != nil {
		t.Fatal(restore)
	}
	if err == nil {
		t.Fatal("a record that did not fit was promised")
	}
	if err := j.Append("second"); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, lines, skipped := replay(t, path); strings.Join(lines, "|") != `"first"|"second"` || skipped != 0 {
		t.Errorf("replayed %q, skipped %d", lines, skipped)
	}
}
