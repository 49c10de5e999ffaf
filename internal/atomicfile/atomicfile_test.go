package atomicfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/podlab/podlab/internal/atomicfile"
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "page"), filepath.Join(dir, "link")
	if err := atomicfile.Replace(name, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("page", link); err != nil {
		t.Fatal(err)
	}
	f, err := atomicfile.Create(link, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, name); got != "old" {
		t.Errorf("%q stands there before the new is whole", got)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(name)
	if err != nil || info.Mode() != 0o640 || read(t, link) != "new" || read(t, name) != "new" {
		t.Errorf("mode %v, %v: %q", info.Mode(), err, read(t, name))
	}
	if f, err = atomicfile.Create(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil || read(t, name) != "new" {
		t.Errorf("discarded: %v, %q", err, read(t, name))
	}
	if err := atomicfile.Replace(os.DevNull, []byte("x"), 0o600); err != nil {
		t.Errorf("a device: %v", err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s is %v now, %v", os.DevNull, info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("%v, %v is left", left, err)
	}
}
