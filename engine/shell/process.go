//go:build unix

package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// supported says what keeps this system from having a terminal.
func supported() error { return nil }

// ownSession makes a program the first of a session, which hangup ends.
func ownSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// withDeadlines is the terminal as a file whose Read heeds a deadline, which the
// pty package's use of Fd keeps it from. Only Linux needs it: macOS and the BSDs
// take the terminal from every program when its shell ends, and the polling of
// terminals is not to be relied on there.
func withDeadlines(tty *os.File) *os.File {
	if runtime.GOOS != "linux" {
		return tty
	}
	fd, err := unix.FcntlInt(tty.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return tty
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd) // the first one is as good
		return tty
	}
	_ = tty.Close() // its double remains
	return os.NewFile(uintptr(fd), tty.Name())
}

// hangup ends all processes of a terminal's session: it hangs up on them, as a
// terminal that is switched off does, and kills those that are still there when
// the grace is over. It returns when none is left.
func hangup(session int, grace time.Duration) {
	deadline := time.Now().Add(grace)
	signal := syscall.SIGHUP
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		if !time.Now().Before(deadline) {
			signal = syscall.SIGKILL
		}
		left := members(session)
		if len(left) == 0 {
			return
		}
		for _, pid := range left {
			// It may have ended just now.
			_ = syscall.Kill(pid, signal)
			_ = syscall.Kill(pid, syscall.SIGCONT) // a stopped job cannot end
		}
		time.Sleep(pause)
	}
}

// members lists the live processes of a session. Where there is no /proc it
// knows the session's leader only.
func members(session int) []int {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		if syscall.Kill(session, 0) == nil {
			return []int{session}
		}
		return nil
	}
	var pids []int
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		// pid (name) state ppid pgrp session …; a name may hold anything.
		text := string(data)
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		if len(fields) < 4 || fields[3] != strconv.Itoa(session) || fields[0] == "Z" || fields[0] == "X" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
