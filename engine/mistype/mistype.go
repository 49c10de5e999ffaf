// Package mistype finds what a learner probably meant by a kubectl line that
// failed. It looks at the line alone: it runs nothing and asks nobody.
package mistype

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Kind is what is wrong with a line.
type Kind string

// The kinds of mistake.
const (
	Program   Kind = "program"   // kubctl
	Command   Kind = "command"   // kubectl aply
	Resource  Kind = "resource"  // kubectl get pdos
	File      Kind = "file"      // -f no such file
	Object    Kind = "object"    // a name that is nearly one of the lesson's
	Namespace Kind = "namespace" // the name is right, the namespace was not named
)

// Mistake is a word of a line and what was probably meant. For [Namespace], Wrong
// is the object's name and Right the namespace.
type Mistake struct {
	Kind         Kind
	Wrong, Right string
}

// Known is what the lesson has names for.
type Known struct {
	Files     []string // as the shell sees them
	Objects   []string // names of namespaced objects
	Resources []string // further types, such as those of the lesson's own kinds
	Namespace string   // in which the objects are
}

// commandNotFound is the exit status of a shell that finds no such program.
const commandNotFound = 127

// Find tells what was probably meant by a line that ended with an exit status.
// It finds nothing in a line that succeeded, or that it cannot read.
func Find(line string, exit int, known Known) (Mistake, bool) {
	words := strings.Fields(firstCommand(line))
	if exit == 0 || len(words) == 0 {
		return Mistake{}, false
	}
	if words[0] != kubectl {
		if right, ok := near(words[0], []string{kubectl}); ok && exit == commandNotFound {
			return Mistake{Program, words[0], right}, true
		}
		return Mistake{}, false
	}
	args := read(words[1:])
	if len(args.plain) == 0 {
		return Mistake{}, false
	}
	verb, rest := args.plain[0], args.plain[1:]
	if !slices.Contains(commands, verb) {
		return mistake(Command, verb, commands)
	}
	for _, name := range args.files {
		if m, ok := mistakenFile(name, known.Files); ok {
			return m, true
		}
	}
	return mistakenObject(verb, rest, args.namespaced, known)
}

const kubectl = "kubectl"

// firstCommand is a line up to what joins it to another one.
func firstCommand(line string) string {
	if i := strings.IndexAny(line, "|;&\n<>"); i >= 0 {
		return line[:i]
	}
	return line
}

// arguments are a kubectl line's words: those that are no flags, and what is of
// interest of the flags.
type arguments struct {
	plain, files []string
	namespaced   bool
}

func read(words []string) arguments {
	var a arguments
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "--" {
			break // what follows is for a program in a container
		}
		if !strings.HasPrefix(w, "-") {
			a.plain = append(a.plain, w)
			continue
		}
		name, value, has := strings.Cut(w, "=")
		if !has && slices.Contains(valued, name) && i+1 < len(words) {
			i++
			value = words[i]
		}
		switch name {
		case "-f", "--filename":
			a.files = append(a.files, strings.Trim(value, `"'`))
		case "-n", "--namespace", "-A", "--all-namespaces":
			a.namespaced = true
		}
	}
	return a
}

func mistakenFile(name string, files []string) (Mistake, bool) {
	if name == "" || name == "-" || strings.Contains(name, "://") || strings.ContainsAny(name, "$*") {
		return Mistake{}, false
	}
	for _, f := range files {
		if f == name || strings.HasPrefix(f, strings.TrimSuffix(name, "/")+"/") || name == "." {
			return Mistake{}, false
		}
	}
	return mistake(File, name, files)
}

// mistakenObject looks at the words after a command: a type and names, or a Pod's
// name.
func mistakenObject(verb string, rest []string, namespaced bool, known Known) (Mistake, bool) {
	if len(rest) == 0 {
		return Mistake{}, false
	}
	var names []string
	switch {
	case slices.Contains(onTypes, verb):
		kind, name, joined := strings.Cut(rest[0], "/")
		for kind := range strings.SplitSeq(kind, ",") {
			all := append(slices.Clone(resources), known.Resources...)
			if plain, _, _ := strings.Cut(strings.ToLower(kind), "."); !slices.Contains(all, plain) {
				return mistake(Resource, kind, all)
			}
		}
		if names = rest[1:]; joined {
			names = []string{name}
		}
	case slices.Contains(onPods, verb):
		names = rest[:1]
	default:
		return Mistake{}, false
	}
	for _, name := range names {
		if _, after, ok := strings.Cut(name, "/"); ok {
			name = after
		}
		switch {
		case strings.Contains(name, "$"):
		case !slices.Contains(known.Objects, name):
			if m, ok := mistake(Object, name, known.Objects); ok {
				return m, true
			}
		case !namespaced && known.Namespace != "" && known.Namespace != "default":
			return Mistake{Namespace, name, known.Namespace}, true
		}
	}
	return Mistake{}, false
}

func mistake(kind Kind, wrong string, from []string) (Mistake, bool) {
	right, ok := near(wrong, from)
	return Mistake{kind, wrong, right}, ok
}

// near is the likeliest of some names for one that was mistyped: of those within
// a typing mistake or two the nearest, the first of equals.
func near(typed string, from []string) (string, bool) {
	best, found := max(1, min(len(typed)/3, 3))+1, ""
	for _, name := range from {
		d := distance(strings.ToLower(typed), strings.ToLower(name))
		if d < best && name != typed {
			best, found = d, name
		}
	}
	return found, found != ""
}

// distance counts typing mistakes; two letters that changed places are one.
func distance(a, b string) int {
	for i := 0; len(a) == len(b) && i+1 < len(a); i++ {
		if a[:i] == b[:i] && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:] {
			if a == b {
				return 0
			}
			return 1
		}
	}
	return levenshtein.ComputeDistance(a, b)
}
