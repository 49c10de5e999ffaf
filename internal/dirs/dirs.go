// Package dirs says where podlab keeps its files, by the XDG base directory
// rules. Every folder it returns is private to the user (mode 0700).
package dirs

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"

	"github.com/podlab/podlab/internal/say"
)

// Lab is the folder of one named lab cluster: certificates, kubeconfig, logs
// and state. Taking the cluster down leaves nothing outside it.
func Lab(name string) string { return filepath.Join(xdg.StateHome, "podlab", "labs", name) }

// Progress is the folder of the lessons' journals.
func Progress() string { return filepath.Join(xdg.StateHome, "podlab", "progress") }

// Lang is the file with the language that was chosen on the screen last.
func Lang() string { return filepath.Join(xdg.StateHome, "podlab", "lang") }

// Workspace is a lesson's working folder, where the learner's shell starts.
func Workspace(lab, lesson string) string {
	return filepath.Join(Lab(lab), "workspaces", lesson)
}

// Config is the folder of the user's configuration.
func Config() string { return filepath.Join(xdg.ConfigHome, "podlab") }

// Images is the folder of the local image store.
func Images() string { return filepath.Join(xdg.DataHome, "podlab", "images") }

// LockLab makes this process the only one that has a lab's lock of that name. It
// makes the lab's folder and waits for another process to finish. The kernel
// unlocks when a process dies.
func LockLab(ctx context.Context, dir, name string) (unlock func(), err error) {
	if err := Make(dir); err != nil {
		return nil, err
	}
	l := flock.New(filepath.Join(dir, name), flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, say.Errorf("wait for the podlab that is starting or stopping this lab: %w", err)
	}
	return func() { _ = l.Unlock() }, nil // fails only if it is not locked
}

// Make creates a private folder, and its parents, if it is not there.
func Make(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return say.Errorf("cannot create folder: %w: check that the disk is not full and that it may be written", err)
	}
	return nil
}
