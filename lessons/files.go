package lessons

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/podlab/podlab/internal/say"
)

const kustomization = "kustomization.yaml"

var (
	// fileFlag finds the value of a flag of kubectl's that names a file or a
	// folder, with or without a key before it.
	fileFlag = regexp.MustCompile(`(?:\s-f|--filename|--from-file|--from-env-file)[= ]["']?(?:[\w.-]+=)?([^\s"']+)`)
	// kustomizeFlag finds a folder with a kustomization.
	kustomizeFlag = regexp.MustCompile(`(?:\s-k|--kustomize|kubectl kustomize)[= ]?\s*([^\s;&|-][^\s;&|]*)`)
	// fileWord finds words that may be the names of files.
	fileWord = regexp.MustCompile(`[\w.-][\w./-]*\.\w+`)
	// made finds files that a command makes.
	made = regexp.MustCompile(`>>?\s*([^\s;&|]+)|\btee\s+([^\s;&|]+)|\b(?:cp|mv)\s+\S+\s+([^\s;&|]+)`)
)

// shellLine is one line for the shell and where it stands.
type shellLine struct{ pointer, text string }

// shell lists all lines that the lesson gives to the shell.
func (l *Lesson) shell() []shellLine {
	var all []shellLine
	for i, s := range l.Steps {
		for j, cmd := range s.Commands {
			all = append(all, shellLine{fmt.Sprintf("/steps/%d/commands/%d/run", i, j), cmd.Run})
		}
		for j, w := range s.Wrong {
			for k, cmd := range w.Commands {
				all = append(all, shellLine{fmt.Sprintf("/steps/%d/wrong/%d/commands/%d/run", i, j, k), cmd.Run})
			}
		}
		for j, line := range s.Reset {
			all = append(all, shellLine{fmt.Sprintf("/steps/%d/reset/%d", i, j), line})
		}
	}
	for i, line := range l.Cleanup {
		all = append(all, shellLine{fmt.Sprintf("/cleanup/%d", i), line})
	}
	return all
}

// workFiles is [Lesson.WorkFiles]; what cannot be read is a problem.
func (c *checker) workFiles() map[string]string {
	there, err := c.lesson.WorkFiles()
	if err != nil {
		c.add("", "%v", err)
	}
	return there
}

// checkFiles compares the files that kubectl's flags name with those that are
// there, and the images of the manifests with those that the lesson lists.
func (c *checker) checkFiles() {
	there, lines := c.workFiles(), c.lesson.shell()
	created := map[string]bool{}
	for _, l := range lines {
		for _, m := range made.FindAllStringSubmatch(l.text, -1) {
			created[path.Clean(m[1]+m[2]+m[3])] = true
		}
	}
	for _, l := range lines {
		for _, name := range append(kustomizations(l.text), flagFiles(l.text)...) {
			if !created[name] && len(within(there, name)) == 0 {
				c.add(l.pointer, "no file %s in manifests or files", name)
			}
		}
	}
	images := map[string]bool{}
	for _, name := range sorted(there) {
		if p := there[name]; strings.HasPrefix(p, "manifests/") {
			c.checkManifest(p, images)
		}
	}
	for i, ref := range c.lesson.Images {
		if !images[ref] {
			c.add(fmt.Sprintf("/images/%d", i), "no manifest has the image %s", ref)
		}
	}
}

// flagFiles are the files and folders that a line names in kubectl's flags, but
// for those that are none of the lesson's.
func flagFiles(line string) []string {
	var names []string
	for _, m := range fileFlag.FindAllStringSubmatch(line, -1) {
		name := path.Clean(m[1])
		if name == "-" || path.IsAbs(name) || strings.Contains(m[1], "://") || strings.Contains(name, "$") {
			continue
		}
		names = append(names, name)
	}
	return names
}

// kustomizations are the files by which kubectl puts together the folders that
// a line names.
func kustomizations(line string) []string {
	var names []string
	for _, m := range kustomizeFlag.FindAllStringSubmatch(line, -1) {
		names = append(names, path.Join(m[1], kustomization))
	}
	return names
}

// within are the files at a path or below it.
func within(there map[string]string, name string) []string {
	var files []string
	for file := range there {
		if file == name || name == "." || strings.HasPrefix(file, name+"/") {
			files = append(files, file)
		}
	}
	return files
}

var imageLine = regexp.MustCompile(`^\s*(?:- )?image:\s*["']?([^"'\s#]+)`)

// checkManifest reads a manifest's objects and notes its images.
func (c *checker) checkManifest(p string, images map[string]bool) {
	if path.Base(p) == kustomization {
		return // a file of kubectl's, not an object
	}
	file := path.Join(c.lesson.Dir, p)
	data, err := fs.ReadFile(c.lesson.FS, p)
	if err != nil {
		c.problems = append(c.problems, Problem{File: file, Message: say.Of(err)})
		return
	}
	line := 1
	for doc := range strings.SplitSeq(string(data), "\n---\n") {
		var object struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Metadata   struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		if err := yaml.Unmarshal([]byte(doc), &object); err != nil {
			c.problems = append(c.problems, Problem{file, line, say.T("expected a Kubernetes object: %v", err)})
		} else if object.APIVersion == "" || object.Kind == "" || object.Metadata.Name == "" && object.Kind != "List" {
			c.problems = append(c.problems, Problem{file, line, say.T("expected apiVersion, kind and metadata.name")})
		}
		line += strings.Count(doc, "\n") + 2
	}
	for i, text := range strings.Split(string(data), "\n") {
		if m := imageLine.FindStringSubmatch(text); m != nil {
			images[m[1]] = true
			if !slices.Contains(c.lesson.Images, m[1]) {
				c.problems = append(c.problems, Problem{file, i + 1, say.T("image %s is not in the lesson's images", m[1])})
			}
		}
	}
}
