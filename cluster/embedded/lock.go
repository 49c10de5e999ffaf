//go:build linux

package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/podlab/podlab/internal/dirs"
)

// lock makes this process the only one that starts or stops the lab. It waits
// for another one to finish. The kernel unlocks when a process dies.
func (p *Provider) lock(ctx context.Context) (unlock func(), err error) {
	return dirs.LockLab(ctx, p.cfg.Dir, "lock")
}

// shortHash tells strings apart in a name.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:3])
}
