package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
)

func TestJUnit(t *testing.T) {
	r := verifyResult{Lessons: []lessonResult{
		{engine.LessonResult{ID: "one", Seconds: 2.5, Steps: []engine.StepResult{{
			ID: "run", Outcomes: []engine.OutcomeResult{
				{ID: "up", State: engine.Met, Seconds: 1, Evidence: &engine.EvidenceResult{Text: "demo Running"}},
				{ID: "refused", State: engine.Unavailable, Reason: say.T("no AppArmor")},
				{ID: "stays", State: engine.Unmet, Reason: say.Plain(`demo "Failed"`)},
			},
			Wrong: []engine.WrongResult{
				{ID: "typo", State: engine.Passed, Seconds: 4},
				{ID: "half", State: engine.Failed, Reason: say.Plain("up was met")},
				{ID: "profile", State: string(engine.Unavailable), Reason: say.T("no AppArmor")},
			},
		}}}, say.Text{}},
		{engine.LessonResult{ID: "two"}, say.Plain("the shell ended")},
	}}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="one" tests="6" failures="2" errors="0" skipped="2" time="2.5">
    <testcase classname="one.run" name="up" time="1">
      <system-out>demo Running</system-out>
    </testcase>
    <testcase classname="one.run" name="refused" time="0">
      <skipped message="no AppArmor"></skipped>
    </testcase>
    <testcase classname="one.run" name="stays" time="0">
      <failure message="demo &#34;Failed&#34;"></failure>
    </testcase>
    <testcase classname="one.run" name="wrong solution typo" time="4"></testcase>
    <testcase classname="one.run" name="wrong solution half" time="0">
      <failure message="up was met"></failure>
    </testcase>
    <testcase classname="one.run" name="wrong solution profile" time="0">
      <skipped message="no AppArmor"></skipped>
    </testcase>
  </testsuite>
  <testsuite name="two" tests="1" failures="0" errors="1" skipped="0" time="0">
    <testcase classname="two" name="played to its end" time="0">
      <error message="the shell ended"></error>
    </testcase>
  </testsuite>
</testsuites>
`
	var out strings.Builder
	if err := writeJUnit(&out, r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
