package engine

import (
	"regexp"
	"slices"

	"github.com/podlab/podlab/lessons"
)

var assignment = regexp.MustCompile(`(?:^|[;&]\s*)([A-Za-z_][A-Za-z0-9_]*)=`)

// variables are the names of the shell's variables that a lesson's commands set:
// later ones rely on them, also after the shell was started anew.
func variables(l *lessons.Lesson) []string {
	var names []string
	for _, s := range l.Steps {
		for _, c := range s.Commands {
			for _, found := range assignment.FindAllStringSubmatch(c.Run, -1) {
				names = append(names, found[1])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
