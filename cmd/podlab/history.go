package main

import (
	"context"
	"os/exec"
	"path"
	"strings"

	"github.com/podlab/podlab/content"
)

// earlier finds the English text that a translation was made from: the one in
// git's history of the lesson's page whose hash is the pin. It is "" where git
// or its history does not have it.
func earlier(ctx context.Context, f folder, lesson, step, pin string) string {
	page := path.Join("en", lesson+".md")
	commits, err := git(ctx, f, "log", "--format=%H", "--", page)
	if err != nil || pin == "" {
		return "" // no git, or no repository: nothing can be compared
	}
	for commit := range strings.FieldsSeq(commits) {
		text, err := git(ctx, f, "show", commit+":./"+page)
		if err != nil {
			continue // the commit that took the page away
		}
		if section, hash := content.SourceOf([]byte(text), step); hash == pin {
			return section
		}
	}
	return ""
}

func git(ctx context.Context, f folder, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "git", args...) // #nosec G204 -- the program's own words
	c.Dir = f.content()
	out, err := c.Output()
	return string(out), err
}
