package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// unpack copies a lesson's manifests and files into the workspace, with the
// folders that they are in below manifests and files. Files that are there stay
// as the learner left them, unless fresh is set.
func unpack(lesson fs.FS, workspace string, fresh bool) error {
	if err := os.MkdirAll(workspace, 0o700); err != nil {
		return say.Errorf("cannot make the lesson's working folder: %w", err)
	}
	if lesson == nil {
		return nil
	}
	for _, from := range []string{"manifests", "files"} {
		err := fs.WalkDir(lesson, from, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			target := filepath.Join(workspace, filepath.FromSlash(strings.TrimPrefix(name, from)))
			if d.IsDir() {
				return os.MkdirAll(target, 0o700)
			}
			return copyFile(lesson, name, target, fresh)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return say.Errorf("cannot copy the lesson's %s: %w", from, err)
		}
	}
	return nil
}

// copyFile writes beside the target and renames, so that no half file is ever
// there.
func copyFile(from fs.FS, name, target string, fresh bool) error {
	if _, err := os.Lstat(target); err == nil && !fresh {
		return nil
	}
	data, err := fs.ReadFile(from, name)
	if err != nil {
		return say.Errorf("cannot read the lesson's files: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(target), ".new-*")
	if err != nil {
		return say.Errorf("cannot write the lesson's files: %w", err)
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), target)
	}
	if err != nil {
		return say.Errorf("cannot write the lesson's files: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	return nil
}
