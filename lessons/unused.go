package lessons

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// Unused finds the files of the lessons' folders that serve nothing: no line for
// the shell names them, nor does a file that is used, and the prose does not
// show them. shown lists the files that the prose of a lesson shows. The error,
// if any, is of type Problems.
func Unused(all []*Lesson, shown func(lesson string) []string) error {
	var problems Problems
	for _, l := range all {
		c := checker{lesson: l}
		c.checkUse(shown(l.ID))
		problems = append(problems, c.problems...)
	}
	return problems.Err()
}

func (c *checker) checkUse(shown []string) {
	there := c.workFiles()
	used := c.used(there, shown)
	for _, name := range sorted(there) {
		if !used[name] {
			c.addFile(there[name], say.T("nothing uses this file: name it in a command, show it in the prose or take it away"))
		}
	}
	err := fs.WalkDir(c.lesson.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains(workFolders, p) {
			return fs.SkipDir
		}
		if err == nil && !d.IsDir() && p != "lesson.yaml" {
			c.addFile(p, say.T("nothing reads this file: files for the learner are in manifests or files"))
		}
		return err
	})
	if err != nil {
		c.add("", "cannot read the lesson's folder: %v", err)
	}
}

func (c *checker) addFile(p string, message say.Text) {
	c.problems = append(c.problems, Problem{File: path.Join(c.lesson.Dir, p), Message: message})
}

// used are the files that the lesson's lines and its prose name, and those that
// these files name in turn.
func (c *checker) used(there map[string]string, shown []string) map[string]bool {
	used := map[string]bool{}
	var fresh []string
	use := func(names ...string) {
		for _, name := range names {
			if name = path.Clean(name); there[name] != "" && !used[name] {
				used[name] = true
				fresh = append(fresh, name)
			}
		}
	}
	use(shown...)
	for _, l := range c.lesson.shell() {
		use(fileWord.FindAllString(l.text, -1)...)
		use(kustomizations(l.text)...)
		for _, name := range flagFiles(l.text) {
			use(within(there, name)...)
		}
	}
	for len(fresh) > 0 {
		name := fresh[0]
		fresh = fresh[1:]
		data, err := fs.ReadFile(c.lesson.FS, there[name])
		if err != nil {
			c.addFile(there[name], say.Of(err))
			continue
		}
		for _, word := range fileWord.FindAllString(string(data), -1) {
			if word = path.Clean(word); !strings.HasPrefix(word, "..") {
				use(path.Join(path.Dir(name), word))
			}
		}
	}
	return used
}
