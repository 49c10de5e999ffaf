package lessons

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// workFolders are the folders of a lesson that the learner's shell sees.
var workFolders = []string{"manifests", "files"}

// WorkFiles are the lesson's manifests and files by their names as the learner's
// shell sees them, and where they stand in FS.
func (l *Lesson) WorkFiles() (map[string]string, error) {
	there := map[string]string{}
	if l.FS == nil {
		return there, nil
	}
	for _, dir := range workFolders {
		err := fs.WalkDir(l.FS, dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				there[strings.TrimPrefix(p, dir+"/")] = p
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return there, say.Errorf("cannot read the lesson's files: %w", err)
		}
	}
	return there, nil
}

// UsedBy picks from names, those of work files, the ones that a step's commands
// name, themselves or by a folder that they are in.
func (s *Step) UsedBy(names []string) []string {
	var used []string
	for _, c := range s.Commands {
		words := fileWord.FindAllString(c.Run, -1)
		folders := append(flagFiles(c.Run), kustomizations(c.Run)...)
		for _, name := range names {
			named := slices.Contains(words, name) || slices.ContainsFunc(folders, func(f string) bool {
				return name == path.Clean(f) || f == "." || strings.HasPrefix(name, path.Clean(f)+"/")
			})
			if named && !slices.Contains(used, name) {
				used = append(used, name)
			}
		}
	}
	slices.Sort(used)
	return used
}
