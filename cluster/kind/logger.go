package kind

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/kind/pkg/log"
)

// logger writes all that kind says to a file, and tells of the phases that it
// begins.
type logger struct {
	mu    sync.Mutex
	w     io.Writer
	begin func(phase string) // may be nil
}

var _ log.Logger = (*logger)(nil)

func (l *logger) write(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A log that cannot be written must not keep a cluster from starting.
	_, _ = fmt.Fprintf(l.w, "%s %s\n", time.Now().Format("15:04:05.000"), strings.TrimRight(text, "\n"))
}

// Warn implements log.Logger.
func (l *logger) Warn(message string) { l.write(message) }

// Warnf implements log.Logger.
func (l *logger) Warnf(format string, args ...any) { l.write(fmt.Sprintf(format, args...)) }

// Error implements log.Logger.
func (l *logger) Error(message string) { l.write(message) }

// Errorf implements log.Logger.
func (l *logger) Errorf(format string, args ...any) { l.write(fmt.Sprintf(format, args...)) }

// V implements log.Logger: everything is of interest when a start fails.
func (l *logger) V(level log.Level) log.InfoLogger { return leveled{l, level} }

type leveled struct {
	*logger
	level log.Level
}

func (l leveled) Enabled() bool { return true }

func (l leveled) Info(message string) {
	l.write(message)
	// At level 0 a phase begins with a line such as " • Joining worker nodes 🚜  ...".
	if phase, ok := strings.CutPrefix(strings.TrimSpace(message), "•"); ok && l.level == 0 && l.begin != nil {
		l.begin(strings.TrimSpace(strings.TrimSuffix(phase, "...")))
	}
}

func (l leveled) Infof(format string, args ...any) { l.Info(fmt.Sprintf(format, args...)) }
