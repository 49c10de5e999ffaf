package content

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/podlab/podlab/internal/atomicfile"
	"github.com/podlab/podlab/internal/say"
)

// Pin marks a translated section as made from the English section as it is
// now, by rewriting the pin in dir/<lang>/<lesson>.md. Step "" is the head
// (title, summary, introduction).
func Pin(dir string, lang Lang, lesson, step string) error {
	if lang == English {
		return say.Errorf("nothing to pin: English is the source")
	}
	source, _, err := readPage(dir, English, lesson)
	if err != nil {
		return err
	}
	own, data, err := readPage(dir, lang, lesson)
	if err != nil {
		return err
	}
	if _, hash, pin := own.partText(step); untranslated(pin) && !begun(pin, hash) {
		return say.Errorf("%s of %s is still the English text: translate it first", cmp.Or(step, Head), own.file)
	}
	lines := strings.Split(string(data), "\n")
	if step == "" {
		lines = pinHead(lines, source.hash)
	} else {
		english, ok := source.section(step)
		if !ok {
			return say.Errorf("lesson %s has no English section %q: it has %s", lesson, step, strings.Join(source.parts(), ", "))
		}
		line := own.lineOf(step)
		if line == 0 {
			return say.Errorf("%s has no section {#%s}: translate it first", own.file, step)
		}
		lines[line-1] = pinHeading(lines[line-1], step, english.Hash)
	}
	return atomicfile.Replace(filepath.Join(dir, filepath.FromSlash(own.file)), []byte(strings.Join(lines, "\n")), 0o644)
}

func readPage(dir string, lang Lang, lesson string) (*page, []byte, error) {
	file := string(lang) + "/" + lesson + ".md"
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file))) // #nosec G304 -- the author's own folder
	if err != nil {
		return nil, nil, err
	}
	p, problems := parsePage(file, data)
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	return p, data, nil
}

var headPin = regexp.MustCompile(`^en:.*$`)

// pinHead sets the front matter's en, which it adds at the end if it is not there.
func pinHead(lines []string, hash string) []string {
	pin := fmt.Sprintf("en: %q", hash)
	for i, l := range lines[1:] {
		if headPin.MatchString(l) {
			lines[i+1] = pin
			return lines
		}
		if strings.TrimSpace(l) == "---" {
			return append(lines[:i+1:i+1], append([]string{pin}, lines[i+1:]...)...)
		}
	}
	return lines
}

func pinHeading(line, step, hash string) string {
	head, _, _ := strings.Cut(line, "{#"+step)
	return fmt.Sprintf("%s{#%s en=%q}", head, step, hash)
}

// parts are the names of a page's parts, for messages.
func (p *page) parts() []string {
	names := []string{Head}
	for _, s := range p.sections {
		names = append(names, s.Step)
	}
	return names
}

// lineOf is the line on which a step's section begins; 0 if there is none.
func (p *page) lineOf(step string) int {
	for _, s := range p.sections {
		if s.Step == step {
			return s.line
		}
	}
	return 0
}
