package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// vishOptions are the flags of vish/stress.
type vishOptions struct {
	cpus      int
	total     quantity
	step      quantity
	sleep     time.Duration
	logStderr bool // accepted: there is nowhere else to log to
}

func (o *vishOptions) flags() *flag.FlagSet {
	*o = vishOptions{total: quantity{text: "0"}, step: quantity{text: "4Ki", bytes: 4 << 10}}
	fs := flag.NewFlagSet("stress", flag.ContinueOnError)
	fs.IntVar(&o.cpus, "cpus", 0, "number of CPUs to use up")
	fs.Var(&o.total, "mem-total", "memory to use up, in several allocations")
	fs.Var(&o.step, "mem-alloc-size", "memory of each allocation")
	fs.DurationVar(&o.sleep, "mem-alloc-sleep", time.Millisecond, "time to sleep between allocations")
	fs.BoolVar(&o.logStderr, "logtostderr", false, "log to standard error, as it always does")
	return fs
}

// isVish reports whether one of the arguments is a flag of vish/stress.
func isVish(args []string) bool {
	fs := new(vishOptions).flags()
	return slices.ContainsFunc(args, func(arg string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return strings.HasPrefix(arg, "-") && fs.Lookup(name) != nil
	})
}

// runVish uses up processors and memory as the arguments say until ctx ends.
// It returns at once if they are wrong, having said so.
func runVish(ctx context.Context, args []string, stderr io.Writer) {
	var o vishOptions
	fs := o.flags()
	fs.SetOutput(stderr) // it says what is wrong
	if err := fs.Parse(args); err != nil {
		return
	}
	logVish(stderr, "Allocating %q memory, in %q chunks, with a %v sleep between allocations", o.total.text, o.step.text, o.sleep)
	runtime.GOMAXPROCS(max(o.cpus, runtime.NumCPU())) // it is the limit that throttles
	for range o.cpus {
		logVish(stderr, "Spawning a thread to consume CPU")
		go hogCPU(ctx)
	}
	held := allocate(ctx, o)
	if ctx.Err() == nil {
		logVish(stderr, "Allocated %q memory", o.total.text)
	}
	<-ctx.Done()
	runtime.KeepAlive(held)
}

// allocate takes memory step by step, until another step would be too much.
func allocate(ctx context.Context, o vishOptions) (held [][]byte) {
	for left := o.total.bytes; o.step.bytes > 0 && left >= o.step.bytes; left -= o.step.bytes {
		mem := make([]byte, o.step.bytes)
		touch(mem, os.Getpagesize())
		held = append(held, mem)
		select {
		case <-ctx.Done():
			return held
		case <-time.After(o.sleep):
		}
	}
	return held
}

// logVish writes a line with the header of the log that vish/stress keeps.
func logVish(w io.Writer, format string, args ...any) {
	now := time.Now().Format("0102 15:04:05.000000")
	// There is nobody to tell when a container's own output fails.
	_, _ = fmt.Fprintf(w, "I%s %7d stress] %s\n", now, os.Getpid(), fmt.Sprintf(format, args...))
}

// quantity is a number of bytes as Kubernetes writes it, such as 100Mi.
type quantity struct {
	text  string
	bytes int64
}

func (q *quantity) String() string { return q.text }

func (q *quantity) Set(text string) (err error) {
	q.text = text
	q.bytes, err = scaled(text, map[string]int64{
		"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30,
	})
	return err
}
