// Package sources keeps the go command from taking a test's result of yesterday
// for one of today.
package sources

import (
	"io/fs"
	"path/filepath"
	"testing"
)

// Look looks at every source of the module, whose folder root is, so that a
// passed test's kept result counts for these very sources only. A test needs it
// that lets another program read or build them: the go command knows what the
// test itself looked at, and keeps its result for as long as that stays the same.
func Look(t testing.TB, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && (path == filepath.Join(root, "bin") || path == filepath.Join(root, ".git")) {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
