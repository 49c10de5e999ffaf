package seed

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"
)

func TestCopyKeepsHoles(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "seed", "etcd")
	if err := os.Mkdir(filepath.Join(from, "member"), 0o700); err != nil {
		t.Fatal(err)
	}
	const size = 8 << 20
	log := filepath.Join(from, "member", "log")
	if err := os.WriteFile(log, []byte("begin"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(log, size); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(log, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("middle"), size/2); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// What a killed copy left is no hindrance.
	if err := os.MkdirAll(to+".new/member", 0o700); err != nil {
		t.Fatal(err)
	}

	if err := Copy(from, to); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(to, "member", "log"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the copy differs: %v", err)
	}
	info, err := os.Stat(filepath.Join(to, "member", "log"))
	if err != nil {
		t.Fatal(err)
	}
	if used := info.Sys().(*syscall.Stat_t).Blocks * 512; used > size/4 {
		t.Errorf("the copy uses %d bytes on disk", used)
	}
	if info, err := os.Stat(filepath.Join(to, "empty")); err != nil || info.Size() != 0 {
		t.Errorf("empty file: %v", err)
	}
}

func TestCopyFailsWhole(t *testing.T) {
	to := filepath.Join(t.TempDir(), "to")
	if err := Copy(filepath.Join(t.TempDir(), "not-there"), to); err == nil {
		t.Error("copied what is not there")
	}
	if left, err := filepath.Glob(to + "*"); err != nil || len(left) > 0 {
		t.Errorf("left %q, %v", left, err)
	}
}

func TestForget(t *testing.T) {
	root := t.TempDir()
	if err := Forget(root); err != nil {
		t.Errorf("before the first run: %v", err)
	}
	file := filepath.Join(root, databaseFile)
	for _, dir := range []string{filepath.Dir(file), filepath.Join(root, folders[1], "abc")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *bbolt.DB {
		t.Helper()
		db, err := bbolt.Open(file, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	err := db.Update(func(tx *bbolt.Tx) error {
		for _, path := range []string{"images", "containers", "sandboxes", "snapshots"} {
			b, err := tx.CreateBucketIfNotExists([]byte("v1"))
			if err != nil {
				return err
			}
			if b, err = b.CreateBucketIfNotExists([]byte("k8s.io")); err != nil {
				return err
			}
			if b, err = b.CreateBucket([]byte(path)); err != nil {
				return err
			}
			if err := b.Put([]byte("one"), []byte("x")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	if err := Forget(root); err != nil {
		t.Fatal(err)
	}
	db = open()
	defer func() { _ = db.Close() }()
	err = db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("v1")).Bucket([]byte("k8s.io"))
		for name, kept := range map[string]bool{"images": true, "snapshots": true, "containers": false, "sandboxes": false} {
			if got := b.Bucket([]byte(name)) != nil; got != kept {
				t.Errorf("%s kept: %v", name, got)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, folders[1], "abc")); !os.IsNotExist(err) {
		t.Errorf("a sandbox's folder is still there: %v", err)
	}
}
