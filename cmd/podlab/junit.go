package main

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/podlab/podlab/engine"
)

// The parts of the JUnit format that CI systems read: a suite a lesson, a
// case an outcome.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     float64     `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    float64       `xml:"time,attr"`
		Failure *junitMessage `xml:"failure,omitempty"`
		Error   *junitMessage `xml:"error,omitempty"`
		Skipped *junitMessage `xml:"skipped,omitempty"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
	}
)

func writeJUnit(w io.Writer, r verifyResult) error {
	var all junitSuites
	for _, l := range r.Lessons {
		s := junitSuite{Name: l.ID, Time: l.Seconds}
		for _, step := range l.Steps {
			for _, o := range step.Outcomes {
				c := junitCase{Class: l.ID + "." + step.ID, Name: o.ID, Time: o.Seconds}
				switch o.State {
				case engine.Met:
					if o.Evidence != nil {
						c.Out = o.Evidence.Text
					}
				case engine.Unavailable:
					c.Skipped = &junitMessage{o.Reason.String()}
				default:
					c.Failure = &junitMessage{o.Reason.String()}
				}
				s.add(c)
			}
			for _, w := range step.Wrong {
				c := junitCase{Class: l.ID + "." + step.ID, Name: "wrong solution " + w.ID, Time: w.Seconds}
				switch w.State {
				case engine.Passed:
				case engine.Failed:
					c.Failure = &junitMessage{w.Reason.String()}
				default:
					c.Skipped = &junitMessage{w.Reason.String()}
				}
				s.add(c)
			}
		}
		if !l.Error.IsZero() {
			s.add(junitCase{Class: l.ID, Name: "played to its end", Error: &junitMessage{l.Error.String()}})
		}
		all.Suites = append(all.Suites, s)
	}
	if _, err := fmt.Fprint(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// add counts a case by how it ended.
func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}
