package engine

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// Edited are those of the lesson's manifests and files that the learner has
// changed, by name, as they are now. One that was taken away is "".
func (s *Session) Edited() (map[string]string, error) {
	there, err := s.lesson.WorkFiles()
	if err != nil {
		return nil, err
	}
	edited := map[string]string{}
	for name, from := range there {
		ours, err := fs.ReadFile(s.lesson.FS, from)
		if err != nil {
			return nil, say.Errorf("cannot read the lesson's files: %w", err)
		}
		theirs, err := os.ReadFile(s.path(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, say.Errorf("cannot read your copy of %s: %w", name, err)
		}
		if string(ours) != string(theirs) {
			edited[name] = string(theirs)
		}
	}
	return edited, nil
}

// File is the path of the learner's copy of one of the lesson's manifests or
// files: what the commands in the terminal use.
func (s *Session) File(name string) (string, error) {
	there, err := s.lesson.WorkFiles()
	if err != nil {
		return "", err
	}
	if there[name] == "" {
		return "", say.Errorf("lesson %s has no file %q", s.lesson.ID, name)
	}
	return s.path(name), nil
}

func (s *Session) path(name string) string {
	return filepath.Join(s.cfg.Workspace, filepath.FromSlash(name))
}

// restore gives the learner the files that a step's commands use as they were.
func (s *Session) restore(step *lessons.Step) error {
	there, err := s.lesson.WorkFiles()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range step.UsedBy(slices.Collect(maps.Keys(there))) {
		if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o700); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, copyFile(s.lesson.FS, there[name], s.path(name), true))
	}
	return errors.Join(errs...)
}
