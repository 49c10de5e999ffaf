// Command podlab teaches Kubernetes on a real cluster that it brings up on
// this machine. Called as "kubectl" it is kubectl.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(program()) }

// program is main with a result, so that deferred calls run before the exit.
func program() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	s := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	return Run(ctx, s, os.Args)
}
