//go:build !unix

package shell

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// supported says what keeps this system from having a terminal.
func supported() error {
	return errors.New("the lessons' terminal needs Linux or macOS and this is " + runtime.GOOS + ": run podlab in WSL (learn.microsoft.com/windows/wsl)")
}

// ownSession does nothing: there are no sessions.
func ownSession(*exec.Cmd) {}

// hangup ends the one process that it knows.
func hangup(session int, _ time.Duration) {
	if p, err := os.FindProcess(session); err == nil {
		_ = p.Kill() // it may have ended just now
	}
}
