//go:build !unix

package programs

import (
	"context"
	"errors"
	"runtime"

	"github.com/podlab/podlab/cluster"
)

var errUnsupported = errors.New("the node's programs cannot be built on " + runtime.GOOS + ": build them on Linux")

// Ensure fails: the programs are Linux's.
func Ensure(context.Context, string, string, func(cluster.Progress)) error { return errUnsupported }

// EnsureKind fails: the programs are Linux's.
func EnsureKind(context.Context, string, string, func(cluster.Progress)) error { return errUnsupported }
