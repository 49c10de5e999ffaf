// Package dirs says where podlab keeps its files, by the XDG base directory
// rules. Every folder it returns is private to the user (mode 0700).
package dirs

import (
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

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

// Make creates a private folder, and its parents, if it is not there.
func Make(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return say.Errorf("cannot create folder: %w: check that the disk is not full and that it may be written", err)
	}
	return nil
}
