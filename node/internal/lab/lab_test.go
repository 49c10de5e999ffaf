package lab

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lab.json")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"bridge":"lab0","nodes":[{"name":"a"},{"name":"b","address":"10.0.0.2/24"}]}`)
	s, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.node("b"); err != nil || n.Address != "10.0.0.2/24" {
		t.Errorf("%+v, %v", n, err)
	}
	if _, err := s.node("c"); err == nil {
		t.Error("found a node that is not there")
	}
	write(`{"bridge":"lab0","brigde":"typing error"}`)
	if _, err := Read(file); err == nil || !strings.Contains(err.Error(), "brigde") {
		t.Errorf("an unknown field: %v", err)
	}
	if _, err := Read(file + "x"); err == nil {
		t.Error("read a file that is not there")
	}
}

func TestConditions(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := newConditions(t.Context(), ca)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket) //nolint:noctx // it listens at once
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.wait(ctx, []string{"unix://" + socket, "tcp://" + server.Listener.Addr().String(), server.URL + "/readyz"}); err != nil {
		t.Fatal(err)
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("asked %d times", n)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.wait(short, []string{"unix://" + socket + "-not"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("what never holds: %v", err)
	}
	if _, err := newConditions(t.Context(), socket); err == nil {
		t.Error("took a socket for a certificate")
	}
}

func TestProxy(t *testing.T) {
	echo := listen(t)
	go func() {
		for {
			conn, err := echo.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }()
		}
	}()
	in := listen(t)
	go proxy(t.Context(), in, echo.Addr().String())

	conn, err := net.DialTimeout("tcp", in.Addr().String(), 5*time.Second) //nolint:noctx // it has a timeout
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "through"); err != nil {
		t.Fatal(err)
	}
	// One half closed is told to the other side, which still answers.
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != "through" {
		t.Errorf("%q, %v", got, err)
	}

	// A server that is down ends the connection, without a word.
	dead := listen(t)
	address := dead.Addr().String()
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	to := listen(t)
	go proxy(t.Context(), to, address)
	conn2, err := net.DialTimeout("tcp", to.Addr().String(), 5*time.Second) //nolint:noctx // it has a timeout
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn2.Close() }()
	if got, _ := io.ReadAll(conn2); len(got) != 0 {
		t.Errorf("read %q", got)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens at once
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
