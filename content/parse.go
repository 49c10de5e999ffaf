package content

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// page is one lesson in one language, as its file has it.
type page struct {
	file           string
	title, summary string
	intro          []Block
	// hash and pin are those of the head: title, summary and introduction.
	hash, pin string
	// untranslated is set where the head is the English one, to be translated.
	untranslated bool
	source       []string // of the head, without the pin
	sections     []pageSection
	manifests    []manifestUse
}

type pageSection struct {
	Section
	line                  int
	untranslated          bool     // the text is the English one, to be translated
	source                []string // heading and body, without id and pin
	outcomeLine, hintLine map[string]int
	askLine               int // of the question
}

// manifestUse is a manifest shortcode, for Check.
type manifestUse struct {
	line  int
	file  string
	marks []int
}

type frontMatter struct {
	Title   string `yaml:"title"`
	Summary string `yaml:"summary"`
	English string `yaml:"en"` // pin of the head
}

// parsePage reads one Markdown file by itself. See [parsePageIn].
func parsePage(file string, data []byte) (*page, lessons.Problems) {
	return parsePageIn(file, data, scanner{})
}

// parsePageIn reads one Markdown file among those that s knows of. It returns
// what it could read beside the problems it found.
func parsePageIn(file string, data []byte, around scanner) (*page, lessons.Problems) {
	s := &around
	s.file = file
	text := strings.ReplaceAll(string(bytes.TrimPrefix(data, []byte("\ufeff"))), "\r\n", "\n")
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	p := &page{file: file}
	front, body := s.frontMatter(lines)
	p.title, p.summary = front.Title, front.Summary
	p.pin, p.untranslated = front.English, untranslated(front.English)
	raw := s.sections(lines[body:], body+1)
	p.manifests = collectManifests(s, raw)
	p.intro = s.blocks(withoutNotes(s, raw[0].chunks))
	p.source = append([]string{p.title, p.summary}, raw[0].source...)
	p.hash = hash(p.source)
	seen := map[string]bool{}
	for _, sec := range raw[1:] {
		if sec.id == "" {
			continue // reported by the scanner
		}
		if seen[sec.id] {
			s.problem(sec.line, "expected one section for step %q: there is another above", sec.id)
			continue
		}
		seen[sec.id] = true
		p.sections = append(p.sections, s.section(sec))
	}
	return p, s.problems.Compact()
}

// frontMatter reads the YAML between the first two --- lines and returns the
// index of the line after it.
func (s *scanner) frontMatter(lines []string) (front frontMatter, next int) {
	end := -1
	if strings.TrimRight(lines[0], " ") == "---" {
		for i, l := range lines[1:] {
			if strings.TrimRight(l, " ") == "---" {
				end = i + 1
				break
			}
		}
	}
	if end < 0 {
		s.problem(1, "expected front matter between two lines ---, with title and summary")
		return front, 0
	}
	matter := strings.Join(lines[1:end], "\n")
	if err := yaml.UnmarshalWithOptions([]byte(matter), &front, yaml.DisallowUnknownField()); err != nil {
		line, msg := yamlMistake(err)
		s.problem(line+1, "front matter: %s", msg)
		return front, end + 1
	}
	for _, f := range []struct{ name, value string }{{"title", front.Title}, {"summary", front.Summary}} {
		if f.value == "" {
			s.problem(1, "expected %q in the front matter", f.name)
		}
	}
	return front, end + 1
}

func (s *scanner) section(raw rawSection) pageSection {
	out := pageSection{
		Section: Section{
			Step: raw.id, Heading: s.plain([]chunk{{line: raw.line, text: raw.heading}}), Pin: raw.pin,
			Outcomes: map[string]string{}, Hints: map[string]string{},
		},
		line:         raw.line,
		untranslated: untranslated(raw.pin),
		source:       raw.source,
		outcomeLine:  map[string]int{}, hintLine: map[string]int{},
	}
	out.Hash = hash(out.source)
	if out.Heading == "" {
		s.problem(raw.line, "expected a heading before {#%s}", raw.id)
	}
	var prose []chunk
	for _, c := range raw.chunks {
		texts, at := out.Outcomes, out.outcomeLine
		switch c.name {
		case "hint":
			texts, at = out.Hints, out.hintLine
		case "outcome":
		case "question":
			s.ask(&out, c)
			prose = append(prose, c)
			continue
		default:
			prose = append(prose, c)
			continue
		}
		if len(c.args) != 1 {
			continue // reported by the scanner
		}
		id := c.args[0]
		if _, twice := texts[id]; twice {
			s.problem(c.line, "expected one text for %s %q: there is another above", c.name, id)
		}
		texts[id], at[id] = s.plain(c.children), c.line
		if texts[id] == "" {
			s.problem(c.line, "expected the text of %s %q", c.name, id)
		}
	}
	out.Blocks = s.blocks(prose)
	return out
}

// withoutNotes drops outcomes, hints and questions, which have no place in an introduction.
func withoutNotes(s *scanner, chunks []chunk) []chunk {
	var out []chunk
	for _, c := range chunks {
		if c.name == "outcome" || c.name == "hint" || c.name == "question" {
			s.problem(c.line, "expected %s inside a step's section", c.name)
			continue
		}
		out = append(out, c)
	}
	return out
}

func collectManifests(s *scanner, raw []rawSection) []manifestUse {
	var out []manifestUse
	var walk func([]chunk)
	walk = func(chunks []chunk) {
		for _, c := range chunks {
			if c.name == "manifest" && len(c.args) == 1 {
				quiet := scanner{file: s.file} // marks are reported where blocks are made
				out = append(out, manifestUse{c.line, c.args[0], quiet.marks(c.line, c.named["marks"])})
			}
			walk(c.children)
		}
	}
	for _, r := range raw {
		walk(r.chunks)
	}
	return out
}

// hash is the first eight hexadecimal digits of the SHA-256 of a section's
// source, without the differences that do not change what is said: space at
// the ends of lines and how many blank lines stand between two paragraphs.
func hash(lines []string) string {
	var b strings.Builder
	blank := false
	for _, l := range lines {
		l = strings.TrimRight(l, " \t")
		if l == "" {
			blank = b.Len() > 0
			continue
		}
		if blank {
			b.WriteByte('\n')
			blank = false
		}
		b.WriteString(l + "\n")
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:4])
}

// yamlMistake takes the line and the message out of a YAML error.
func yamlMistake(err error) (line int, message say.Text) {
	var at yaml.Error
	if errors.As(err, &at) {
		if t := at.GetToken(); t != nil {
			return t.Position.Line, say.Plain(at.GetMessage())
		}
		return 1, say.Plain(at.GetMessage())
	}
	return 1, say.Of(err)
}

// partText is the source of a step's section, or of the head for step "", with
// its hash and pin. All are "" where the page has none.
func (p *page) partText(step string) (text, hash, pin string) {
	if step == "" {
		return join(p.source), p.hash, p.pin
	}
	for _, s := range p.sections {
		if s.Step == step {
			return join(s.source), s.Hash, s.Pin
		}
	}
	return "", "", ""
}

func join(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.TrimSpace(strings.Join(lines, "\n")) + "\n"
}
