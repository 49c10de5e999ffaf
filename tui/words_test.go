package tui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/tui/paint"
	"github.com/podlab/podlab/tui/wrap"
)

// What is told in the bottom line fits into it on the smallest screen that is usual,
// unless a value in it is long.
func TestSaidInOneLine(t *testing.T) {
	lib, err := content.Load(content.Shipped)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	call := regexp.MustCompile(`m\.say\(paint\.\w+, "([a-z.-]+)"`)
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range call.FindAllStringSubmatch(string(text), -1) {
			said[found[1]] = true
		}
	}
	if len(said) < 10 {
		t.Fatalf("only %d messages are told: the pattern no longer finds them", len(said))
	}
	for _, lang := range content.Langs {
		w := words{lib.Printer(lang)}
		glyphs := paint.NewTheme(true, false).Glyphs
		leave := NewKeyMap(w, &glyphs).Leave.Help().Key
		for id := range said {
			line := w.T(id, "Key", leave, "Error", "", "What", "", "Name", "")
			if n := wrap.Width(strings.TrimSpace(line)); n > 80-2 {
				t.Errorf("%s: %s is %d wide: %s", lang, id, n, line)
			}
		}
	}
}

// The language that was chosen is kept, but not the one that was there at first.
func TestChosenLanguageIsKept(t *testing.T) {
	kept := make(chan content.Lang, 10)
	s := start(t, 80, 24, func(c *Config) {
		c.KeepLang = func(l content.Lang) error { kept <- l; return nil }
	})
	s.shows("Memory requests")
	if len(kept) > 0 {
		t.Errorf("%s was kept though nobody chose it", <-kept)
	}
	s.press("l", "down", "enter")
	s.shows("メモリー要求")
	if got := <-kept; got != content.Japanese {
		t.Errorf("%s was kept, want ja", got)
	}
}

func TestTimeSpans(t *testing.T) {
	lib, err := content.Load(content.Shipped)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lang         content.Lang
		short, whole string
	}{
		{content.English, "0.7 s", "20 s"},
		{content.Japanese, "0.7秒", "20秒"},
		{content.Ukrainian, "0,7 с", "20 с"},
		{content.Chinese, "0.7 秒", "20 秒"},
		{content.Portuguese, "0,7 s", "20 s"},
	} {
		w := words{lib.Printer(tt.lang)}
		if got := w.seconds(700 * time.Millisecond); got != tt.short {
			t.Errorf("%s: seconds() = %q, want %q", tt.lang, got, tt.short)
		}
		if got := w.whole(20500 * time.Millisecond); got != tt.whole {
			t.Errorf("%s: whole() = %q, want %q", tt.lang, got, tt.whole)
		}
	}
}
