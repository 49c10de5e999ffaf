package offline

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime/debug"

	"github.com/podlab/podlab/internal/say"
)

// guest compiles a program of guest/ to a static binary and returns it. A C
// program is told the version that it is to name itself.
func (b *Builder) guest(ctx context.Context, name, version string) (content []byte, err error) {
	sources, err := fs.Sub(guestFiles, path.Join("guest", name))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "podlab-guest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, err
	}
	out := filepath.Join(dir, name+".out")
	if _, serr := os.Stat(filepath.Join(dir, name+".c")); serr == nil {
		err = compileC(ctx, dir, name+".c", version, out)
	} else {
		err = compileGo(ctx, dir, name, out)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

func compileC(ctx context.Context, dir, source, version, out string) error {
	if _, err := exec.LookPath("gcc"); err != nil {
		return say.Errorf("%s cannot be compiled: gcc was not found: run 'apt-get install gcc libc6-dev'", source)
	}
	_, err := run(ctx, dir, "gcc", "-Os", "-Wall", "-static", "-s", "-Wl,--build-id=none", "-DVERSION="+version, "-o", out, source)
	return err
}

// compileGo builds a program that needs nothing but the standard library, so
// that neither modules nor a network are asked for.
func compileGo(ctx context.Context, dir, name, out string) error {
	if _, err := exec.LookPath("go"); err != nil {
		return say.Errorf("%s cannot be compiled: the go tool was not found: install Go from your distribution or go.dev", name)
	}
	gomod := fmt.Sprintf("module podlab.dev/guest/%s\n\ngo 1.25\n", name)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(gomod), 0o600); err != nil {
		return err
	}
	_, err := run(ctx, dir, "env", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOOS=linux",
		"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out, ".")
	return err
}

// nodeProgram returns the path of a program of podlab's node, having made
// sure that it contains the module in that version, if one is given.
func (b *Builder) nodeProgram(name, module, version string) (string, error) {
	file := filepath.Join(b.Programs, name)
	info, err := buildinfo.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", say.Errorf("%s was not found: run 'make node'", file)
	}
	if err != nil {
		return "", say.Errorf("%s is not a Go program: %w: run 'make node'", file, err)
	}
	if err := contains(info, module, version); err != nil {
		return "", say.Errorf("%s %w: run 'make node'", file, err)
	}
	return file, nil
}

// contains returns an error unless a program was built with the module in
// that version, or in any if it is "".
func contains(info *debug.BuildInfo, module, version string) error {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != module {
			continue
		}
		if version != "" && m.Version != version {
			return say.Errorf("has %s %s and the image is %s", module, m.Version, version)
		}
		return nil
	}
	return say.Errorf("does not contain %s", module)
}
