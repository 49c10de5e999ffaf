// Command goproxy is a forward proxy for HTTP on port 8080. It passes on
// requests for http URLs, and opens tunnels for CONNECT. It stands in for the
// program of that name in the documented examples, and uses nothing but the
// standard library.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	addr := flag.String("addr", ":8080", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := serve(ctx, *addr, newProxy())
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// serve answers on the address until ctx ends, and then breaks off.
func serve(ctx context.Context, addr string, h http.Handler) error {
	s := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })() // nothing is left to be told
	log.Printf("listening on %s", addr)
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// proxy passes requests on to the hosts that they name.
type proxy struct {
	forward *httputil.ReverseProxy
	dialer  net.Dialer
}

func newProxy() *proxy {
	return &proxy{
		dialer: net.Dialer{Timeout: 10 * time.Second},
		// A request for a whole URL goes where it says as it is.
		forward: &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}},
	}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		p.tunnel(w, r)
	case r.URL.Scheme != "http":
		http.Error(w, "this is a proxy: ask it for a whole http URL, or to CONNECT", http.StatusBadRequest)
	default:
		p.forward.ServeHTTP(w, r)
	}
}

// tunnel joins the client to the host that it asks for until both have ended.
func (p *proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	far, err := p.dialer.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = far.Close() }() // both ends know by now
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = near.Close() }()
	if _, err := io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { pipe(far, buffered) })
	both.Go(func() { pipe(near, far) })
	both.Wait()
}

// pipe copies until the source ends, and passes the end on. A connection that
// breaks ends both ways.
func pipe(dst net.Conn, src io.Reader) {
	_, err := io.Copy(dst, src)
	if half, ok := dst.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite() // if it fails the connection is gone already
		return
	}
	_ = dst.Close()
}
