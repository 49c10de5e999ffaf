package choice

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	none := errors.New("docker is not installed")
	silent := errors.New("docker.io does not answer")
	root := errors.New("needs root")
	for name, c := range map[string]struct {
		engine, registry, embedded error
		images                     []string
		wanted                     string
		provider, image, why       string // provider "" means an error
	}{
		"engine and image":           {images: []string{"pinned"}, registry: silent, provider: Kind, image: "pinned", why: "docker 1 answers"},
		"engine and registry":        {provider: Kind, image: "pinned", why: "can pull"},
		"engine, offline image":      {images: []string{"offline"}, registry: silent, provider: Kind, image: "offline", why: "offline"},
		"both images":                {images: []string{"offline", "pinned"}, provider: Kind, image: "pinned"},
		"an image of one's own":      {images: []string{"pinned", "mine"}, wanted: "mine", provider: Kind, image: "mine"},
		"none in place of one's own": {images: []string{"pinned", "offline"}, wanted: "mine", registry: silent, provider: Embedded, why: "node image mine"},
		"engine without image":       {registry: silent, provider: Embedded, why: "cannot be pulled"},
		"no engine":                  {engine: none, provider: Embedded, why: "not installed"},
		"nothing":                    {engine: none, embedded: root},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Choose(Facts{
				Engine:    func() (string, error) { return "docker 1", c.engine },
				HasImage:  func(ref string) bool { return slices.Contains(c.images, ref) },
				Registry:  func() error { return c.registry },
				Embedded:  func() error { return c.embedded },
				NodeImage: c.wanted, Pinned: "pinned", Offline: "offline",
			})
			if got.Provider != c.provider || got.NodeImage != c.image || !strings.Contains(got.Why.String(), c.why) {
				t.Errorf("chose %+v, %v", got, err)
			}
			if (err == nil) != (c.provider != "") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// What cannot matter is not asked: an engine may take seconds to answer.
func TestChooseAsksInOrder(t *testing.T) {
	never := func(what string) func() error {
		return func() error { t.Errorf("%s was asked", what); return nil }
	}
	_, err := Choose(Facts{
		Engine:   func() (string, error) { return "docker", nil },
		HasImage: func(string) bool { return true },
		Registry: never("the registry"), Embedded: never("the embedded cluster"),
		Pinned: "pinned",
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMissingTellsEachWay(t *testing.T) {
	err := error(&Missing{Kind: errors.New("no engine"), Embedded: errors.New("needs root")})
	for _, want := range []string{"kind: no engine\n    → install Docker", "embedded: needs root\n    → on Linux, run podlab with sudo", "--provider existing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

func TestImageThatIsTried(t *testing.T) {
	f := Facts{HasImage: func(string) bool { return false }, Pinned: "pinned", Registry: func() error { t.Error("asked"); return nil }}
	if ref, _, err := f.Image(false); ref != "pinned" || err != nil {
		t.Errorf("%q, %v", ref, err)
	}
}
