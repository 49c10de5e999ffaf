package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

// Looking again costs a connection to a local address. While a lab starts, the
// time for it is taken from the components that are waited for.
const lookAgain = 25 * time.Millisecond

// All that is waited for is on this machine. A connection is not answered at all
// only while a node's cable is being plugged in, and the kernel would try again
// after a second.
const dialLimit = 100 * time.Millisecond

var dialer = &net.Dialer{Timeout: dialLimit}

// conditions waits for what components start after.
type conditions struct {
	ctx    context.Context // for as long as anything is looked at
	client *http.Client

	mu      sync.Mutex
	pending map[string]chan struct{} // closed when the condition held
}

func newConditions(ctx context.Context, caFile string) (*conditions, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read the lab's certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the lab's certificate authority: %s holds no certificate", caFile)
	}
	return &conditions{ctx: ctx, pending: make(map[string]chan struct{}), client: &http.Client{
		Timeout: 2 * time.Second,
		Transport: &http.Transport{
			DialContext:     dialer.DialContext,
			TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13},
		},
	}}, nil
}

// wait blocks until all conditions held once, in their order.
func (c *conditions) wait(ctx context.Context, after []string) error {
	for _, cond := range after {
		u, err := url.Parse(cond)
		if err != nil {
			return fmt.Errorf("condition %q: %w", cond, err)
		}
		select {
		case <-c.held(u):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// held is closed once the condition held after the call. Those who wait for the
// same condition at the same time share the looking.
func (c *conditions) held(u *url.URL) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := u.String()
	if ch, ok := c.pending[key]; ok {
		return ch
	}
	ch := make(chan struct{})
	c.pending[key] = ch
	go func() {
		for !c.holds(c.ctx, u) {
			select {
			case <-c.ctx.Done():
				return
			case <-time.After(lookAgain):
			}
		}
		c.mu.Lock()
		delete(c.pending, key)
		c.mu.Unlock()
		close(ch)
	}()
	return ch
}

func (c *conditions) holds(ctx context.Context, u *url.URL) bool {
	addr := u.Host
	switch u.Scheme {
	case "unix":
		addr = u.Path
	case "https":
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return false
		}
		resp, err := c.client.Do(req)
		if err != nil {
			return false
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // read to its end, the connection serves again
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}
	conn, err := dialer.DialContext(ctx, u.Scheme, addr)
	if err != nil {
		return false
	}
	_ = conn.Close() // it was only to see whether it opens
	return true
}
