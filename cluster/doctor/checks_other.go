//go:build !linux

package doctor

import (
	"context"
	"errors"
	"os"
)

// all are the checks: here a cluster runs in containers or elsewhere.
func (d *doctor) all() []check {
	return []check{
		{"engine", d.engine},
		{"containers", d.containers},
		{"registry", d.registry},
	}
}

func thisMachine() machine {
	return machine{
		euid:    func() int { return 1 }, // nothing needs an administrator
		read:    os.ReadFile,
		stat:    func(path string) error { _, err := os.Stat(path); return err },
		look:    func(program string) bool { return find(program) != "" },
		output:  output,
		unshare: func(context.Context, uintptr, string, ...string) error { return errors.ErrUnsupported },
		free:    func(string) (uint64, error) { return 0, errors.ErrUnsupported },
		answers: answers,
	}
}
