package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// presence marks a lab as used by this process. The kernel lets go of the
// mark when the process ends, however it ends.
type presence struct {
	lock *flock.Flock
	// other is the PID of the podlab that had the lab before this one, or 0.
	other int
}

// enter marks the lab's folder, or learns who has marked it already. Either
// way the lab may be used: both attach to the same cluster.
func enter(dir string) (*presence, error) {
	if err := dirs.Make(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "podlab.lock")
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	mine, err := lock.TryLock()
	if err != nil {
		return nil, say.Errorf("cannot lock %s: %w", path, err)
	}
	if !mine {
		b, _ := os.ReadFile(path) // a PID that cannot be read is only not told
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
		return &presence{other: max(pid, 1)}, nil
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		_ = lock.Unlock() // the first error is the one to tell
		return nil, say.Errorf("cannot write %s: %w: check that the disk is not full", path, err)
	}
	return &presence{lock: lock}, nil
}

// leave lets go of the mark.
func (p *presence) leave() {
	if p.lock != nil {
		_ = p.lock.Unlock() // the kernel lets go at exit in any case
	}
}
