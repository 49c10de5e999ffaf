//go:build !unix

package shell

import (
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// supported says what keeps this system from having a terminal.
func supported() error {
	return say.Errorf("the lessons' terminal needs Linux or macOS and this is %s: run podlab in WSL (learn.microsoft.com/windows/wsl)", runtime.GOOS)
}

// ownSession does nothing: there are no sessions.
func ownSession(*exec.Cmd) {}

// withDeadlines changes nothing.
func withDeadlines(tty *os.File) *os.File { return tty }

// hangup ends the one process that it knows.
func hangup(session int, _ time.Duration) {
	if p, err := os.FindProcess(session); err == nil {
		_ = p.Kill() // it may have ended just now
	}
}
