package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/podlab/podlab/node/internal/supervise"
)

// RunNode is a node's first process. The supervisor starts it in new
// namespaces and closes its standard input once the network is plugged in.
func RunNode(specFile, name string) error {
	s, err := Read(specFile)
	if err != nil {
		return err
	}
	n, err := s.node(name)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	r := newRunner()
	if r.conditions, err = newConditions(ctx, s.CA); err != nil {
		return err
	}
	if err := joinCgroup(n.Cgroup); err != nil {
		return err
	}
	if err := syscall.Sethostname([]byte(n.Name)); err != nil {
		return fmt.Errorf("set host name: %w", err)
	}
	if err := enterRoot(n, n.Root); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return fmt.Errorf("wait for the network: %w", err)
	}
	if err := nodeNetwork(n); err != nil {
		return err
	}
	for _, c := range n.Processes {
		go supervise.Keep(ctx, c.Name, r.component(c))
	}
	<-ctx.Done()
	return nil
}
