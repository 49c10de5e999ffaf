package supervise

import (
	"context"
	"fmt"
	"log"
	"syscall"
	"time"
)

// Back-off between restarts. A component that ran for calm starts afresh.
const (
	firstDelay = 100 * time.Millisecond
	lastDelay  = 5 * time.Second
	calm       = 20 * time.Second
)

// Launch starts a component once and returns the channel of its end.
type Launch func(ctx context.Context) (exited <-chan syscall.WaitStatus, err error)

// Keep launches a component again whenever it ends, until ctx does. It does
// not kill the component: when the program that calls it ends, as the first
// process of its PID namespace, the kernel kills what is left.
func Keep(ctx context.Context, name string, launch Launch) {
	delay := firstDelay
	for {
		began := time.Now()
		exited, err := launch(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			log.Printf("%s: %v", name, err)
		} else {
			select {
			case ws := <-exited:
				log.Printf("%s: ended after %s: %s", name, time.Since(began).Round(time.Millisecond), describe(ws))
			case <-ctx.Done():
				return
			}
		}
		if time.Since(began) > calm {
			delay = firstDelay
		}
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return
		}
		delay = min(2*delay, lastDelay)
	}
}

func describe(ws syscall.WaitStatus) string {
	if ws.Signaled() {
		return "killed by " + ws.Signal().String()
	}
	return fmt.Sprintf("exit status %d", ws.ExitStatus())
}
