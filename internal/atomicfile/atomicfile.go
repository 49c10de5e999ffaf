// Package atomicfile writes files as a whole: neither a reader nor a full disk nor a
// crash ever makes half of one.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// File is what a file is to become, written beside it under a hidden name.
type File struct {
	*os.File
	name string // of the file to replace
}

// Create begins a file with what is to stand in name, which stays as it is until
// Commit. It has the mode and the owner of the one that is there, else perm, as
// the umask allows. What is no regular file, such as a pipe, cannot be replaced and
// is written to at once.
func Create(name string, perm fs.FileMode) (*File, error) {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // else the link would be replaced
	}
	old, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = nil
	case err != nil:
		return nil, err
	case !old.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0) // #nosec G304 -- the caller names it
		if err != nil {
			return nil, err
		}
		return &File{File: f}, nil
	}
	dir, base := filepath.Split(name)
	tmp, err := os.OpenFile(dir+"."+base+"."+rand.Text()[:8], os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm) // #nosec G304
	if err != nil {
		return nil, err
	}
	f := &File{tmp, name}
	if old != nil {
		own(tmp, old)
		if err := tmp.Chmod(old.Mode().Perm()); err != nil {
			return nil, errors.Join(err, f.Discard())
		}
	}
	return f, nil
}

// Commit closes the file and puts it in its place. After an error the old
// one is as it was, and nothing is left beside it.
func (f *File) Commit() error {
	if f.name == "" {
		return f.Close()
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Discard())
	}
	if err := f.Close(); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), f.name); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Discard closes the file and takes it away; the old one stays.
func (f *File) Discard() error {
	if f.name == "" {
		return f.Close()
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Replace writes a whole file at once. See [Create].
func Replace(name string, data []byte, perm fs.FileMode) error {
	f, err := Create(name, perm)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}
