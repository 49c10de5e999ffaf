// Command stress loads a container's memory and processors. It stands in for
// the two programs of that name in the documented examples, with the flags and
// the familiar lines of each: polinux/stress, and vish/stress, which it is when
// it is given a flag that only that one has.
//
// Unlike polinux/stress it forks no workers. Memory is allocated and touched in
// this very process, so that when a container exceeds its limit, the kernel
// kills the container's own first process, on every version of cgroups.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	args := os.Args[1:]
	if isVish(args) {
		runVish(ctx, args, os.Stderr)
		os.Exit(2) // as for wrong flags, so for a signal: vish/stress handles none
	}
	os.Exit(run(ctx, args, os.Stdout, os.Stderr))
}

// run does what the arguments say until the timeout, or until ctx ends, and
// returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	log := &logger{out: stdout, err: stderr, level: levelInfo}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		log.raw(usage)
		return 0
	case err != nil:
		log.fail("%v", err)
		return 1
	case o.version:
		log.raw("stress, the stand-in of podlab\n")
		return 0
	}
	log.level = o.level()
	log.info("dispatching hogs: %d cpu, 0 io, %d vm, 0 hdd", o.cpu, o.vm)

	start := time.Now()
	timed := ctx
	if o.timeout > 0 {
		var cancel context.CancelFunc
		timed, cancel = context.WithTimeout(ctx, time.Duration(o.timeout))
		defer cancel()
	}
	err = hogs(timed, o, log)
	switch {
	case ctx.Err() != nil:
		log.fail("got a signal: stopped after %.0fs", time.Since(start).Seconds())
		return 1
	case err != nil:
		log.fail("%v", err)
		return 1
	}
	log.info("successful run completed in %.0fs", time.Since(start).Seconds())
	return 0
}

// hogs runs all workers until ctx ends; the first that fails ends the others.
func hogs(ctx context.Context, o options, log *logger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// More processors than the container's limit, so that it is the limit
	// that throttles.
	runtime.GOMAXPROCS(max(o.cpu+o.vm, runtime.NumCPU()))
	var workers sync.WaitGroup
	for range o.cpu {
		workers.Go(func() { hogCPU(ctx) })
	}
	for range o.vm {
		workers.Go(func() {
			if err := hogMemory(ctx, o, log); err != nil {
				cancel(err)
			}
		})
	}
	workers.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
