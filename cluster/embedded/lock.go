//go:build linux

package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/gofrs/flock"

	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// lock makes this process the only one that starts or stops the lab. It waits
// for another one to finish. The kernel unlocks when a process dies.
func (p *Provider) lock(ctx context.Context) (unlock func(), err error) {
	if err := dirs.Make(p.cfg.Dir); err != nil {
		return nil, err
	}
	l := flock.New(p.path("lock"), flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, say.Errorf("wait for the podlab that is starting or stopping this lab: %w", err)
	}
	return func() { _ = l.Unlock() }, nil // fails only if it is not locked
}

// shortHash tells strings apart in a name.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:3])
}
