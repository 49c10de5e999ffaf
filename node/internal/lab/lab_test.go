package lab

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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

// Where nobody answers at all, as while a node's cable is not in yet, it is looked at
// again long before the kernel would try again.
func TestConditionThatNobodyAnswers(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer func() { _ = file.Close() }()
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	l, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	u := &url.URL{Scheme: "tcp", Host: l.Addr().String()}
	c := &conditions{}
	held := 0
	for c.holds(t.Context(), u) { // until its queue is full: it then answers nobody
		if held++; held > 16 {
			t.Fatal("a queue of one has room for many")
		}
	}
	for range held {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	if !c.holds(t.Context(), u) {
		t.Error("it has room again, and does not hold")
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

// A test binary that is told to is a program that As starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "as" {
		if err := As(64077, os.Args[2:]); err != nil {
			_, _ = io.WriteString(os.Stderr, err.Error())
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// The command is where only root may look, and so is what it reads.
func TestAs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("becoming another user needs root")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cat, err := os.ReadFile("/bin/cat")
	if err != nil {
		t.Fatal(err)
	}
	program, secret := filepath.Join(dir, "cat"), filepath.Join(dir, "secret")
	if err := os.WriteFile(program, cat, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("found\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), self, "as", program, secret, "/proc/self/status").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{
		"found\n", "Uid:\t64077\t64077\t64077\t64077\n", "Gid:\t64077\t64077\t64077\t64077\n",
		"Groups:\t \n", "CapEff:\t0000000000000002\n", "CapPrm:\t0000000000000002\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
}

// What the machine has mounted below a folder is as read-only to a node as the
// folder itself.
func TestReadOnlyBelow(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may mount")
	}
	source, root := t.TempDir(), t.TempDir()
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the thread ends with its mounts
		result <- func() error {
			if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
				return err
			}
			if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
				return err
			}
			b := builder{root: source}
			b.mount("tmpfs", "below", "tmpfs", 0, "size=1m")
			b.root = root
			b.bind(source, "system", true)
			if b.err != nil {
				return b.err
			}
			for _, file := range []string{"system/x", "system/below/x"} {
				if err := touch(filepath.Join(root, file)); !errors.Is(err, unix.EROFS) {
					return fmt.Errorf("write %s: %w", file, err)
				}
			}
			return touch(filepath.Join(source, "below", "x")) // it is the node's view only
		}()
	}()
	if err := <-result; err != nil {
		t.Error(err)
	}
}
