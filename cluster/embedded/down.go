//go:build linux

package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/internal/say"
)

// Down implements cluster.Provider. What is kept of the lab is its certificates
// and images, for a faster start, and its logs: see Purge.
func (p *Provider) Down(ctx context.Context) error {
	if !fileExists(p.cfg.Dir) {
		return nil
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return p.tearDown(ctx)
}

// Purge takes the lab down and removes all that Down keeps.
func (p *Provider) Purge(ctx context.Context) error {
	if !fileExists(p.cfg.Dir) {
		return nil
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := p.tearDown(ctx); err != nil {
		return err
	}
	for _, name := range []string{"pki", "nodes", "logs", "seed", "port"} {
		if err := os.RemoveAll(p.path(name)); err != nil {
			return say.Errorf("remove the lab's files: %w", err)
		}
	}
	return nil
}

// tearDown ends every process of the lab and removes all that is outside its
// folder, then the folder's parts that make no sense without them. It works
// from what it finds, so it can be repeated, whatever was killed before.
func (p *Provider) tearDown(ctx context.Context) error {
	run, err := p.running()
	if err != nil {
		return err
	}
	if run != nil {
		if err := run.kill(ctx); err != nil {
			return err
		}
	}
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		return err
	}
	if err := p.killGroup(ctx, groups); err != nil {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := groups.Remove(patient, p.group()); err != nil {
		return err
	}
	groups.RemoveEmpty(groupRoot)
	if err := p.reap(); err != nil {
		return err
	}
	return p.removeState()
}

// killGroup kills what is left in the lab's cgroups: nothing, unless the
// supervisor is not known any more.
func (p *Provider) killGroup(ctx context.Context, groups *cgroup.Tree) error {
	for {
		pids, err := groups.Procs(p.group())
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return say.Errorf("kill process %d of the lab: %w", pid, err)
			}
		}
		select {
		case <-ctx.Done():
			return say.Errorf("wait for the lab's processes to end: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// removeState removes the state of a lab that runs no more.
func (p *Provider) removeState() error {
	names := []string{"run.json", "whole", "lab.json", "kubeconfig", "etcd"}
	for _, n := range workers {
		names = append(names, "nodes/"+n.name)
	}
	for _, name := range names {
		if err := os.RemoveAll(p.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return say.Errorf("remove the lab's state: %w", err)
		}
	}
	return nil
}
