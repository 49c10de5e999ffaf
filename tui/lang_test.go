package tui

import (
	"errors"
	"strings"
	"testing"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// What a cluster lacks, and what went wrong, is said in every language.
func TestReasonsInEveryLanguage(t *testing.T) {
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	lacks := say.T("no node runs Windows")
	failed := say.Errorf("waiting for the cluster: %w", errors.Join(say.Error(lacks), errors.New("EOF")))
	seen := map[string]bool{}
	for _, lang := range content.Langs {
		w := words{lib.Printer(lang)}
		text := outcomeDetail(w, nil, lessons.Outcome{}, engine.OutcomeStatus{State: engine.Unavailable, Reason: lacks})
		if seen[text] || lang == content.English && text != lacks.String() {
			t.Errorf("in %s: %q", lang, text)
		}
		seen[text] = true
		if told := w.T("error.action", "Error", failed); !strings.Contains(told, text) || !strings.Contains(told, "EOF") {
			t.Errorf("in %s: %q does not tell %q and EOF", lang, told, text)
		}
	}
}
