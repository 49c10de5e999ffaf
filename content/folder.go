package content

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// file is one file of words.
type file struct {
	lang Lang
	base string // name in the language's folder
	name string // as problems name it
	data []byte
	from int // which of the folders has it
}

// glossaryFile is the name of a glossary in the language's folder.
const glossaryFile = "glossary.yaml"

// includes is the folder, in that of a language, of texts that pages include.
const includes = "includes"

// files are all files of words by their place, such as "ja/messages.yaml".
type files map[string]file

var langName = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// gather reads the words of all folders; the last one that has a file counts.
// Glossaries add up: that of each folder is kept.
func gather(folders []Folder) (files, error) {
	all := files{}
	for i, folder := range folders {
		for _, pattern := range []string{"*.md", includes + "/*.md", "messages.yaml", "cli.yaml", "reports.yaml", glossaryFile} {
			found, err := fs.Glob(folder.FS, "*/"+pattern)
			if err != nil {
				return nil, err
			}
			for _, p := range found {
				lang, base, _ := strings.Cut(p, "/")
				if !langName.MatchString(lang) {
					continue
				}
				data, err := fs.ReadFile(folder.FS, p)
				if err != nil {
					return nil, err
				}
				place := p
				if base == glossaryFile {
					place = fmt.Sprintf("%d/%s", i, p)
				}
				all[place] = file{Lang(lang), base, path.Join(folder.Name, p), data, i}
			}
		}
	}
	return all, nil
}

// langs are podlab's own languages and those that have words, in this order.
func (all files) langs() []Lang {
	more := map[Lang]bool{}
	for _, f := range all {
		if !slices.Contains(Langs, f.lang) {
			more[f.lang] = true
		}
	}
	return append(slices.Clone(Langs), slices.Sorted(maps.Keys(more))...)
}

// named are the files whose name in the language's folder matches a pattern,
// the English ones first, those of earlier folders before those of later ones.
func (all files) named(pattern string) []file {
	var out []file
	for _, f := range all {
		if ok, err := path.Match(pattern, f.base); err == nil && ok {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b file) int {
		return cmp.Or(rank(a.lang)-rank(b.lang), a.from-b.from, cmp.Compare(a.name, b.name))
	})
	return out
}

func rank(lang Lang) int {
	if lang == English {
		return 0
	}
	return 1
}
