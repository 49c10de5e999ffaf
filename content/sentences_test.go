package content

import (
	"strings"
	"testing"
)

// A new language's sentences are all there to be translated, and none is yet.
func TestSkeletonSentences(t *testing.T) {
	got := string(SkeletonSentences("de", []byte("# Japanese\n\n# cmd\n\"no %s\": \"%sなし\"\n\"%d files\":\n  other: \"%d個\"\n")))
	if want := "\n# cmd\n#\"no %s\": \"no %s\"\n#\"%d files\":\n#  one: \"%d files\"\n#  other: \"%d files\"\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%s", got)
	}
	untranslated, err := parseSentences([]byte(got))
	if err != nil || len(untranslated) != 0 {
		t.Errorf("%v, %v", untranslated, err)
	}
	all, err := parseSentences([]byte(strings.ReplaceAll(strings.ReplaceAll(got, "\n#\"", "\n\""), "\n#  ", "\n  ")))
	if err != nil || !all["%d files"].counted || all["no %s"].forms["other"] != "no %s" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestVerbs(t *testing.T) {
	for format, want := range map[string]string{
		"%s of %d": "1:s 2:d", "%[2]d %[1]s": "1:s 2:d", "%.1[2]f: %[1]w": "1:v 2:f", "100%% %v": "1:v", "none": "",
	} {
		if got := strings.Join(Verbs(format), " "); got != want {
			t.Errorf("%q has %q, want %q", format, got, want)
		}
	}
}
