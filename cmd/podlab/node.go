package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/internal/say"
)

// labPrograms are the programs of the embedded cluster's nodes.
type labPrograms struct {
	dir    string // where they are or will be
	source string // the module they are built from; "" when it is not here
}

func newLabPrograms() (labPrograms, error) {
	dir, source, err := programs.Find()
	return labPrograms{dir, source}, err
}

// ensure builds what is missing or older than its source. Without the source,
// as in an installed podlab, the programs must be there.
func (p labPrograms) ensure(ctx context.Context, report func(cluster.Progress)) error {
	if p.source != "" {
		return programs.Ensure(ctx, p.source, p.dir, report)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "podlab-node")); err != nil {
		return say.Errorf("the node's programs are not in %s: run 'make node' in podlab's source, or name their folder in PODLAB_NODE_DIR", p.dir)
	}
	return nil
}

func newNodeCommand(o *options) *cobra.Command {
	return newGroup("node", "Build the node's programs, or open a shell on a node",
		newNodeBuildCommand(o),
		newNodeShellCommand(o),
	)
}

func newNodeBuildCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "build",
		Short: "Build the programs of the embedded cluster's nodes (minutes the first time)",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := newLabPrograms()
			if err != nil {
				return err
			}
			return p.ensure(c.Context(), newLineProgress(o).report)
		},
	}
}

func newNodeShellCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "shell NODE [-- COMMAND...]",
		Short: "Open a shell on a node, or run a command there",
		Args:  minArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return nodeShell(c.Context(), o, args[0], args[1:])
		},
	}
}

// calledAsNodeShell is "podlab node shell" under the name by which the lesson's
// terminal has it: everything after the node is the command. The lab is that
// of the terminal's environment.
func calledAsNodeShell(ctx context.Context, o *options, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return say.Errorf("name a node: node-shell NODE [COMMAND...]; 'kubectl get nodes' lists them")
	}
	o.register(pflag.NewFlagSet("node-shell", pflag.ContinueOnError))
	return nodeShell(ctx, o, args[0], args[1:])
}

// nodeShell runs argv on a node, by default a login shell. A command's exit
// status becomes podlab's own.
func nodeShell(ctx context.Context, o *options, node string, argv []string) error {
	l, err := openLab(ctx, o)
	if err != nil {
		return err
	}
	st, err := l.provider.Status(ctx)
	if err != nil {
		return err
	}
	if st.State == cluster.Absent || st.State == cluster.Stopped {
		return cluster.ErrNotRunning
	}
	if !hasNode(st.Nodes, node) {
		return say.Errorf("there is no node %q: 'kubectl get nodes' lists them", node)
	}
	stdio := cluster.Stdio{In: o.streams.In, Out: o.streams.Out, Err: o.streams.Err}
	if len(argv) == 0 {
		argv = []string{"/bin/bash", "-l"}
	}
	if isTerminal(o.streams.In) && isTerminal(o.streams.Out) {
		restore, err := rawTerminal(o.streams.In.(*os.File))
		if err != nil {
			return err
		}
		defer restore()
		stdio.TTY = true
	}
	err = l.provider.Exec(ctx, node, argv, stdio)
	if exit := new(cluster.ExitError); errors.As(err, &exit) {
		return exitError{exit.Code}
	}
	return err
}

func hasNode(nodes []cluster.NodeStatus, name string) bool {
	for _, n := range nodes {
		if n.Name == name {
			return true
		}
	}
	return false
}
