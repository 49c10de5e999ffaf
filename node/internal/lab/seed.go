package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/podlab/podlab/node/internal/seed"
)

// plant gives the component the copy to start with, if there is one and the
// component has nothing yet.
func (s *Seed) plant() error {
	if _, err := os.Stat(s.Dir); err == nil {
		return nil
	}
	if _, err := os.Stat(s.Copy); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return seed.Copy(s.Copy, s.Dir)
}

// keepSeed makes the copy at each SIGUSR1. The component stands still for the
// few milliseconds that it takes, so that the copy is like what a kill would
// have left, which it can start from.
func (r *runner) keepSeed(s *Seed) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	for range signals {
		if err := r.copySeed(s); err != nil {
			log.Printf("seed: %v", err) // the next start is a slower one
		}
	}
}

func (r *runner) copySeed(s *Seed) (err error) {
	pid := r.pid(s.Component)
	if pid == 0 {
		return fmt.Errorf("%s does not run", s.Component)
	}
	if err := os.RemoveAll(s.Copy); err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop %s: %w", s.Component, err)
	}
	defer func() { err = errors.Join(err, syscall.Kill(pid, syscall.SIGCONT)) }()
	return seed.Copy(s.Dir, s.Copy)
}
