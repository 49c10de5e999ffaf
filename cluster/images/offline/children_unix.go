//go:build unix

package offline

import (
	"os/exec"
	"syscall"
)

// endWithChildren makes cancelling end a program's children, too.
func endWithChildren(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
