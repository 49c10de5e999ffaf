package images

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/podlab/podlab/cluster"
)

// Environment of this test binary when a test runs it as another process: the
// store's folder and the registry's host.
const (
	childDir  = "PODLAB_TEST_STORE"
	childHost = "PODLAB_TEST_HOST"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			panic(err)
		}
		return
	}
	m.Run()
}

// child pulls nginx into a store, in a process of its own.
func child(dir string) error {
	s, err := Open(dir)
	if err != nil {
		return err
	}
	opts := Options{Mode: ModeRegistry, Hosts: map[string]string{"docker.io": os.Getenv(childHost)}}
	say := func(p cluster.Progress) { _, _ = fmt.Fprintln(os.Stdout, p.Detail) }
	if err := s.Ensure(context.Background(), []string{"nginx"}, opts, say); err != nil {
		list, lerr := s.List()
		return fmt.Errorf("%d images are visible: %w", len(list), errors.Join(err, lerr))
	}
	return nil
}

func command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Stderr = new(strings.Builder)
	return cmd
}

// TestKilledWriter kills a process with SIGKILL in the middle of a layer.
func TestKilledWriter(t *testing.T) {
	srv, dir := newServer(t), t.TempDir()
	img := srv.push("library/nginx:latest")
	held := make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	t.Cleanup(release) // else the server could not be closed
	srv.set(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.Contains(r.URL.Path, "/blobs/") || srv.asked("/blobs/") < 2 {
			return false
		}
		_, _ = w.Write(make([]byte, 1000)) // the client is about to be killed
		w.(http.Flusher).Flush()
		<-held
		return true
	})
	cmd := command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childHost+"="+srv.host)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Bytes are reported when the first of a layer have come.
	for lines := bufio.NewScanner(out); lines.Scan() && !strings.Contains(lines.Text(), "MB"); {
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the process was to be killed and ended well")
	}
	release()

	if left, err := os.ReadDir(filepath.Join(dir, tmpFolder)); err != nil || len(left) == 0 {
		t.Fatalf("nothing was left half-written (%v): the test did not test", err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{tmpFolder, "blobs/sha256"} {
		if left, err := os.ReadDir(filepath.Join(dir, sub)); err != nil || len(left) > 0 {
			t.Errorf("%s holds %v, %v", sub, left, err)
		}
	}
	srv.set(nil)
	if err := s.Ensure(t.Context(), []string{"nginx"}, srv.opts(ModeAuto), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Lookup("nginx"); err != nil || got.Digest != digest(t, img) {
		t.Errorf("Lookup = %+v, %v", got, err)
	}
}

func TestDiskFull(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("a small file system can only be mounted on Linux, by root")
	}
	srv, dir := newServer(t), t.TempDir()
	srv.push("library/nginx:latest")
	// The mount is in a namespace of the child's own and ends with it.
	cmd := command("unshare", "--mount", "sh", "-c", `mount -t tmpfs -o size=100k tmpfs "$1" && exec "$0"`, os.Args[0], dir)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childHost+"="+srv.host)
	err := cmd.Run()
	said := fmt.Sprint(cmd.Stderr)
	if err == nil || !strings.Contains(said, "the disk is full: free some space") {
		t.Errorf("error %v, said %q", err, said)
	}
	if !strings.Contains(said, "0 images are visible") {
		t.Errorf("said %q: a part of an image is visible", said)
	}
}
