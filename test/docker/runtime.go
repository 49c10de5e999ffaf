//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// runtimeName is the engine's runtime: runc, asked for no more than this
// machine can give.
const runtimeName = "podlab-runc"

// runtimeMain adjusts what runc is to read and becomes runc. Where root lacks
// CAP_SYS_RESOURCE, no container may have it, and no limit may be raised; runc
// takes both for errors.
func runtimeMain(argv []string) error {
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	if !capable() {
		if file := specOf(argv); file != "" {
			if err := rewrite(file); err != nil {
				return fmt.Errorf("adjust %s: %w", file, err)
			}
		}
	}
	return syscall.Exec(runc, append([]string{"runc"}, argv[1:]...), os.Environ())
}

// specOf is the file in which runc is told about a process, or "" where it
// starts none.
func specOf(argv []string) string {
	option := func(names ...string) string {
		for i, a := range argv {
			name, value, joined := strings.Cut(a, "=")
			switch {
			case !slices.Contains(names, name):
			case joined:
				return value
			case i+1 < len(argv):
				return argv[i+1]
			}
		}
		return ""
	}
	switch {
	case slices.Contains(argv, "create"), slices.Contains(argv, "run"):
		return filepath.Join(option("--bundle", "-b"), "config.json")
	case slices.Contains(argv, "exec"):
		return option("--process", "-p")
	}
	return ""
}

// rewrite takes CAP_SYS_RESOURCE and all limits out of a container's or a
// process's description, and leaves everything else as it is.
func rewrite(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var spec map[string]any
	if err := json.Unmarshal(raw, &spec); err != nil {
		return err
	}
	process := spec
	if inner, ok := spec["process"].(map[string]any); ok {
		process = inner
	}
	delete(process, "rlimits")
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		if list, ok := set.([]any); ok {
			sets[name] = slices.DeleteFunc(list, func(c any) bool { return c == "CAP_SYS_RESOURCE" })
		}
	}
	if raw, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(file, raw, 0o600)
}

// capable tells whether this process has CAP_SYS_RESOURCE.
func capable() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	err := unix.Capget(&header, &data[0])
	return err == nil && data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
}
