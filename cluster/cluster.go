// Package cluster is what podlab needs of a Kubernetes cluster, whoever
// provides it: bring it up, attach to it, reach its API and its nodes, load
// images, take it down again. The providers stand in packages of their own
// below this one.
package cluster

import (
	"context"
	"io"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// Provider brings up one named lab cluster and takes it down again.
//
// A Provider holds no running state of its own: everything it knows of the
// cluster is in the lab's state folder, so a second process (or the same one,
// started again) sees the same cluster.
//
// Methods block until done and honour their context: a cancelled Up leaves
// nothing running.
type Provider interface {
	// Name is the provider's name as a user types it, such as "embedded".
	Name() string

	// Up makes the cluster run and returns when the API server answers and
	// all nodes are Ready. If it already runs, Up attaches to it and
	// returns at once. report is called from one goroutine at a time and
	// may be nil.
	Up(ctx context.Context, report func(Progress)) error

	// Down stops the cluster and removes every process, mount, interface,
	// firewall rule and cgroup it made. It succeeds when there is nothing
	// to stop, and cleans up after a cluster that was killed.
	Down(ctx context.Context) error

	// Status says what is running now, by looking, not by remembering.
	Status(ctx context.Context) (Status, error)

	// Kubeconfig is the path of the lab's own kubeconfig (mode 0600). The
	// file exists while the cluster runs.
	Kubeconfig() string

	// Exec runs a command inside a node, in all of the node's namespaces,
	// and waits for it. A command that ran and failed returns an *ExitError.
	Exec(ctx context.Context, node string, argv []string, stdio Stdio) error

	// LoadImages makes the images present on every node, from the local
	// image store. Those already there cost nothing.
	LoadImages(ctx context.Context, refs []string, report func(Progress)) error

	// Logs copies a component's log to w; component "" lists the names of
	// the components that have one. With follow it goes on until ctx ends.
	Logs(ctx context.Context, component string, follow bool, w io.Writer) error
}

// A Checker is a Provider that can tell at once, before anything is built or
// started, what about the machine or its user keeps a cluster from running.
type Checker interface {
	Check() error
}

// Stdio is what a command in a node reads and writes. Nil fields are /dev/null.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	// TTY runs the command on a new pseudo-terminal (the node's shell).
	TTY bool
}

// ExitError is the end of a command that ran in a node and did not succeed.
type ExitError struct {
	Argv   []string
	Code   int
	Output string // the last lines of what it wrote to standard error
}

func (e *ExitError) Error() string { return e.Said().String() }

// Stage names a part of bringing a cluster up. Stages are reported in the
// order in which they begin; some overlap.
type Stage string

// The stages of the embedded provider. Others may add their own.
const (
	StageNodeBinary   Stage = "node-binary"   // compile the node's programs (first time only)
	StageImages       Stage = "images"        // build or pull the images
	StageCertificates Stage = "certificates"  // keys, certificates, kubeconfigs
	StageControlPlane Stage = "control-plane" // etcd, API server, controllers, scheduler
	StageNodes        Stage = "nodes"         // until every node is Ready
	StageLoad         Stage = "load"          // images into the nodes
	StageAddons       Stage = "addons"        // CoreDNS, metrics-server
)

// Progress is one report of how far a stage has come.
type Progress struct {
	Stage  Stage
	Done   int64    // in Unit; at most Total
	Total  int64    // 0 while not known
	Unit   string   // "packages", "bytes", "nodes", "images", …
	Detail say.Text // what is being worked on, such as a package's name
	// Finished is set on a stage's last report, Err with it if it failed.
	Finished bool
	Err      error
}

// State of a cluster as a whole.
type State string

// A cluster is Absent when nothing of it exists, Stopped when only its files
// do, Starting or Broken when a part of it runs, and Running when the API
// server answers and all nodes are Ready.
const (
	Absent   State = "absent"
	Stopped  State = "stopped"
	Starting State = "starting"
	Running  State = "running"
	Broken   State = "broken"
)

// Status is what a provider found running.
type Status struct {
	Provider   string       `json:"provider"`
	Name       string       `json:"name"`
	State      State        `json:"state"`
	Kubernetes string       `json:"kubernetes,omitempty"` // such as "v1.36.3"
	Images     string       `json:"images,omitempty"`     // "offline" or "registry"
	Nodes      []NodeStatus `json:"nodes,omitempty"`
	Since      time.Time    `json:"since,omitzero"`
	// Reason says in one sentence why State is Broken or Starting.
	Reason say.Text `json:"reason,omitzero"`
}

// NodeStatus is one node of the cluster.
type NodeStatus struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
}

// ErrNotRunning is returned by what needs a running cluster when there is none.
var ErrNotRunning = say.Errorf("the cluster is not running: start it with 'podlab cluster up'")
