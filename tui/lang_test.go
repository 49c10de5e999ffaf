package tui

import (
	"testing"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/lessons"
)

// What a cluster lacks is said in every language, whatever the need.
func TestUnavailableInEveryLanguage(t *testing.T) {
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	all := []lessons.Need{
		lessons.NeedMetrics, lessons.NeedTwoWorkers, lessons.NeedNodeShell, lessons.NeedSeccomp,
		lessons.NeedAppArmor, lessons.NeedSELinux, lessons.NeedWindows, lessons.NeedUserNS,
	}
	seen := map[string]bool{}
	for _, lang := range content.Langs {
		w := words{lib.Printer(lang)}
		for _, need := range all {
			s := engine.OutcomeStatus{State: engine.Unavailable, Reason: "no such thing", Lacks: []lessons.Need{need}}
			text := lackText(w, s)
			if lang == content.English {
				if text != s.Reason {
					t.Errorf("in English: %q, want what was found", text)
				}
				continue
			}
			if seen[text] || text == "need."+string(need) || text == s.Reason {
				t.Errorf("%s in %s: %q", need, lang, text)
			}
			seen[text] = true
		}
		if got := lackText(w, engine.OutcomeStatus{Reason: "found"}); got != "found" {
			t.Errorf("without needs: %q", got)
		}
	}
}
