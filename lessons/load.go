package lessons

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/podlab/podlab/internal/say"
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

// Find returns the lesson of an id. The error of an unknown id is an
// *UnknownError that names the nearest ones.
func Find(all []*Lesson, id string) (*Lesson, error) {
	ids := make([]string, len(all))
	for i, l := range all {
		if l.ID == id {
			return l, nil
		}
		ids[i] = l.ID
	}
	return nil, &UnknownError{ID: id, Near: nearest(id, ids)}
}

// Folder is a place that holds lessons: <id>/lesson.yaml.
type Folder struct {
	Name string // what is put before the names of its files where problems name them
	FS   fs.FS
}

// LoadAll reads every folder of fsys that has a lesson.yaml. See [LoadFolders].
func LoadAll(fsys fs.FS) ([]*Lesson, error) { return LoadFolders(Folder{FS: fsys}) }

// LoadFolders reads the lessons of all folders, in the lessons' order; a lesson
// that several folders have is taken from the last of them. Problems of all
// lessons come back together; the lessons returned beside them are the ones
// that could be read.
func LoadFolders(from ...Folder) ([]*Lesson, error) {
	where := map[string]Folder{}
	for _, f := range from {
		for _, id := range folders(f.FS) {
			where[id] = f
		}
	}
	var all []*Lesson
	var problems Problems
	for _, id := range sorted(where) {
		l, err := load(where[id], id)
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
func Load(fsys fs.FS, id string) (*Lesson, error) { return load(Folder{FS: fsys}, id) }

func load(from Folder, id string) (*Lesson, error) {
	data, err := fs.ReadFile(from.FS, path.Join(id, "lesson.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UnknownError{ID: id, Near: nearest(id, folders(from.FS))}
	} else if err != nil {
		return nil, err
	}
	dir := path.Join(from.Name, id)
	src, err := readSource(path.Join(dir, "lesson.yaml"), data)
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
	l := &Lesson{Dir: dir, src: src}
	if err := json.Unmarshal(src.json, l); err != nil {
		return nil, Problems{{File: src.file, Message: say.Of(err)}}
	}
	if l.FS, err = fs.Sub(from.FS, id); err != nil {
		return nil, say.Errorf("cannot open the folder of lesson %s: %w", id, err)
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
