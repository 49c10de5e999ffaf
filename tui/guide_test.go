package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/engine"
)

// "Why?" opens the evidence of an outcome: what was seen, where, when, and by
// which rule.
func TestWhy(t *testing.T) {
	for _, lang := range []content.Lang{content.English, content.Japanese} {
		words := prose(t).Printer(lang)
		s := start(t, 80, 24, func(c *Config) {
			c.Lang, c.Lesson = lang, "memory"
			c.Lessons[0].Steps[0].Outcomes[0].Expr = `ns.status.phase == "Active"`
		})
		s.shows("│$")
		s.press("w")
		s.shows(words.T("why.nothing"))
		s.press("enter")
		s.shows(words.T("step.done"))
		s.press("w")
		screen := s.shows(words.T("key.why"), "Namespace mem-example Active", "Pod mem-example/memory-demo-2 @1234", "OOMKilled 0/1, restarts 2",
			"01:32:48", words.T("why.eventually"), `ns.status.phase == "Active"`)
		whole(t, screen, 80)
		golden(t, fmt.Sprintf("why-%s-80x24", lang), screen)
		s.press("esc")
		s.gone("@1234")
	}
}

// Of several outcomes the learner chooses one.
func TestWhyOfSeveral(t *testing.T) {
	s, _ := begin(t, 120, 40)
	s.secondStep()
	s.press("enter")
	s.shows("Outcomes 1/2", "$ kubectl get pods")
	s.press("enter")
	s.shows("Outcomes 2/2")
	s.press("w")
	s.shows("✓ the container was OOMKilled", "✓ it was restarted")
	s.press("down", "enter")
	s.shows("restartCount 2", "@1234")
}

// A line that was mistyped is told from one that failed for another reason, and
// after two of those a hint is offered.
func TestMistypedLines(t *testing.T) {
	s, f := begin(t, 120, 40)
	s.press("f6")
	s.press("kubctl get pods", "enter")
	s.shows("There is no program kubctl. Did you mean kubectl?")
	s.press("kubectl aply -f x", "enter")
	s.shows("kubectl has no command aply. Did you mean apply?")
	s.press("kubectl apply -f memory-reqest-limit-2.yaml", "enter")
	s.shows("There is no file memory-reqest-limit-2.yaml. Did you mean memory-request-limit-2.yaml?")
	for range failures { // what the learner stops is no failure
		f.emit(engine.CommandFinished{Line: "sleep 9", Exit: 130, At: day})
	}
	s.press("true", "enter")
	s.shows("bash: true: command not found")
	s.press("false", "enter")
	s.shows("Stuck? h shows a hint.")
}

// Where nothing happens for a while, a hint is offered, once.
func TestHintForTheIdle(t *testing.T) {
	s := start(t, 80, 24, func(c *Config) { c.Lesson, c.Idle = "memory", time.Millisecond })
	s.shows("Stuck? h shows a hint.")
	s.press("h")
	s.shows("Hint 1 of 2")
	s.shows("Stuck? h shows a hint.")
	s.press("h", "home") // there is no third
	s.shows("⏎ run", "? help")
}

func TestDebrief(t *testing.T) {
	s, _ := begin(t, 120, 40)
	s.press("h")
	s.secondStep()
	s.press("2", "2", "enter")
	s.shows("$ kubectl get pods")
	s.press("enter")
	s.shows("next: Clean up")
	s.press("enter")
	s.shows("$ kubectl delete")
	s.press("l", "down", "enter", "enter")
	screen := s.shows("所要時間 4", "ヒント 1回", "解答の実行 1回", "予想 1問中1問正解", "https://kubernetes.io/ja/docs/tasks/configure-pod-container/", "次のレッスン: Share")
	golden(t, "debrief-ja-120x40", screen)
	s.press("n")
	s.shows("$ kubectl attach")
}
