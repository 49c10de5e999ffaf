package lab

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
)

// Enter replaces this process by a command in the namespaces of another one
// and in the cgroups of the cgroup.procs files, so that what is done on a node
// is counted and cleaned up with the node.
func Enter(pid int, cgroup []string, env, argv []string) error {
	if err := joinCgroup(cgroup); err != nil {
		return err
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return fmt.Errorf("enter a node: %w: install util-linux", err)
	}
	args := append([]string{
		"nsenter", "--target", strconv.Itoa(pid),
		"--mount", "--uts", "--ipc", "--net", "--pid", "--",
	}, argv...)
	return syscall.Exec(nsenter, args, env)
}
