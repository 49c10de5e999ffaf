//go:build !unix

package offline

import "os/exec"

// endWithChildren leaves it at ending the program: Debian's tools, which have
// children, are not on this system.
func endWithChildren(*exec.Cmd) {}
