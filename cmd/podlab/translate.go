package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"
	"golang.org/x/text/language"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/internal/atomicfile"
	"github.com/podlab/podlab/internal/say"
)

func newTranslateCommand(o *options) *cobra.Command {
	return newGroup("translate", "See what translations lack, and keep them current",
		newTranslateStatusCommand(o),
		newTranslatePinCommand(o),
		newTranslateNewCommand(o),
	)
}

// The JSON of "podlab translate status -o json".
type (
	translations struct {
		Languages []translation `json:"languages"`
	}
	translation struct {
		Lang     content.Lang `json:"lang"`
		Lessons  int          `json:"lessons"` // that have anything in the language
		Sections struct {
			Total   int `json:"total"`
			Current int `json:"current"`
			Stale   int `json:"stale"`
			Missing int `json:"missing"`
		} `json:"sections"`
		Messages struct {
			Total   int `json:"total"`
			Missing int `json:"missing"`
		} `json:"messages"`
	}
)

func newTranslateStatusCommand(o *options) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "status [LESSON...]",
		Short: "List what is current, stale or missing in each language",
		Long: `List for every lesson (or those named) how each part of it stands in each language,
or in that of --lang: current, stale or missing. Of a stale one it shows how its English has
changed since it was translated, as far as git's history has that text.`,
		RunE: func(c *cobra.Command, ids []string) error {
			from, err := o.workshop()
			if err != nil {
				return err
			}
			lib, err := wordsOf(from)
			if err != nil {
				return err
			}
			langs := lib.Langs()
			if c.Flags().Changed("lang") {
				lang, _, err := o.language(lib)
				if err != nil {
					return err
				}
				langs = []content.Lang{lang}
			}
			states, err := statesOf(lib, langs, ids)
			if err != nil {
				return err
			}
			return write(o.streams.Out, output, sum(lib, langs, states), func(w io.Writer) {
				o.printStates(w, sum(lib, langs, states), states, func(s content.SectionStatus) string {
					return o.change(c.Context(), from, lib, s)
				})
			})
		},
	}
	outputFlag(c, &output)
	return c
}

// statesOf are the states of lessons' parts in languages; all lessons if none
// is named.
func statesOf(lib *content.Library, langs []content.Lang, ids []string) ([]content.SectionStatus, error) {
	all := lib.Status()
	known := map[string]bool{}
	for _, s := range all {
		known[s.Lesson] = true
	}
	for _, id := range ids {
		if !known[id] {
			return nil, say.Errorf("there is no English prose of a lesson %q: 'podlab translate status' lists all", id)
		}
	}
	return slices.DeleteFunc(all, func(s content.SectionStatus) bool {
		return !slices.Contains(langs, s.Lang) || len(ids) > 0 && !slices.Contains(ids, s.Lesson)
	}), nil
}

func sum(lib *content.Library, langs []content.Lang, states []content.SectionStatus) translations {
	t := translations{Languages: []translation{}}
	for _, lang := range langs {
		one := translation{Lang: lang}
		there := map[string]bool{}
		for _, s := range states {
			if s.Lang != lang {
				continue
			}
			one.Sections.Total++
			switch s.State {
			case content.SectionCurrent:
				one.Sections.Current++
			case content.SectionStale:
				one.Sections.Stale++
			case content.SectionMissing:
				one.Sections.Missing++
				continue
			}
			there[s.Lesson] = true
		}
		one.Lessons = len(there)
		m := lib.Messages(lang)
		one.Messages.Total, one.Messages.Missing = m.Total, m.Missing
		t.Languages = append(t.Languages, one)
	}
	return t
}

// printStates is the report for people: a table of all parts, what is to be done,
// and the sums.
func (o *options) printStates(w io.Writer, t translations, states []content.SectionStatus, change func(content.SectionStatus) string) {
	langs := []content.Lang{}
	for _, one := range t.Languages {
		if one.Lang != content.English || len(t.Languages) == 1 { // English is always current
			langs = append(langs, one.Lang)
		}
	}
	o.printTable(w, langs, states)
	for _, s := range states {
		if s.State == content.SectionCurrent {
			continue
		}
		place := s.File
		if s.Line > 0 {
			place = fmt.Sprintf("%s:%d", s.File, s.Line)
		}
		_, _ = fmt.Fprintf(w, "\n%s: %s\n", place, o.sayf("%s of %s is %s in %s", s.Part(), s.Lesson, sectionStates[s.State], s.Lang))
		if s.State == content.SectionStale {
			_, _ = fmt.Fprint(w, change(s))
		}
	}
	_, _ = fmt.Fprintln(w)
	for _, one := range t.Languages {
		_, _ = fmt.Fprintln(w, o.sayf("%s: %d lessons; of %d sections %d current, %d stale, %d missing; of %d messages %d missing",
			one.Lang, one.Lessons, one.Sections.Total, one.Sections.Current, one.Sections.Stale, one.Sections.Missing,
			one.Messages.Total, one.Messages.Missing))
	}
}

// sectionStates are those of sections in words.
var sectionStates = map[content.SectionState]say.Text{
	content.SectionCurrent: say.T("current"),
	content.SectionStale:   say.T("stale"),
	content.SectionMissing: say.T("missing"),
}

// printTable writes a line a part with a column a language.
func (o *options) printTable(w io.Writer, langs []content.Lang, states []content.SectionStatus) {
	type row struct{ lesson, part string }
	var rows []row
	cells := map[row]map[content.Lang]content.SectionState{}
	for _, s := range states {
		r := row{s.Lesson, s.Part()}
		if cells[r] == nil {
			cells[r] = map[content.Lang]content.SectionState{}
			rows = append(rows, r)
		}
		cells[r][s.Lang] = s.State
	}
	var t table
	head := []string{o.sayf("LESSON"), o.sayf("SECTION")}
	for _, l := range langs {
		head = append(head, string(l))
	}
	t.row(head...)
	for _, r := range rows {
		line := []string{r.lesson, r.part}
		for _, l := range langs {
			line = append(line, o.tell(sectionStates[cells[r][l]]))
		}
		t.row(line...)
	}
	t.print(w)
}

// change says how the English of a stale section has changed since it was
// translated.
func (o *options) change(ctx context.Context, from []folder, lib *content.Library, s content.SectionStatus) string {
	now := lib.Source(content.English, s.Lesson, s.Step)
	for _, f := range slices.Backward(from) {
		if before := earlier(ctx, f, s.Lesson, s.Step, s.Pin); before != "" {
			return udiff.Unified(o.sayf("the English as translated (%s)", s.Pin), o.sayf("the English now (%s)", s.Hash), before, now)
		}
	}
	return o.sayf("git's history does not have the English that this was made from (%s): compare all of the section", s.Pin) + "\n"
}

func newTranslatePinCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "pin LESSON SECTION",
		Short: "Mark a translated section as made from the English as it is now",
		Long: `Write the hash of the English section into the translation's heading: what has been
translated anew counts as current. SECTION is a step's id, or "head" for the title, summary
and introduction. Without --lang the one language is meant in which the section is
stale or has just been translated.`,
		Args: exactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			lesson, section := args[0], args[1]
			f, err := o.folderOf(lesson)
			if err != nil {
				return err
			}
			lib, err := content.Load(os.DirFS(f.content()))
			if err != nil {
				return err
			}
			step := strings.TrimSuffix(section, content.Head)
			lang := content.Lang(o.lang)
			if !c.Flags().Changed("lang") {
				if lang, err = toPin(lib, lesson, section); err != nil {
					return err
				}
			}
			if err := content.Pin(f.content(), lang, lesson, step); err != nil {
				return err
			}
			return o.print(say.T("%s of %s is current in %s", section, lesson, lang))
		},
	}
}

// toPin finds the one language in which a section is there and not current.
func toPin(lib *content.Library, lesson, section string) (content.Lang, error) {
	var langs []content.Lang
	known := false
	for _, s := range lib.Status() {
		if s.Lesson == lesson && s.Part() == section {
			known = true
			if s.State == content.SectionStale || s.Unpinned {
				langs = append(langs, s.Lang)
			}
		}
	}
	switch {
	case !known:
		return "", say.Errorf("lesson %s has no section %q: 'podlab translate status %s' lists them", lesson, section, lesson)
	case len(langs) == 0:
		return "", say.Errorf("%s of %s is nowhere stale: there is nothing to pin", section, lesson)
	case len(langs) > 1:
		return "", say.Errorf("%s of %s is to be pinned in %s: say with --lang which of them is up to date", section, lesson, langNames(langs))
	}
	return langs[0], nil
}

// folderOf is the author's folder that has the English prose of a lesson.
func (o *options) folderOf(lesson string) (folder, error) {
	from, err := o.workshop()
	if err != nil {
		return "", err
	}
	for _, f := range slices.Backward(from) {
		if _, err := os.Stat(filepath.Join(f.content(), "en", lesson+".md")); err == nil {
			return f, nil
		}
	}
	return "", say.Errorf("no folder here has content/en/%s.md: go to the folder with lessons and content, or name it with --lessons", lesson)
}

func newTranslateNewCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "new LANG",
		Short: "Begin a language, or add to one what it lacks: the English text, to be translated",
		Long: `Make content/LANG with a page for each lesson and the program's messages, in English
and marked as such, section by section. It runs at once: 'podlab --lessons DIR --lang LANG'.
Of a language that is there already only what it lacks is added.`,
		Args: exactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			lang := content.Lang(args[0])
			if tag, err := language.Parse(args[0]); err != nil || tag.String() != args[0] {
				return say.Errorf("%q is no language's tag: use one such as de, fr or es-MX", args[0])
			}
			if lang == content.English {
				return say.Errorf("nothing to translate: English is the source")
			}
			from, err := o.workshop()
			if err != nil {
				return err
			}
			if len(from) == 0 {
				return say.Errorf("there is no folder with lessons and content here: go to one, or name it with --lessons")
			}
			f := from[len(from)-1]
			n, err := begin(f, lang)
			if err != nil {
				return err
			}
			if err := o.print(say.Count(n, "%d file of %s written in %s", "%d files of %s written in %s",
				n, lang.Name(), shown(filepath.Join(f.content(), string(lang))))); err != nil {
				return err
			}
			return o.print(say.T("look at it:  podlab --lessons %s --lang %s", shown(string(f)), lang))
		},
	}
}

// begin writes what a language lacks and returns how many files that were.
func begin(f folder, lang content.Lang) (written int, err error) {
	source := filepath.Join(f.content(), "en")
	pages, err := os.ReadDir(source)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	dir := filepath.Join(f.content(), string(lang))
	if err := os.MkdirAll(dir, 0o755); err != nil { // #nosec G301 -- part of the author's own work
		return 0, err
	}
	put := func(name string, text []byte) error {
		old, err := os.ReadFile(name) // #nosec G304 -- the author's own file
		if err == nil && bytes.Equal(old, text) {
			return nil
		}
		written++
		return atomicfile.Replace(name, text, 0o644)
	}
	for _, p := range pages {
		if p.IsDir() || filepath.Ext(p.Name()) != ".md" {
			continue
		}
		english, err := os.ReadFile(filepath.Join(source, p.Name())) // #nosec G304 -- the author's own file
		if err != nil {
			return written, err
		}
		name := filepath.Join(dir, p.Name())
		own, err := os.ReadFile(name) // #nosec G304 -- the author's own file
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return written, err
		}
		if err := put(name, content.Skeleton(english, own)); err != nil {
			return written, err
		}
	}
	if slices.Contains(content.Langs, lang) {
		return written, nil
	}
	for _, name := range []string{"cli.yaml", "reports.yaml"} {
		to := filepath.Join(dir, name)
		if _, err := os.Stat(to); err == nil {
			continue
		}
		translated, err := content.Shipped.ReadFile("ja/" + name)
		if err != nil {
			return written, err
		}
		if err := put(to, content.SkeletonSentences(lang, translated)); err != nil {
			return written, err
		}
	}
	messages := filepath.Join(dir, "messages.yaml")
	if _, err := os.Stat(messages); err == nil {
		return written, nil
	}
	english, err := content.Shipped.ReadFile("en/messages.yaml")
	if err != nil {
		return written, err
	}
	return written, put(messages, content.SkeletonMessages(lang, english))
}
