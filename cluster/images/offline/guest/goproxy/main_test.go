package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// through returns a client that reaches everything through the proxy.
func through(t *testing.T, transport *http.Transport) (client *http.Client, address string) {
	t.Helper()
	s := httptest.NewServer(newProxy())
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport.Proxy = http.ProxyURL(u)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}, s.URL
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusTeapot)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(w, r.Method+" "+r.Host+r.URL.String()+" "+string(body)) // the test reads it
}

func TestProxy(t *testing.T) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"forwards": httptest.NewServer, "tunnels": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			far := start(http.HandlerFunc(echo))
			defer far.Close()
			client, _ := through(t, far.Client().Transport.(*http.Transport).Clone())
			resp, err := client.Post(far.URL+"/path?q=1", "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			host := strings.TrimPrefix(strings.TrimPrefix(far.URL, "http://"), "https://")
			want := "POST " + host + "/path?q=1 hello"
			if err != nil || resp.StatusCode != http.StatusTeapot || string(body) != want {
				t.Errorf("%d %q, %v; want %q", resp.StatusCode, body, err, want)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	client, address := through(t, &http.Transport{})
	for _, tc := range []struct {
		name   string
		client *http.Client
		url    string
		want   int
	}{
		{"a page of its own", &http.Client{}, address, http.StatusBadRequest},
		{"a host that is gone", client, gone.URL, http.StatusBadGateway},
	} {
		resp, err := tc.client.Get(tc.url)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode != tc.want {
			t.Errorf("%s: status %d, want %d", tc.name, resp.StatusCode, tc.want)
		}
	}
	if resp, err := client.Get(strings.Replace(gone.URL, "http:", "https:", 1)); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		if err == nil {
			_ = resp.Body.Close()
		}
		t.Errorf("a tunnel to a host that is gone: %v", err)
	}
}

func TestServeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := serve(ctx, "127.0.0.1:0", newProxy()); err != nil {
		t.Error(err)
	}
	if err := serve(t.Context(), "127.0.0.1:none", newProxy()); err == nil {
		t.Error("a bad address was served")
	}
}
