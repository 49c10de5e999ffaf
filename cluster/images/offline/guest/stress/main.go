// Command stress loads a container's memory and processors. It stands in for
// the stress program of the documented examples: same flags, same first line.
//
// Unlike that program it forks no workers. Memory is allocated and touched in
// this very process, so that when a container exceeds its limit, the kernel
// kills the container's own first process, on every version of cgroups.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
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
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
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

// hogCPU computes roots until ctx ends.
func hogCPU(ctx context.Context) {
	x := 1.0
	for ctx.Err() == nil {
		for range 1 << 16 {
			x = math.Sqrt(x + 2)
		}
	}
	runtime.KeepAlive(x) // else the compiler could drop the work
}

// hogMemory allocates, touches, holds and frees memory in a loop. The memory
// is mapped from the kernel directly: the Go heap neither holds nor frees it.
func hogMemory(ctx context.Context, o options, log *logger) error {
	if o.vmBytes == 0 {
		<-ctx.Done()
		return nil
	}
	var mem []byte
	for ctx.Err() == nil {
		if mem == nil {
			log.debug("allocating %d bytes ...", o.vmBytes)
			var err error
			mem, err = syscall.Mmap(-1, 0, int(o.vmBytes), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
			if err != nil {
				return fmt.Errorf("cannot allocate %d bytes: %w", o.vmBytes, err)
			}
		}
		log.debug("touching bytes in strides of %d bytes ...", o.vmStride)
		for i := 0; i < len(mem); i += int(o.vmStride) {
			mem[i] = 'Z'
		}
		hang(ctx, o, log)
		if !o.vmKeep {
			if err := syscall.Munmap(mem); err != nil {
				return fmt.Errorf("cannot free memory: %w", err)
			}
			mem = nil
			log.debug("freed %d bytes", o.vmBytes)
		}
	}
	return nil
}

// hang holds the memory for as long as --vm-hang says; 0 seconds is forever.
func hang(ctx context.Context, o options, log *logger) {
	if !o.vmHang.set {
		return
	}
	if o.vmHang.d == 0 {
		log.debug("sleeping forever with allocated memory")
		<-ctx.Done()
		return
	}
	log.debug("sleeping for %v with allocated memory", time.Duration(o.vmHang.d))
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(o.vmHang.d)):
	}
}

type level int

const (
	levelQuiet level = iota
	levelInfo
	levelDebug
)

// logger writes lines in the form of the original program.
type logger struct {
	mu       sync.Mutex
	out, err io.Writer
	level    level
}

func (l *logger) info(format string, args ...any) {
	if l.level >= levelInfo {
		l.line(l.out, "info", format, args...)
	}
}

func (l *logger) debug(format string, args ...any) {
	if l.level >= levelDebug {
		l.line(l.out, "dbug", format, args...)
	}
}

func (l *logger) fail(format string, args ...any) { l.line(l.err, "FAIL", format, args...) }

func (l *logger) line(w io.Writer, kind, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// There is nobody to tell when a container's own output fails.
	_, _ = fmt.Fprintf(w, "stress: %s: [%d] %s\n", kind, os.Getpid(), fmt.Sprintf(format, args...))
}

func (l *logger) raw(text string) { _, _ = io.WriteString(l.out, text) }
