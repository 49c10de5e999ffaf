package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

type level int

const (
	levelQuiet level = iota
	levelInfo
	levelDebug
)

// logger writes lines in the form of the original program.
type logger struct {
	mu       sync.Mutex
	out, err io.Writer
	level    level
}

func (l *logger) info(format string, args ...any) {
	if l.level >= levelInfo {
		l.line(l.out, "info", format, args...)
	}
}

func (l *logger) debug(format string, args ...any) {
	if l.level >= levelDebug {
		l.line(l.out, "dbug", format, args...)
	}
}

func (l *logger) fail(format string, args ...any) { l.line(l.err, "FAIL", format, args...) }

func (l *logger) line(w io.Writer, kind, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// There is nobody to tell when a container's own output fails.
	_, _ = fmt.Fprintf(w, "stress: %s: [%d] %s\n", kind, os.Getpid(), fmt.Sprintf(format, args...))
}

func (l *logger) raw(text string) { _, _ = io.WriteString(l.out, text) }
