package lab

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"time"
)

// proxy hands every connection on to a TCP address in the lab until the
// listener is closed. It changes nothing: TLS is between the two ends.
func proxy(ctx context.Context, l net.Listener, to string) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // too many files, say: others may go away
			log.Printf("proxy: %v", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go forwardConn(ctx, conn, to)
	}
}

func forwardConn(ctx context.Context, in net.Conn, to string) {
	defer func() { _ = in.Close() }() // both ends are told by the copies below
	var d net.Dialer
	out, err := d.DialContext(ctx, "tcp", to)
	if err != nil {
		return // the client sees the connection end, as with a server that is down
	}
	defer func() { _ = out.Close() }()
	done := make(chan struct{}, 2)
	oneWay := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src) // an error is the end of the connection, in this direction
		if c, ok := dst.(*net.TCPConn); ok {
			_ = c.CloseWrite() // the other side may be gone
		}
		done <- struct{}{}
	}
	go oneWay(out, in)
	go oneWay(in, out)
	<-done
	<-done
}
