// Package lessons holds podlab's lessons: for each documented task one folder
// with lesson.yaml (steps, commands, outcomes: no prose), manifests/ and files/.
// The package loads and checks them. The words stand in package content.
package lessons

import (
	"io/fs"
	"time"
)

// Lesson is one documented task, free of any human language.
type Lesson struct {
	// ID is the slug of the task's page and the name of the lesson's folder.
	ID       string   `json:"id"`
	Order    int      `json:"order"` // place in the list of lessons, from 1
	Upstream Upstream `json:"upstream"`
	// Kubernetes is the lowest version the lesson works on, such as "1.31".
	Kubernetes string `json:"kubernetes"`
	// Minutes is how long the lesson takes a newcomer.
	Minutes int `json:"minutes"`
	// Namespace the lesson works in; "default" where the task names none.
	Namespace string `json:"namespace"`
	// Needs are abilities of the cluster without which the lesson cannot run.
	Needs []Need `json:"needs,omitempty"`
	// Claims are parts of the cluster that the lesson must have for itself,
	// such as "kubelet": nothing else that claims the same is played at once.
	Claims []string `json:"claims,omitempty"`
	Images []string `json:"images,omitempty"`
	// Objects are the names by which outcomes speak of API objects.
	Objects map[string]Object `json:"objects,omitempty"`
	// Pictures are those of the steps that have none of their own and speak of Pods.
	Pictures []Picture `json:"pictures,omitempty"`
	Steps    []Step    `json:"steps"`
	// Cleanup are shell lines that take the lesson's objects away, whatever
	// state they are in. They must succeed when there is nothing to remove.
	Cleanup []string `json:"cleanup"`

	// FS is the lesson's folder, and Dir its name in the problems that are
	// found in it.
	FS  fs.FS  `json:"-"`
	Dir string `json:"-"`

	// src remembers the lines of lesson.yaml, for Check and Expressions.
	src *source
}

// Upstream is the documentation page that the lesson teaches.
type Upstream struct {
	Page string `json:"page"` // URL
	// Without are the languages that the page is not translated to upstream,
	// of those that the documentation is.
	Without []string `json:"without,omitempty"`
	// Checked is the day (YYYY-MM-DD) on which the lesson's facts were last
	// compared with the page.
	Checked string `json:"checked"`
}

// Need is an ability of a cluster or node that not every machine has.
type Need string

// The needs that lessons and outcomes can name.
const (
	NeedMetrics    Need = "metrics"     // the metrics API, for kubectl top
	NeedTwoWorkers Need = "two-workers" // at least two nodes that take Pods
	NeedNodeShell  Need = "node-shell"  // commands on a node
	NeedSeccomp    Need = "seccomp"
	NeedAppArmor   Need = "apparmor"
	NeedSELinux    Need = "selinux"
	NeedWindows    Need = "windows"
	NeedUserNS     Need = "user-namespaces"
)

// Object selects API objects to observe.
type Object struct {
	APIVersion string `json:"apiVersion,omitempty"` // default "v1"
	Kind       string `json:"kind"`
	// Namespace defaults to the lesson's; ignored for cluster-scoped kinds.
	Namespace string `json:"namespace,omitempty"`
	// Name of the one object. Without a name the variable is a list of all
	// objects of the kind in the namespace, narrowed by Selector.
	Name     string `json:"name,omitempty"`
	Selector string `json:"selector,omitempty"` // label selector
}

// Step is one thing the learner does, and what then becomes true.
type Step struct {
	ID string `json:"id"`
	// Claims are parts of the cluster that the step, unlike the lesson's other
	// steps, must have for itself; a lesson with claims has no steps with any.
	Claims []string `json:"claims,omitempty"`
	// Commands are the reference solution, in order.
	Commands []Command `json:"commands,omitempty"`
	Outcomes []Outcome `json:"outcomes,omitempty"`
	// Hints are ids, from the gentlest to the plainest; content has the words.
	Hints []string `json:"hints,omitempty"`
	// Question asks the learner for a prediction; nil where the step has none.
	Question *Question `json:"question,omitempty"`
	// Reset are shell lines that undo the step. They must succeed when the
	// step has not been done.
	Reset []string `json:"reset,omitempty"`
	// Wrong are solutions that must be told from a right one.
	Wrong []Wrong `json:"wrong,omitempty"`
	// Pictures show what the step is about, the first of them at first.
	Pictures []Picture `json:"pictures,omitempty"`
}

// Question asks what will happen, or what is the case, before the learner sees
// it. It never stands in the way: a step can be done without an answer.
type Question struct {
	ID      string   `json:"id"`      // its own within the lesson
	Answers []string `json:"answers"` // ids; content has the words
	Right   string   `json:"right"`   // one of Answers
	// ShownBy are outcomes of the step that show what is right. An answer is judged
	// when all of them are met; until there is one, their words, which would
	// give it away, are held back. Without any an answer is judged at once.
	ShownBy []string `json:"shownBy,omitempty"`
}

// Wrong is a wrong solution of a step: the negative proof of what the step
// checks, and of what it tells a learner who has erred.
type Wrong struct {
	ID string `json:"id"` // its own within the step
	// Commands run in the place of the step's. Whether they succeed does not
	// matter. One with a Retry runs again until it exits 0 and the wrong
	// solution shows what it is to show.
	Commands []Command `json:"commands"`
	// Met are outcomes of the step that must be met all the same.
	Met []string `json:"met,omitempty"`
	// Unmet maps outcomes of the step that must not be met to what the
	// learner must then be told: a regular expression for the mismatch's
	// actual text.
	Unmet map[string]string `json:"unmet"`
	// Within is how long that may take after the commands; default
	// DefaultWrongWithin.
	Within Duration `json:"within,omitempty"`
	// Needs are abilities of the cluster without which it cannot be tried.
	Needs []Need `json:"needs,omitempty"`
}

// DefaultWrongWithin is how long a wrong solution may take to show itself.
const DefaultWrongWithin = 2 * time.Minute

// Command is a line for the learner's shell.
type Command struct {
	Run string `json:"run"`
	// Send are lines for the program that Run starts (a shell in a
	// container, say), each typed when Prompt matches the end of the output.
	Send   []string `json:"send,omitempty"`
	Prompt string   `json:"prompt,omitempty"` // regular expression
	// Retry runs the line again, with backoff, until it exits 0 (one with
	// lines to send: until it has been sent them all) and the step's output
	// outcomes that it serves are met, at most this long.
	Retry Duration `json:"retry,omitempty"`
}

// Kind is the way in which an outcome is decided.
type Kind string

// The kinds of outcome.
const (
	Eventually Kind = "eventually" // true of the current objects within a time
	Once       Kind = "once"       // was true at some observed moment
	Stays      Kind = "stays"      // true throughout a time
	Output     Kind = "output"     // true of what a command printed
)

// Outcome is a documented result that is checked on the cluster.
type Outcome struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Expr is a CEL expression of type bool.
	Expr string `json:"expr"`
	// Evidence is a CEL expression of type string, evaluated at the moment
	// the outcome is met: the figures and names that prove it.
	Evidence string `json:"evidence"`
	// Actual is a CEL expression of type string, evaluated while the outcome
	// is unmet: what the cluster shows instead.
	Actual string `json:"actual,omitempty"`
	// Within bounds how long a correct solution may need (verify gives up
	// after it; a learner may take any time).
	Within Duration `json:"within,omitempty"`
	// For is how long a stays outcome must hold.
	For Duration `json:"for,omitempty"`
	// Probe makes the engine run a command in a container and judge its
	// output; without it an output outcome judges the learner's terminal.
	Probe *Probe `json:"probe,omitempty"`
	// Needs make the outcome unavailable where the cluster lacks them.
	Needs []Need `json:"needs,omitempty"`
}

// Probe is a command that the engine runs in a container.
type Probe struct {
	Pod       string   `json:"pod"`
	Container string   `json:"container,omitempty"`
	Command   []string `json:"command"`
}

// Duration is a time.Duration written as "90s" or "5m" in YAML and JSON.
type Duration struct{ time.Duration }
