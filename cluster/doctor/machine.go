package doctor

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// machine is what the checks see of the machine. Tests put another in place.
type machine struct {
	euid func() int
	read func(path string) ([]byte, error)
	stat func(path string) error
	// look reports whether a program is installed.
	look func(program string) bool
	// output runs a program and returns what it printed.
	output func(ctx context.Context, argv ...string) (string, error)
	// unshare runs a program in new namespaces, CLONE_NEW… flags, with the
	// text as its input.
	unshare func(ctx context.Context, flags uintptr, input string, argv ...string) error
	// free returns the bytes free for the user in the folder, or in the
	// nearest one above it that exists.
	free func(path string) (uint64, error)
	// answers returns nil when the URL's host answers, whatever it says.
	answers func(ctx context.Context, url string) error
}

// find looks in PATH, and where administrators' programs are, which PATH may
// lack.
func find(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/go/bin"} {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path
		}
	}
	return ""
}

// waitDelay is how long is waited for what a program left running, which holds
// its output open, and for one that does not end when it is told.
const waitDelay = time.Second

func output(ctx context.Context, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = waitDelay
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	return finish(ctx, cmd.Run(), argv, &out, &errs)
}

// finish makes one short line of what went wrong.
func finish(ctx context.Context, err error, argv []string, out, errs *bytes.Buffer) (string, error) {
	switch first, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n"); {
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // the program itself is done
		return strings.TrimSpace(out.String()), nil
	case ctx.Err() != nil:
		return "", say.Errorf("%s did not answer: %w", argv[0], ctx.Err())
	case first != "":
		return "", say.Errorf("%s: %s", argv[0], first)
	default:
		return "", err
	}
}

func answers(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
