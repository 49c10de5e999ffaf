package images

import (
	"github.com/distribution/reference"

	"github.com/podlab/podlab/internal/say"
)

// Normalize returns a reference in full, as container runtimes know it: with
// its registry and its tag, such as "docker.io/library/nginx:latest" for
// "nginx".
func Normalize(ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", say.Errorf("image %q: %w: write it as registry/name:tag", ref, err)
	}
	return reference.TagNameOnly(named).String(), nil
}

// normalizeAll normalizes the references, in order, each once.
func normalizeAll(refs []string) ([]string, error) {
	seen := make(map[string]bool, len(refs))
	full := make([]string, 0, len(refs))
	for _, ref := range refs {
		name, err := Normalize(ref)
		if err != nil {
			return nil, err
		}
		if !seen[name] {
			seen[name] = true
			full = append(full, name)
		}
	}
	return full, nil
}
