package main

import (
	"io"
	"os/exec"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// editors are tried in this order where neither VISUAL nor EDITOR names one.
var editors = []string{"editor", "nano", "vim", "vi"}

var errNoEditor = say.Errorf("no editor was found: set VISUAL or EDITOR to one")

// editor is the command that opens a file in the user's editor: what VISUAL or
// EDITOR says, which may have arguments, or one that is installed.
func editor(getenv func(string) string, path string, in io.Reader, out, errs io.Writer) (*exec.Cmd, error) {
	line := ""
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if line = strings.TrimSpace(getenv(name)); line != "" {
			break
		}
	}
	for _, name := range editors {
		if line != "" {
			break
		}
		if found, err := exec.LookPath(name); err == nil {
			line = found
		}
	}
	if line == "" {
		return nil, errNoEditor
	}
	// The shell reads the line, as git and kubectl have it done; the path is an
	// argument of its own.
	cmd := exec.Command("/bin/sh", "-c", line+` "$1"`, "sh", path) // #nosec G204 -- the user's own editor
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	return cmd, nil
}
