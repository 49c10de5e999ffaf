package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"k8s.io/klog/v2"
)

// Streams are the program's standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Run is the whole program: args[0] is the name it was called by. It returns
// the exit status once everything it started has ended, but for the cluster, which
// outlives it by design. A cancelled ctx (Ctrl-C) ends it early and cleanly.
func Run(ctx context.Context, s Streams, args []string) int {
	o := &options{streams: s}
	o.voice.args = args[1:]
	switch strings.TrimSuffix(filepath.Base(args[0]), ".exe") {
	case "kubectl":
		kubectl(args)
		return 0
	case "node-shell":
		muteKlog()
		o.voice.args = nil        // the arguments are those of a command
		o.voice.noted.Store(true) // it is a tool of the lesson, where the note is shown
		return o.report(calledAsNodeShell(ctx, o, args[1:]))
	}
	muteKlog()
	root := newRoot(o)
	root.SetArgs(args[1:])
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = o.unsaid
	}
	return o.report(err)
}

// muteKlog silences client-go's logger, which would write over the screen.
func muteKlog() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
}

// exitError is the end of a command that has said all there is to say.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// report tells err to the user in their language and turns it into the exit status: 0 without
// an error, 130 after Ctrl-C, else 1 or what the command asked for.
func (o *options) report(err error) int {
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.code
	case errors.Is(err, context.Canceled):
		_, _ = fmt.Fprintln(o.streams.Err, "podlab: "+o.sayf("interrupted"))
		return 130
	default:
		_, _ = fmt.Fprintln(o.streams.Err, "podlab: "+o.tell(err))
		return 1
	}
}
