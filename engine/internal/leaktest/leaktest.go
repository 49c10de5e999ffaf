// Package leaktest tells tests what their code has left running.
package leaktest

import (
	"runtime"
	"testing"
	"time"
)

// patience is how long goroutines have to come to their end.
const patience = 5 * time.Second

// Goroutines waits until there are no more goroutines than before, and fails the
// test with what they do if there are more to the end.
func Goroutines(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if now := runtime.NumGoroutine(); now > before {
		buf := make([]byte, 64<<10)
		t.Errorf("%d goroutines before, %d after:\n%s", before, now, buf[:runtime.Stack(buf, true)])
	}
}
