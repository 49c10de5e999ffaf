package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

func newClusterCommand(o *options) *cobra.Command {
	return newGroup("cluster", "Bring the lab's cluster up or down, or look at it",
		newUpCommand(o),
		newDownCommand(o),
		newStatusCommand(o),
		newLogsCommand(o),
		newKubeconfigCommand(o),
	)
}

func newUpCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Bring the cluster up, or attach to it if it runs",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := openLab(c.Context(), o)
			if err != nil {
				return err
			}
			start := time.Now()
			p := newLineProgress(o)
			if err := l.up(c.Context(), p.report); err != nil {
				return err
			}
			st, err := l.status(c.Context())
			if err != nil {
				return err
			}
			return o.print(say.Count(len(st.Nodes),
				"cluster %s is running: %s, %s, %d node (%.1f s)", "cluster %s is running: %s, %s, %d nodes (%.1f s)",
				o.lab, st.Provider, st.Kubernetes, len(st.Nodes), time.Since(start).Seconds()))
		},
	}
}

func newDownCommand(o *options) *cobra.Command {
	var purge bool
	c := &cobra.Command{
		Use:   "down",
		Short: "Stop the cluster and remove what it made on this machine",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := openLab(c.Context(), o)
			if err != nil {
				return err
			}
			if purge {
				err = l.purge(c.Context())
			} else {
				err = l.down(c.Context(), false)
			}
			if err != nil {
				return err
			}
			return o.print(say.T("cluster %s is down", o.lab))
		},
	}
	c.Flags().BoolVar(&purge, "purge", false, "also remove the lab's folder, so that the next 'up' starts from nothing")
	return c
}

func newStatusCommand(o *options) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "status",
		Short: "Say what runs",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := openLab(c.Context(), o)
			if err != nil {
				return err
			}
			st, err := l.status(c.Context())
			if err != nil {
				return err
			}
			return write(o.streams.Out, output, st, func(w io.Writer) { o.printStatus(w, st) })
		},
	}
	outputFlag(c, &output)
	return c
}

// states are those of clusters in words.
var states = map[cluster.State]say.Text{
	cluster.Absent:   say.T("absent"),
	cluster.Stopped:  say.T("stopped"),
	cluster.Starting: say.T("starting"),
	cluster.Running:  say.T("running"),
	cluster.Broken:   say.T("broken"),
}

func (o *options) printStatus(w io.Writer, st cluster.Status) {
	var t table
	row := func(k say.Text, v string) {
		if v != "" {
			t.row(o.tell(k), v)
		}
	}
	row(say.T("cluster"), st.Name)
	row(say.T("state"), o.tell(states[st.State]))
	row(say.T("reason"), o.tell(st.Reason))
	row(say.T("provider"), st.Provider)
	row(say.Plain("kubernetes"), st.Kubernetes)
	row(say.T("images"), st.Images)
	if !st.Since.IsZero() {
		row(say.T("since"), st.Since.Local().Format(time.DateTime))
	}
	for _, n := range st.Nodes {
		state := "NotReady" // as kubectl says
		if n.Ready {
			state = "Ready"
		}
		row(say.T("node %s", n.Name), state)
	}
	t.print(w)
}

func newLogsCommand(o *options) *cobra.Command {
	var follow bool
	c := &cobra.Command{
		Use:   "logs [COMPONENT]",
		Short: "Print a component's log, or list the components that have one",
		Args:  maxArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := openLab(c.Context(), o)
			if err != nil {
				return err
			}
			component := ""
			if len(args) == 1 {
				component = args[0]
			}
			err = l.provider.Logs(c.Context(), component, follow, o.streams.Out)
			if follow && c.Context().Err() != nil {
				err = nil // Ctrl-C is how following ends
			}
			return err
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on as the log grows, until Ctrl-C")
	return c
}

func newKubeconfigCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the path of the lab's kubeconfig",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := openLab(c.Context(), o)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(o.streams.Out, l.provider.Kubeconfig())
			return err
		},
	}
}

// outputFlag adds -o text|json.
func outputFlag(c *cobra.Command, v *string) {
	c.Flags().StringVarP(v, "output", "o", "text", "text or json")
}

// write prints v as JSON, or what text writes. What could not be printed is an error.
func write(w io.Writer, format string, v any, text func(io.Writer)) error {
	switch format {
	case "text":
		var all bytes.Buffer
		text(&all)
		_, err := w.Write(all.Bytes())
		return err
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	default:
		return say.Errorf("unknown output format %q: use text or json", format)
	}
}
