package cluster

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// CopyLog copies a file to w and, with follow, what is appended to it until ctx
// ends, which is then not an error.
func CopyLog(ctx context.Context, path string, follow bool, w io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return say.Errorf("read log: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	for {
		if _, err := io.Copy(w, f); err != nil {
			return say.Errorf("read log: %w", err)
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}
