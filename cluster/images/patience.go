package images

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/podlab/podlab/internal/say"
)

const (
	// maxWait is the longest time that a registry may ask for at once, and
	// maxWaits how often it may ask for one request.
	maxWait  = 2 * time.Minute
	maxWaits = 5
	// stallTimeout is how long a download may bring nothing.
	stallTimeout = 60 * time.Second
)

// errStalled is a download that stood still.
var errStalled = say.Errorf("the download stood still")

func newTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		IdleConnTimeout:       30 * time.Second,
	}
}

// patient waits when a registry says 429 Too Many Requests, as long as it asks
// for, and gives up on downloads that stand still.
type patient struct {
	next  http.RoundTripper
	wait  func(context.Context, time.Duration) error
	stall time.Duration
	tell  func(say.Text)
}

func (p *patient) RoundTrip(req *http.Request) (*http.Response, error) {
	for waits := 0; ; waits++ {
		resp, err := p.next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		pause := retryAfter(resp.Header.Get("Retry-After"), waits)
		if resp.StatusCode != http.StatusTooManyRequests || waits == maxWaits || pause > maxWait || req.Body != nil {
			resp.Body = &watched{ReadCloser: resp.Body, limit: p.stall}
			return resp, nil
		}
		if err := resp.Body.Close(); err != nil {
			return nil, err
		}
		p.tell(say.T("%s is asked too often and wants us to wait %v", req.URL.Host, pause.Round(time.Second)))
		if err := p.wait(req.Context(), pause); err != nil {
			return nil, err
		}
	}
}

// retryAfter reads the header, seconds or a date; without one the time
// doubles with each wait.
func retryAfter(header string, waits int) time.Duration {
	if s, err := strconv.Atoi(header); err == nil && s >= 0 {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at))
	}
	return 2 * time.Second << waits
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// brokenError is that of a download which ended before all was there, whatever
// the protocol calls it: HTTP/2 has errors of its own for streams and connections.
type brokenError struct{ error }

func (e brokenError) Unwrap() error { return e.error }

// watched is a body whose reads fail when they bring nothing for too long.
type watched struct {
	io.ReadCloser
	limit   time.Duration
	stalled atomic.Bool
}

func (w *watched) Read(p []byte) (int, error) {
	t := time.AfterFunc(w.limit, func() {
		w.stalled.Store(true)
		_ = w.Close() // ends the read; its error is the one that counts
	})
	defer t.Stop()
	n, err := w.ReadCloser.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case w.stalled.Load():
		return n, say.Errorf("%w for %v", errStalled, w.limit)
	}
	return n, brokenError{err}
}
