package content

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Pin marks a translated section as made from the English section as it is
// now, by rewriting the pin in dir/<lang>/<lesson>.md. Step "" is the head
// (title, summary, introduction).
func Pin(dir string, lang Lang, lesson, step string) error {
	if lang == English {
		return errors.New("nothing to pin: English is the source")
	}
	source, _, err := readPage(dir, English, lesson)
	if err != nil {
		return err
	}
	own, data, err := readPage(dir, lang, lesson)
	if err != nil {
		return err
	}
	lines := strings.Split(string(data), "\n")
	if step == "" {
		lines = pinHead(lines, source.hash)
	} else {
		english, ok := source.section(step)
		if !ok {
			return fmt.Errorf("step %s of %s: there is no English section to pin to", step, lesson)
		}
		line := 0
		for _, s := range own.sections {
			if s.Step == step {
				line = s.line
			}
		}
		if line == 0 {
			return fmt.Errorf("%s has no section {#%s}: translate it first", own.file, step)
		}
		lines[line-1] = pinHeading(lines[line-1], step, english.Hash)
	}
	name := filepath.Join(dir, filepath.FromSlash(own.file))
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(strings.Join(lines, "\n")), info.Mode().Perm())
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
