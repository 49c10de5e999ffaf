package content

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// glossaries are those of each language, those of earlier folders first.
type glossaries map[Lang][]*glossary

// glossaries reads the glossaries, each with the terms of those before it.
func (all files) glossaries() (glossaries, lessons.Problems) {
	var problems lessons.Problems
	found := glossaries{}
	for _, f := range all.named(glossaryFile) {
		g, mistakes := parseGlossary(f)
		problems = append(problems, mistakes...)
		if before := found[f.lang]; len(before) > 0 {
			g.add(before[len(before)-1])
		}
		found[f.lang] = append(found[f.lang], g)
	}
	return found, problems
}

// of is the glossary that a file is held to: that of its folder and of those
// before; nil where there is none. What a later folder calls things is no matter
// to it.
func (all glossaries) of(f file) *glossary {
	var last *glossary
	for _, g := range all[f.lang] {
		if g.from <= f.from {
			last = g
		}
	}
	return last
}

// checkWords holds every language to its glossary, and the glossaries that a
// folder has of podlab's own languages to the same terms.
func (all files) checkWords() lessons.Problems {
	found, problems := all.glossaries()
	for _, lang := range Langs {
		for _, other := range Langs {
			for _, g := range found[lang] {
				for _, o := range found[other] {
					if g.from == o.from {
						problems = append(problems, g.lacks(o)...)
					}
				}
			}
		}
	}
	for _, f := range slices.Concat(all.named("*.md"), all.named("*.yaml")) {
		if f.base == glossaryFile {
			continue
		}
		g := found.of(f)
		if g == nil {
			continue
		}
		problems = append(problems, g.check(f)...)
		english, ok := all[path.Join(string(English), f.base)]
		if ok && strings.HasSuffix(f.base, ".md") && !bytes.Contains(f.data, []byte(`en="`+todo)) {
			problems = append(problems, g.compare(english, f)...)
		}
	}
	return problems
}

// lacks finds terms of another language's glossary that this one does not have.
func (g *glossary) lacks(other *glossary) lessons.Problems {
	var problems lessons.Problems
	for _, t := range other.own {
		if !slices.ContainsFunc(g.terms, func(own term) bool { return own.English == t.English }) {
			problems = append(problems, lessons.Problem{File: g.file, Message: say.T(
				"expected an entry for %q, as %s:%d has", t.English, t.file, t.line)})
		}
	}
	return problems
}
