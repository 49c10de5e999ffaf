package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Looking again after this long costs a connection to a local address only.
const lookAgain = 15 * time.Millisecond

// conditions waits for what components start after.
type conditions struct {
	client *http.Client
}

func newConditions(caFile string) (*conditions, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read the lab's certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the lab's certificate authority: %s holds no certificate", caFile)
	}
	return &conditions{client: &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}},
	}}, nil
}

// wait blocks until all conditions held once, in their order.
func (c *conditions) wait(ctx context.Context, after []string) error {
	for _, cond := range after {
		u, err := url.Parse(cond)
		if err != nil {
			return fmt.Errorf("condition %q: %w", cond, err)
		}
		for !c.holds(ctx, u) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(lookAgain):
			}
		}
	}
	return nil
}

func (c *conditions) holds(ctx context.Context, u *url.URL) bool {
	var d net.Dialer
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
		_ = resp.Body.Close() // nothing of it is read
		return resp.StatusCode == http.StatusOK
	}
	conn, err := d.DialContext(ctx, u.Scheme, addr)
	if err != nil {
		return false
	}
	_ = conn.Close() // it was only to see whether it opens
	return true
}
