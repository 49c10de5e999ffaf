//go:build linux

package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/internal/say"
)

// A seed is what Down keeps so that the next start is faster: etcd's data as it
// was when the lab had just become ready, before it held anything of a learner,
// and the nodes' unpacked images. It is used only by the same edition of
// podlab, programs and certificates.

// seedEdition changes when what a fresh lab holds does.
const seedEdition = "1"

func (p *Provider) seedKeyFile() string { return p.path("seed", "key") }

// keptImages is where a node's containerd is kept while the lab is down.
func (p *Provider) keptImages(n node) string { return p.path("seed", n.name) }

func (p *Provider) nodeImages(n node) string {
	return p.path("nodes", n.name, "var", "lib", "containerd")
}

// seedKey sums up what a seed depends on.
func (p *Provider) seedKey() (string, error) {
	sum := sha256.New()
	for _, file := range []string{p.path("pki", "ca.crt"), p.path("pki", "sa.pub")} {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", say.Errorf("read certificates: %w", err)
		}
		sum.Write(data) // never fails
	}
	return seedEdition + " " + programs.Stamp(p.cfg.Programs) + " " + hex.EncodeToString(sum.Sum(nil)), nil
}

// sow puts the seed in place, or removes it if it is of no use. It tells
// whether a new one should be kept.
func (p *Provider) sow() (fresh bool, err error) {
	key, err := p.seedKey()
	if err != nil {
		return false, err
	}
	have, err := os.ReadFile(p.seedKeyFile())
	if err != nil || string(have) != key {
		if err := os.RemoveAll(p.path("seed")); err != nil {
			return false, say.Errorf("remove an old seed: %w", err)
		}
		return true, nil
	}
	args := []string{"forget"}
	for _, n := range workers {
		target := p.nodeImages(n)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // inside the lab's folder, which is 0700
			return false, say.Errorf("give %s its images: %w", n.name, err)
		}
		if err := os.Rename(p.keptImages(n), target); err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, say.Errorf("give %s its images: %w", n.name, err)
		}
		args = append(args, target)
	}
	if out, err := exec.Command(filepath.Join(p.cfg.Programs, "lab-init"), args...).CombinedOutput(); err != nil { //nolint:noctx // takes milliseconds
		return false, say.Errorf("prepare the nodes' images: %w: %s", err, out)
	}
	return !fileExists(p.path("seed", "etcd")), nil
}

// keepSeed asks the supervisor to copy etcd's data, which it does in a moment
// of its own.
func (p *Provider) keepSeed(run *runInfo) error {
	key, err := p.seedKey()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.path("seed"), 0o700); err != nil {
		return say.Errorf("keep a seed: %w", err)
	}
	if err := os.WriteFile(p.seedKeyFile(), []byte(key), 0o600); err != nil {
		return say.Errorf("keep a seed: %w", err)
	}
	return run.signal(unix.SIGUSR1)
}

// reap keeps the nodes' images of a lab that has ended, if they are worth it.
func (p *Provider) reap() error {
	if !fileExists(p.seedKeyFile()) {
		return nil // it never became ready
	}
	for _, n := range workers {
		if !fileExists(p.nodeImages(n)) {
			continue
		}
		if err := os.RemoveAll(p.keptImages(n)); err != nil {
			return say.Errorf("keep the images of %s: %w", n.name, err)
		}
		if err := os.Rename(p.nodeImages(n), p.keptImages(n)); err != nil {
			return say.Errorf("keep the images of %s: %w", n.name, err)
		}
	}
	return nil
}

// uproot removes the seed: a lab that grew from it did not become ready.
func (p *Provider) uproot() error {
	if err := os.RemoveAll(p.path("seed")); err != nil {
		return say.Errorf("remove the seed: %w", err)
	}
	return nil
}
