package lessons

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
)

// Shipped holds the lessons that are built into the program.
//
//go:embed */lesson.yaml */*/*
var Shipped embed.FS

var shipped = sync.OnceValues(func() ([]*Lesson, error) { return LoadAll(Shipped) })

// All returns the shipped lessons in their order. The slice is the caller's;
// the lessons are shared and must not be changed.
func All() ([]*Lesson, error) {
	all, err := shipped()
	return slices.Clone(all), err
}

// Get returns a shipped lesson. The error of an unknown id is an *UnknownError
// that names the nearest ones.
func Get(id string) (*Lesson, error) {
	all, err := shipped()
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, l := range all {
		if l.ID == id {
			return l, nil
		}
		ids[i] = l.ID
	}
	return nil, &UnknownError{ID: id, Near: nearest(id, ids)}
}

// LoadAll reads every folder of fsys that has a lesson.yaml, in the lessons'
// order. Problems of all lessons come back together; the lessons returned
// beside them are the ones that could be read.
func LoadAll(fsys fs.FS) ([]*Lesson, error) {
	files, err := fs.Glob(fsys, "*/lesson.yaml")
	if err != nil {
		return nil, err
	}
	var all []*Lesson
	var problems Problems
	for _, f := range files {
		l, err := Load(fsys, path.Dir(f))
		var p Problems
		switch {
		case errors.As(err, &p):
			problems = append(problems, p...)
		case err != nil:
			return nil, err
		default:
			all = append(all, l)
		}
	}
	slices.SortStableFunc(all, func(a, b *Lesson) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return all, problems.Err()
}

// Load reads one lesson from its folder id in fsys and compares it with the
// schema. The error of a lesson that breaks it is of type Problems. What the
// schema cannot say is left to [Check].
func Load(fsys fs.FS, id string) (*Lesson, error) {
	file := path.Join(id, "lesson.yaml")
	data, err := fs.ReadFile(fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UnknownError{ID: id, Near: nearest(id, folders(fsys))}
	} else if err != nil {
		return nil, err
	}
	src, err := readSource(file, data)
	if err != nil {
		return nil, err
	}
	problems, err := src.validate()
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems
	}
	l := &Lesson{src: src}
	if err := json.Unmarshal(src.json, l); err != nil {
		return nil, Problems{{File: file, Message: err.Error()}}
	}
	if l.FS, err = fs.Sub(fsys, id); err != nil {
		return nil, fmt.Errorf("cannot open the folder of lesson %s: %w", id, err)
	}
	return l, nil
}

func folders(fsys fs.FS) []string {
	files, err := fs.Glob(fsys, "*/lesson.yaml")
	if err != nil {
		return nil // the pattern is well formed: Glob has no other error
	}
	for i := range files {
		files[i] = path.Dir(files[i])
	}
	return files
}
