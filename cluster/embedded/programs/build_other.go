//go:build !unix

package programs

import (
	"context"
	"runtime"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

var errUnsupported = say.Errorf("the node's programs cannot be built on %s: build them on Linux", runtime.GOOS)

// Ensure fails: the programs are Linux's.
func Ensure(context.Context, string, string, func(cluster.Progress)) error { return errUnsupported }

// EnsureKind fails: the programs are Linux's.
func EnsureKind(context.Context, string, string, func(cluster.Progress)) error { return errUnsupported }
