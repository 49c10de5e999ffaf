package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/content"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// golden compares a screen with the file of its name.
func golden(t *testing.T, name, screen string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(screen+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), screen+"\n"); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

var sizes = []struct{ w, h int }{{80, 24}, {120, 40}, {160, 48}}

func TestGoldenFrames(t *testing.T) {
	for _, lang := range []content.Lang{content.English, content.Japanese} {
		word := map[string]string{"met": "reached", "next": "next:", "hint": "Hint 1", "restarted": "restartCount"}
		if lang == content.Japanese {
			word = map[string]string{"met": "確認済み", "next": "次:", "hint": "ヒント 1", "restarted": "restartCount"}
		}
		for _, size := range sizes {
			name := func(what string) string { return fmt.Sprintf("%s-%s-%dx%d", what, lang, size.w, size.h) }
			t.Run(name("screens"), func(t *testing.T) {
				s := start(t, size.w, size.h, func(c *Config) { c.Lang = lang })
				take := func(what, screen string) {
					t.Helper()
					whole(t, screen, size.w)
					golden(t, name(what), screen)
				}
				take("list", s.shows("embedded", "1/3", "0/1"))
				s.press("enter")
				take("lesson", s.shows("$ kubectl create namespace", "│$"))
				s.press("h")
				take("hint", s.shows(word["hint"]))
				s.press("enter")
				take("step-done", s.shows(word["met"], word["next"], "namespace/mem-example created"))
				s.press("enter")
				s.shows("$ kubectl apply")
				s.press("enter")
				take("half-met", s.shows("1/2", "$ kubectl get pods", "pod/memory-demo-2 created"))
				s.press("?")
				take("help", s.shows("  R  "))
			})
		}
	}
}

func TestGoldenStarting(t *testing.T) {
	for _, lang := range []content.Lang{content.English, content.Japanese} {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", lang, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				s := start(t, size.w, size.h, func(c *Config) {
					c.Lang = lang
					c.Cluster = &fakeCluster{progress: stages, hold: make(chan struct{})}
					c.Notices = []string{"another podlab (pid 123) uses this cluster"}
				})
				screen := s.shows("812/812", "2/6", "1/3")
				whole(t, screen, size.w)
				golden(t, "starting-"+name, screen)
				s.press("enter")
				screen = s.shows("812/812", "mem-example")
				whole(t, screen, size.w)
				golden(t, "reading-"+name, screen)
			})
		}
	}
}

// Texts of all scripts stand in the prose pane, whatever messages there are.
func TestGoldenScripts(t *testing.T) {
	for lang, text := range map[content.Lang]string{content.Ukrainian: "Простір імен", content.Chinese: "命名空间"} {
		for _, size := range sizes[:2] {
			name := fmt.Sprintf("script-%s-%dx%d", lang, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				s := start(t, size.w, size.h, func(c *Config) { c.Lang, c.Lesson = lang, "memory" })
				screen := s.shows(text, "embedded", "│$")
				whole(t, screen, size.w)
				golden(t, name, screen)
			})
		}
	}
}

// What lies above a page: the list of everything that can be done, and a lesson's
// end.
func TestGoldenDialogs(t *testing.T) {
	for lang, word := range map[content.Lang][3]string{
		content.English:  {"What do you want", "4 outcomes were", "The solution was run"},
		content.Japanese: {"何をしますか", "4件の結果", "解答を実行しました"},
	} {
		for _, size := range sizes {
			name := func(what string) string { return fmt.Sprintf("%s-%s-%dx%d", what, lang, size.w, size.h) }
			t.Run(name("dialogs"), func(t *testing.T) {
				s := start(t, size.w, size.h, func(c *Config) { c.Lang, c.Lesson = lang, "memory" })
				take := func(what, screen string) {
					t.Helper()
					whole(t, screen, size.w)
					golden(t, name(what), screen)
				}
				s.shows("embedded", "│$")
				s.press(":")
				s.shows(word[0])
				s.press("exceed")
				take("palette", s.until("what was typed", func(screen string) bool {
					return strings.Contains(screen, "› exceed ")
				}))
				s.press("\x03") // an escape would be one with the next key
				s.gone(word[0])
				s.press("S")
				s.shows("$ kubectl apply")
				s.press("S")
				s.shows("$ kubectl delete")
				s.press("S")
				take("summary", s.shows(word[1], word[2]))
			})
		}
	}
}

func TestGoldenTooSmall(t *testing.T) {
	for _, tt := range []struct {
		name string
		w, h int
		lang content.Lang
		text string
	}{
		{"small-en", 50, 12, content.English, "60×16"},
		{"small-ja", 50, 12, content.Japanese, "60×16"},
		{"tiny", 20, 5, content.English, "60×16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, 80, 24, func(c *Config) { c.Lang, c.Lesson = tt.lang, "memory" })
			s.shows("$ kubectl create", "│$")
			s.resize(tt.w, tt.h)
			screen := s.shows(tt.text)
			whole(t, screen, tt.w)
			golden(t, tt.name, screen)
			s.resize(80, 24)
			s.shows("$ kubectl create", "│$")
		})
	}
}

func TestGoldenASCII(t *testing.T) {
	s := start(t, 80, 24, func(c *Config) { c.ASCII, c.NoColor, c.Lesson = true, true, "memory" })
	s.shows("$ kubectl create", "|$")
	s.press("enter")
	screen := s.shows("reached", "namespace/mem-example created")
	for _, r := range screen {
		if r > 0x7e && r != '日' {
			t.Errorf("%q is no ASCII", r)
		}
	}
	golden(t, "ascii-80x24", screen)
}
