package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/internal/atomicfile"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

func newNewCommand(o *options) *cobra.Command {
	return newGroup("new", "Begin a lesson", newNewLessonCommand(o))
}

func newNewLessonCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "lesson ID",
		Short: "Write the skeleton of a lesson: it is complete, and yours to change",
		Long: `Write lessons/ID with its steps and a manifest, and content/en/ID.md with its words.
The lesson can be checked, previewed and played at once. It is written to the folder of
--lessons, else to the nearest one that has both lessons and content, else here.`,
		Args: exactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := o.writable()
			if err != nil {
				return err
			}
			files, err := newLesson(f, args[0], time.Now())
			if err != nil {
				return err
			}
			for _, name := range files {
				if _, err := fmt.Fprintln(o.streams.Out, shown(name)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// writable is the one folder to write a new lesson to; it need not be there.
func (o *options) writable() (folder, error) {
	dirs := o.named()
	switch {
	case len(dirs) > 1:
		return "", say.Errorf("--lessons names several folders: name the one to write to")
	case len(dirs) == 1:
		return folder(filepath.Clean(dirs[0])), nil
	}
	if f := nearest(); f != "" {
		return f, nil
	}
	here, err := os.Getwd()
	return folder(here), err
}

//go:embed skeleton
var skeleton embed.FS

var lessonID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// newLesson writes the files of a lesson that is not there yet, and returns
// their names. After an error none of them is there.
func newLesson(f folder, id string, now time.Time) (written []string, err error) {
	if !lessonID.MatchString(id) || len(id) > 50 {
		return nil, say.Errorf("%q is no id: use at most 50 lower-case letters, digits and hyphens, beginning with a letter", id)
	}
	from := []folder{}
	if f.has() {
		from = append(from, f)
	}
	all, err := lessonsOf(from)
	if broken := (lessons.Problems{}); err != nil && !errors.As(err, &broken) {
		return nil, err
	}
	order := 1
	for _, l := range all {
		order = max(order, l.Order+1)
	}
	data := struct {
		ID, Title, Today string
		Order            int
	}{id, title(id), now.Format(time.DateOnly), order}
	targets := []struct{ from, to string }{
		{"lesson.yaml", filepath.Join(f.lessons(), id, "lesson.yaml")},
		{"manifest.yaml", filepath.Join(f.lessons(), id, "manifests", id+".yaml")},
		{"prose.md", filepath.Join(f.content(), "en", id+".md")},
	}
	for _, t := range targets {
		if _, err := os.Stat(t.to); err == nil {
			return nil, say.Errorf("%s is there already: choose another id", shown(t.to))
		}
	}
	defer func() {
		if err == nil {
			return
		}
		for _, name := range written { // half a lesson would stand in the way of the next attempt
			err = errors.Join(err, os.Remove(name))
		}
		written = nil
	}()
	for _, t := range targets {
		tmpl, err := template.ParseFS(skeleton, "skeleton/"+t.from)
		if err != nil {
			return written, err
		}
		var text bytes.Buffer
		if err := tmpl.Execute(&text, data); err != nil {
			return written, err
		}
		if err := os.MkdirAll(filepath.Dir(t.to), 0o755); err != nil { // #nosec G301 -- the author's own work
			return written, err
		}
		if err := atomicfile.Replace(t.to, text.Bytes(), 0o644); err != nil {
			return written, err
		}
		written = append(written, t.to)
	}
	return written, nil
}

// title makes a title of an id.
func title(id string) string {
	words := strings.ReplaceAll(id, "-", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
