package engine

import (
	"time"

	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/internal/say"
)

// Event is one entry of a session's ordered stream.
type Event interface{ event() }

// OutcomeState is where an outcome stands.
type OutcomeState string

// An outcome begins pending, turns met, and can be unavailable from the start.
// A stays outcome that was violated turns unmet and begins anew once its
// condition holds again; the other kinds turn unmet only when time is given up
// (verify) and pending again by a reset.
const (
	Pending     OutcomeState = "pending"
	Met         OutcomeState = "met"
	Unmet       OutcomeState = "unmet"
	Unavailable OutcomeState = "unavailable"
)

// Evidence is the proof of a met outcome, taken at the moment it was met.
type Evidence struct {
	Text string    `json:"text"` // figures and names, free of any human language
	At   time.Time `json:"at"`   // when it was observed
	// Source says where the proof is: an object with its resourceVersion
	// ("Pod mem-example/memory-demo-2 @1234"), a command, a probe.
	Source string `json:"source,omitempty"`
	// Detail is what the source shows: an Event's reason and message, an object's
	// state in a few words, the line of output by which the outcome was decided.
	Detail string `json:"detail,omitempty"`
	// After is the time from the step's latest command to the observation.
	After time.Duration `json:"after,omitempty"`
}

// Mismatch is what stands between an outcome and being met.
type Mismatch struct {
	Expected string `json:"expected"` // the outcome's expression
	Actual   string `json:"actual"`   // what the cluster shows
	// Unseen are the objects that must have been there before and never were,
	// such as "Pod web, Service web".
	Unseen string `json:"unseen,omitempty"`
}

// Said implements [say.Sayer]: what the cluster shows, and what it has never
// shown.
func (m Mismatch) Said() say.Text {
	var parts []say.Text
	if m.Actual != "" {
		parts = append(parts, say.Plain(m.Actual))
	}
	if m.Unseen != "" {
		parts = append(parts, say.T("has not been there yet: %s", m.Unseen))
	}
	return say.Join("; ", parts...)
}

// OutcomeStatus is an outcome's state with its proof or its mismatch.
type OutcomeStatus struct {
	Step     string       `json:"step"`
	Outcome  string       `json:"outcome"`
	State    OutcomeState `json:"state"`
	Reason   say.Text     `json:"reason,omitzero"` // why it is unavailable or was given up
	Evidence *Evidence    `json:"evidence,omitempty"`
	Mismatch *Mismatch    `json:"mismatch,omitempty"`
	// Since is when the outcome's step began; MetIn is the time from then
	// (or from the step's first command, if later) until it was met.
	Since time.Time     `json:"since,omitzero"`
	MetIn time.Duration `json:"metIn,omitempty"`
	// Holding is, for a stays outcome, how long its condition has held so far.
	Holding time.Duration `json:"holding,omitempty"`
	// HoldSince is, for a stays outcome whose condition holds, since when.
	HoldSince time.Time `json:"holdSince,omitzero"`
}

// Events of a session.
type (
	// StepStarted says that the session moved to a step.
	StepStarted struct {
		Step string
		At   time.Time
	}
	// StepDone says that all outcomes of a step are met or unavailable.
	StepDone struct {
		Step string
		At   time.Time
	}
	// StepReopened says that a step, and with it the lesson, is not done after all:
	// the cluster now has what an outcome that was unavailable needs.
	StepReopened struct {
		Step string
		At   time.Time
	}
	// LessonDone says that all steps are done.
	LessonDone struct{ At time.Time }
	// StepReset says that a step's outcomes are pending again. Step "" is the whole lesson.
	StepReset struct {
		Step string
		At   time.Time
	}
	// WrongStarted says that Play tries a wrong solution of a step. What is told until
	// WrongDone is of that. Not journaled.
	WrongStarted struct {
		Step  string
		Wrong string // its id
		At    time.Time
	}
	// WrongDone says that a wrong solution was judged and the step was reset. Not
	// journaled.
	WrongDone struct {
		Step   string
		Result WrongResult
		At     time.Time
	}
	// OutcomeChanged carries the outcome's whole new status.
	OutcomeChanged struct {
		Status OutcomeStatus
		At     time.Time
	}
	// ShellOutput is what the terminal printed, escape sequences and all.
	// Not journaled.
	ShellOutput struct{ Data []byte }
	// CommandStarted says that the learner's shell began a line.
	CommandStarted struct {
		Line string
		At   time.Time
	}
	// CommandFinished says that the shell's line ended.
	CommandFinished struct {
		Line string
		Exit int
		At   time.Time
	}
	// ShellExited says that the shell ended (it is started again on the next write).
	ShellExited struct{ At time.Time }
	// Observed says that a watched object changed. Not journaled.
	Observed struct {
		Verb      string // "added", "modified", "deleted"
		Kind      string
		Namespace string
		Name      string
		Revision  string
		Summary   string // such as "Pending", "OOMKilled", "Running 1/1, 2 restarts"
		At        time.Time
	}
	// PictureChanged is what the current step's pictures show now, at most ten times
	// a second; a later one takes the place of all before. Not journaled.
	PictureChanged struct {
		Picture picture.Picture
		At      time.Time
	}
	// ClusterLost says that the API server stopped answering. Outcomes keep their state.
	ClusterLost struct {
		Err error
		At  time.Time
	}
	// JournalFailed says that progress cannot be saved, such as on a full disk. It is
	// kept in memory and written as soon as that succeeds; then Err is nil.
	JournalFailed struct {
		Err error
		At  time.Time
	}
	// OtherCluster says that the cluster is not the one on which the lesson's progress
	// was made, so what earlier steps made is not on it. See Session.CatchUp.
	OtherCluster struct{ At time.Time }
	// ClusterBack says that the API server answers again and watching goes on.
	ClusterBack struct{ At time.Time }
)

func (StepStarted) event()     {}
func (PictureChanged) event()  {}
func (StepDone) event()        {}
func (StepReopened) event()    {}
func (LessonDone) event()      {}
func (StepReset) event()       {}
func (WrongStarted) event()    {}
func (WrongDone) event()       {}
func (OutcomeChanged) event()  {}
func (ShellOutput) event()     {}
func (CommandStarted) event()  {}
func (CommandFinished) event() {}
func (ShellExited) event()     {}
func (Observed) event()        {}
func (JournalFailed) event()   {}
func (ClusterLost) event()     {}
func (OtherCluster) event()    {}
func (ClusterBack) event()     {}
