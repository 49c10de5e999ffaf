package content

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// A lesson file is read in two passes. The first, here, goes line by line: it
// finds front matter, step headings and shortcodes, so that each mistake has
// its line. The Markdown between them is left to goldmark (markdown.go).

// chunk is a run of Markdown, or one shortcode with what it encloses.
type chunk struct {
	line     int    // of its first line
	text     string // Markdown; "" for a shortcode
	name     string // shortcode's name
	args     []string
	named    map[string]string
	children []chunk
}

// rawSection is a step's part of the file; the one before the first heading
// has no id.
type rawSection struct {
	line    int
	id      string
	heading string
	pin     string // en="…" of the heading
	source  []string
	chunks  []chunk
}

var (
	headingLine   = regexp.MustCompile(`^##\s+(.*?)\s*(?:\{([^{}]*)\})?\s*$`)
	attribute     = regexp.MustCompile(`^(?:#([a-z0-9][a-z0-9-]*)|([a-z]+)="([^"]*)")(?:\s+|$)`)
	shortcodeTag  = regexp.MustCompile(`\{\{[<%]\s*(/?)\s*([\w-]*)\s*(.*?)\s*[>%]\}\}`)
	shortcodeOpen = regexp.MustCompile(`\{\{[<%]`)
	shortcodeArg  = regexp.MustCompile(`^(?:([a-z_0-9]+)=)?"([^"]*)"(?:\s+|$)`)
	fenceLine     = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})")
	topLevelTitle = regexp.MustCompile(`^#\s`)
)

// shortcode is what one takes.
type shortcode struct {
	encloses bool // it has a closing tag
	args     int
	named    []string // arguments with a name
}

// The shortcodes: podlab's own, and those that the pages of kubernetes.io are
// written with.
var shortcodes = map[string]shortcode{
	"manifest": {args: 1, named: []string{"marks"}},
	"outcome":  {encloses: true, args: 1},
	"hint":     {encloses: true, args: 1},
	"question": {encloses: true, args: 1},
	// These two stand within a question.
	"answer":      {encloses: true, args: 1},
	"explanation": {encloses: true},

	"note": {encloses: true}, "caution": {encloses: true}, "warning": {encloses: true},
	"code_sample":   {named: []string{"file", "language"}},
	"codenew":       {named: []string{"file", "language"}},
	"feature-state": {named: []string{"for_k8s_version", "state"}},
	"include":       {args: 1},
	"version-check": {},
	"tabs":          {encloses: true, named: []string{"name"}},
	"tab":           {encloses: true, named: []string{"name"}},
	// These two stand within a line.
	"glossary_tooltip": {named: []string{"text", "term_id"}},
	"heading":          {args: 1},
}

// known lists the shortcodes for who used another.
var known = strings.Join(slices.Sorted(maps.Keys(shortcodes)), ", ")

type scanner struct {
	file     string
	problems lessons.Problems
	// say is the program's message of a name in the file's language, and
	// include the text of a file to include with its name; nil if there are
	// none.
	say     func(id string) string
	include func(name string) (file, text string, ok bool)
}

// inline puts text in the place of the shortcodes that stand within a line.
func (s *scanner) inline(line int, text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	return shortcodeTag.ReplaceAllStringFunc(text, func(tag string) string {
		m := shortcodeTag.FindStringSubmatch(tag)
		switch m[2] {
		case "glossary_tooltip":
			_, named := s.arguments(line, m[2], m[3])
			return cmp.Or(named["text"], strings.ReplaceAll(named["term_id"], "-", " "))
		case "heading":
			args, _ := s.arguments(line, m[2], m[3])
			switch {
			case len(args) != 1:
				return ""
			case s.say == nil: // of a page by itself it matters only that there is a heading
				return args[0]
			}
			id := "heading." + args[0]
			text := s.say(id)
			if text == id {
				s.problem(line, "unknown heading %q: expected prerequisites, objectives, cleanup or whatsnext", args[0])
			}
			return text
		}
		return tag
	})
}

func (s *scanner) problem(line int, format string, args ...any) {
	s.problems = append(s.problems, lessons.Problem{File: s.file, Line: line, Message: say.T(format, args...)})
}

// sections splits the lines of a file's body into sections and shortcodes.
// first is the number of the first line.
func (s *scanner) sections(lines []string, first int) []rawSection {
	all := []rawSection{{line: first}}
	current := &all[0]
	type open struct {
		chunk
		parent *[]chunk
	}
	var stack []open
	into := &current.chunks
	fence := ""
	closeAll := func() {
		for _, o := range stack {
			s.problem(o.line, "expected {{< /%s >}} before the section ends", o.name)
		}
		stack, into = nil, nil
	}
	for i, raw := range lines {
		line, text := first+i, raw
		if fence == "" {
			text = s.inline(line, raw)
			if m, own := headingOf(text), headingOf(raw); m != nil && own != nil {
				closeAll()
				sec := s.heading(line, m)
				sec.source = []string{strings.TrimSpace(own[1])}
				all = append(all, sec)
				current = &all[len(all)-1]
				into = &current.chunks
				continue
			}
			if topLevelTitle.MatchString(text) {
				s.problem(line, "expected no # heading: the title stands in the front matter")
				continue
			}
		}
		current.source = append(current.source, raw)
		if m := fenceLine.FindStringSubmatch(text); m != nil {
			switch {
			case fence == "":
				fence = m[1]
			case strings.HasPrefix(m[1], fence) && strings.TrimSpace(text) == m[1]:
				fence = ""
			}
		}
		if fence != "" || !shortcodeOpen.MatchString(text) {
			appendText(into, line, text)
			continue
		}
		rest := text
		for rest != "" {
			at := shortcodeTag.FindStringSubmatchIndex(rest)
			if at == nil {
				if shortcodeOpen.MatchString(rest) {
					s.problem(line, "expected a shortcode on one line: {{< name \"argument\" >}}")
				}
				appendText(into, line, rest)
				break
			}
			before := rest[:at[0]]
			closing, name, args := rest[at[2]:at[3]] != "", rest[at[4]:at[5]], rest[at[6]:at[7]]
			rest = rest[at[1]:]
			if strings.TrimSpace(before) != "" {
				appendText(into, line, before)
				if !closing {
					s.problem(line, "expected shortcode %q at the beginning of a line", name)
				}
			}
			code, there := shortcodes[name]
			switch {
			case !there:
				s.problem(line, "unknown shortcode %q: expected one of %s", name, known)
			case closing && (len(stack) == 0 || stack[len(stack)-1].name != name):
				s.problem(line, "{{< /%s >}} closes nothing", name)
			case closing:
				done := stack[len(stack)-1]
				done.children = *into
				stack = stack[:len(stack)-1]
				into = done.parent
				*into = append(*into, done.chunk)
			default:
				c := chunk{line: line, name: name}
				c.args, c.named = s.arguments(line, name, args)
				if slices.Contains(code.named, "file") { // as kubernetes.io names it, by its place there
					c.name, c.args = "manifest", nil
					if file := c.named["file"]; file != "" {
						c.args = []string{path.Base(file)}
					}
				}
				if code.encloses {
					stack = append(stack, open{c, into})
					into = new([]chunk)
				} else {
					*into = append(*into, c)
				}
			}
		}
	}
	if fence != "" {
		s.problem(first+len(lines)-1, "expected the code block to be closed with %s", fence)
	}
	closeAll()
	return all
}

// headingOf takes the line of a section's heading apart; nil of any other line.
func headingOf(text string) []string {
	if !strings.HasPrefix(text, "##") {
		return nil // as most lines are, and much faster told so
	}
	return headingLine.FindStringSubmatch(text)
}

// appendText adds a line of Markdown to the last chunk, or begins one.
func appendText(into *[]chunk, line int, text string) {
	if n := len(*into); n > 0 && (*into)[n-1].name == "" {
		(*into)[n-1].text += text + "\n"
		return
	}
	*into = append(*into, chunk{line: line, text: text + "\n"})
}

// heading reads "## Heading {#step en="hash"}".
func (s *scanner) heading(line int, m []string) rawSection {
	sec := rawSection{line: line, heading: m[1]}
	for rest := strings.TrimSpace(m[2]); rest != ""; {
		a := attribute.FindStringSubmatch(rest)
		switch {
		case a == nil:
			s.problem(line, "expected {#step-id} or {#step-id en=\"hash\"}, got {%s}", m[2])
			return sec
		case a[1] != "":
			sec.id = a[1]
		case a[2] == "en":
			sec.pin = a[3]
		default:
			s.problem(line, "unknown attribute %q: expected en=\"hash\"", a[2])
		}
		rest = rest[len(a[0]):]
	}
	if sec.id == "" {
		s.problem(line, "expected the step's id after the heading: ## %s {#step-id}", sec.heading)
	}
	return sec
}

func (s *scanner) arguments(line int, name, text string) (args []string, named map[string]string) {
	named = map[string]string{}
	for text != "" {
		m := shortcodeArg.FindStringSubmatch(text)
		if m == nil {
			s.problem(line, "expected quoted arguments of %s, got %s", name, text)
			return args, named
		}
		if m[1] == "" {
			args = append(args, m[2])
		} else {
			named[m[1]] = m[2]
		}
		text = text[len(m[0]):]
	}
	code := shortcodes[name]
	if len(args) != code.args {
		s.problem(line, "expected %d argument(s) of %s, got %d", code.args, name, len(args))
	}
	for key := range named {
		if !slices.Contains(code.named, key) {
			s.problem(line, "unknown argument %q of %s", key, name)
		}
	}
	if (name == "code_sample" || name == "codenew") && named["file"] == "" {
		s.problem(line, "expected the file to show: {{< %s file=\"pod.yaml\" >}}", name)
	}
	return args, named
}
