package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// folder is a place on disk with lessons and words: lessons/<id>/lesson.yaml
// and content/<lang>/<id>.md, as podlab's own repository has them.
type folder string

func (f folder) lessons() string { return filepath.Join(string(f), "lessons") }
func (f folder) content() string { return filepath.Join(string(f), "content") }

// has says whether the folder has lessons or words at all.
func (f folder) has() bool { return isDir(f.lessons()) || isDir(f.content()) }

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// named is the path list of --lessons, without what is empty between two separators.
func (o *options) named() []string {
	return slices.DeleteFunc(filepath.SplitList(o.lessons), func(dir string) bool { return dir == "" })
}

// folders are the places that --lessons names, in its order.
func (o *options) folders() ([]folder, error) {
	var all []folder
	for _, dir := range o.named() {
		f := folder(filepath.Clean(dir))
		if !f.has() && filepath.Base(dir) == "lessons" {
			f = folder(filepath.Dir(string(f)))
		}
		if !f.has() {
			return nil, say.Errorf("%s has no lessons: 'podlab new lesson my-lesson --lessons %s' makes one", dir, dir)
		}
		all = append(all, f)
	}
	return all, nil
}

// nearest is the folder with lessons and words that holds the working folder,
// or "" if none does.
func nearest() folder {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if f := folder(dir); isDir(f.lessons()) && isDir(f.content()) {
			return f
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// workshop is where authors work: what --lessons names, or else the nearest
// folder with lessons and words. There may be none.
func (o *options) workshop() ([]folder, error) {
	all, err := o.folders()
	if near := nearest(); err == nil && len(all) == 0 && near != "" {
		all = []folder{near}
	}
	return all, err
}

// lessonsOf loads the lessons that are built in and those of folders, which
// count where both have one. Beside an error that lists what is wrong with some
// lessons it returns the others.
func lessonsOf(folders []folder) ([]*lessons.Lesson, error) {
	from := []lessons.Folder{{Name: "lessons", FS: lessons.Shipped}}
	for _, f := range folders {
		if isDir(f.lessons()) {
			from = append(from, lessons.Folder{Name: shown(f.lessons()), FS: os.DirFS(f.lessons())})
		}
	}
	return lessons.LoadFolders(from...)
}

// wordsOf loads the words that are built in and those of folders.
func wordsOf(folders []folder) (*content.Library, error) {
	if len(folders) == 0 {
		return content.Default()
	}
	return content.LoadFolders(wordFolders(folders)...)
}

// wordFolders are the places with words: the program itself, then folders.
func wordFolders(folders []folder) []content.Folder {
	from := []content.Folder{{Name: "content", FS: content.Shipped}}
	for _, f := range folders {
		if isDir(f.content()) {
			from = append(from, content.Folder{Name: shown(f.content()), FS: os.DirFS(f.content())})
		}
	}
	return from
}

// messagesOf loads the program's messages without the prose.
func messagesOf(folders []folder) (*content.Library, error) {
	return content.LoadMessages(wordFolders(folders)...)
}

// shown is the name of a file as people read it: from the working folder on
// where it lies below that.
func shown(name string) string {
	dir, err := os.Getwd()
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(name)
}

// catalog are the lessons to teach.
func (o *options) catalog() ([]*lessons.Lesson, error) {
	from, err := o.folders()
	if err != nil {
		return nil, err
	}
	all, err := lessonsOf(from)
	if broken := (lessons.Problems{}); errors.As(err, &broken) {
		return nil, say.Errorf("%w\n'podlab lint' checks all that belongs to the lessons", err)
	}
	return all, err
}

// isShipped says whether a lesson is one of those that are built in.
func isShipped(id string) bool {
	_, err := fs.Stat(lessons.Shipped, path.Join(id, "lesson.yaml"))
	return err == nil
}
