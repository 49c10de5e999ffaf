package content

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// todo begins the pin of a part that is a copy of the English one, to be
// translated. The hash of the copied text follows it.
const todo = "?"

func untranslated(pin string) bool { return strings.HasPrefix(pin, todo) }

// begun says of an untranslated part whether somebody has worked on it: whether
// it is no longer the text that was copied.
func begun(pin, hash string) bool { return untranslated(pin) && pin != todo+hash }

// Skeleton is a lesson's page to be translated: the English one, each part of
// it with a pin that says so, by which it counts as missing and is shown as the
// English it is. What own, an earlier state of the page, has in a part that was
// translated or begun stays as it is; own may be nil.
func Skeleton(english, own []byte) []byte {
	source, translated := divide(english), divide(own)
	var out bytes.Buffer
	for _, part := range source {
		mine, there := find(translated, part.step)
		if !there || mine.pin == todo+mine.hash {
			mine = part.copied()
		}
		out.WriteString(mine.text)
	}
	for _, part := range translated { // what English does not have is for lint to report
		if _, there := find(source, part.step); !there {
			out.WriteString(part.text)
		}
	}
	return append(bytes.TrimRight(out.Bytes(), "\n"), '\n')
}

// part is the text of a page's head (step "") or of one of its sections.
type part struct{ step, text, pin, hash string }

// divide cuts a page's text into its parts; none of an empty text.
func divide(data []byte) []part {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	p, _ := parsePage("", data) // mistakes stay where they are
	lines := strings.SplitAfter(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	parts := []part{{pin: p.pin, hash: p.hash}}
	from := 0
	for _, s := range p.sections {
		parts[len(parts)-1].text = strings.Join(lines[from:s.line-1], "")
		parts = append(parts, part{step: s.Step, pin: s.Pin, hash: s.Hash})
		from = s.line - 1
	}
	parts[len(parts)-1].text = strings.TrimRight(strings.Join(lines[from:], ""), "\n") + "\n\n"
	return parts
}

func find(parts []part, step string) (part, bool) {
	for _, p := range parts {
		if p.step == step {
			return p, true
		}
	}
	return part{}, false
}

// copied is an English part as one that is to be translated.
func (p part) copied() part {
	first, rest, _ := strings.Cut(p.text, "\n")
	if p.step == "" {
		p.text = strings.Join(pinHead(strings.Split(p.text, "\n"), todo+p.hash), "\n")
	} else {
		p.text = pinHeading(first, p.step, todo+p.hash) + "\n" + rest
	}
	return p
}

var messageLine = regexp.MustCompile(`(?m)^([^#\n].*)$`)

// SkeletonSentences is a cli.yaml or reports.yaml to be translated, made from that
// of one of podlab's languages: every sentence in English, commented out.
func SkeletonSentences(lang Lang, translated []byte) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Sentences of the program in %s. Take the # away from each that you have translated.\n"+
		"# Values such as %%s stay; %%[2]s changes their order.\n", lang.Name())
	for line := range strings.Lines(string(translated)) {
		key := messageKey.FindString(line)
		switch {
		case line == "\n", strings.HasPrefix(line, "# ") && out.Len() > 0 && bytes.HasSuffix(out.Bytes(), []byte("\n\n")):
			out.WriteString(line)
		case strings.HasPrefix(key, `"`) && strings.TrimSpace(line) == key: // it counts
			fmt.Fprintf(&out, "#%s\n", key)
			for _, form := range plurals(lang) {
				fmt.Fprintf(&out, "#  %s: %s\n", form, strings.TrimSuffix(key, ":"))
			}
		case strings.HasPrefix(key, `"`):
			fmt.Fprintf(&out, "#%s %s\n", key, strings.TrimSuffix(key, ":"))
		}
	}
	return out.Bytes()
}

// SkeletonMessages is a messages.yaml to be translated: the English one with
// every message commented out. Until then a message comes in English.
func SkeletonMessages(lang Lang, english []byte) []byte {
	head := fmt.Sprintf("# The program's words in %s. Take the # away from each message that you have translated.\n"+
		"# Plural forms: %s.\n\n", lang.Name(), strings.Join(plurals(lang), ", "))
	body := string(english)
	for strings.HasPrefix(body, "#") { // English's own remarks
		_, body, _ = strings.Cut(body, "\n")
	}
	return []byte(head + messageLine.ReplaceAllString(strings.TrimLeft(body, "\n"), "#$1"))
}
