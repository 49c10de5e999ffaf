package doctor

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/podlab/podlab/internal/say"
)

func thisMachine() machine {
	return machine{
		euid:    os.Geteuid,
		read:    os.ReadFile,
		stat:    func(path string) error { _, err := os.Stat(path); return err },
		look:    func(program string) bool { return find(program) != "" },
		output:  output,
		unshare: unshare,
		free:    free,
		answers: answers,
	}
}

func unshare(ctx context.Context, flags uintptr, input string, argv ...string) error {
	path := find(argv[0])
	if path == "" {
		return say.Errorf("%s is not installed", argv[0])
	}
	cmd := exec.CommandContext(ctx, path, argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	cmd.WaitDelay = waitDelay
	cmd.Stdin = strings.NewReader(input)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	_, err := finish(ctx, cmd.Run(), argv, new(bytes.Buffer), &errs)
	return err
}

func free(path string) (uint64, error) {
	for {
		var st unix.Statfs_t
		err := unix.Statfs(path, &st)
		if err == nil {
			return st.Bavail * uint64(st.Bsize), nil
		}
		above := filepath.Dir(path)
		if !os.IsNotExist(err) || above == path {
			return 0, err
		}
		path = above
	}
}
