package images

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// server is a real registry on loopback whose answers a test can change.
type server struct {
	*httptest.Server
	host string
	t    *testing.T

	mu       sync.Mutex
	requests []string // method and path, after the images were pushed
	// meddle may answer instead of the registry, and then returns true.
	meddle func(w http.ResponseWriter, r *http.Request, real http.Handler) bool
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t}
	real := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		meddle := s.meddle
		s.mu.Unlock()
		if meddle == nil || !meddle(w, r, real) {
			real.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	s.host = strings.TrimPrefix(s.URL, "http://")
	return s
}

// push puts an image for this machine and one for another one under a name.
func (s *server) push(repo string) v1.Image {
	s.t.Helper()
	mine, other := image(s.t, runtime.GOARCH), image(s.t, "s390x")
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: other, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}},
		mutate.IndexAddendum{Add: mine, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}}})
	if err := remote.WriteIndex(s.tag(repo), index); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
	return mine
}

func (s *server) tag(repo string) name.Tag {
	s.t.Helper()
	tag, err := name.NewTag(s.host + "/" + repo)
	if err != nil {
		s.t.Fatal(err)
	}
	return tag
}

// set changes what the registry answers from now on.
func (s *server) set(meddle func(http.ResponseWriter, *http.Request, http.Handler) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meddle = meddle
}

func (s *server) asked(part string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if strings.Contains(r, part) {
			n++
		}
	}
	return n
}

func image(t *testing.T, arch string) v1.Image {
	t.Helper()
	img, err := random.Image(64<<10, 3)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", arch
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	return img
}

// opts sends what is meant for Docker's registry to the test's one, and fails
// the test when an image is built.
func (s *server) opts(mode Mode) Options {
	return Options{
		Mode:    mode,
		Hosts:   map[string]string{"docker.io": s.host},
		builder: &fakeBuilder{err: errors.New("this test does not build")},
	}
}

func TestPullByDigest(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	img := srv.push("library/nginx:latest")
	r := &recorder{t: t}
	if err := s.Ensure(t.Context(), []string{"nginx"}, srv.opts(ModeAuto), r.report); err != nil {
		t.Fatal(err)
	}
	got, err := s.Lookup("nginx")
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest != digest(t, img) || got.Origin != Registry || got.Ref != nginx {
		t.Errorf("got %+v, want the image for %s", got, runtime.GOARCH)
	}
	if n := srv.asked("GET /v2/library/nginx/manifests/latest"); n != 0 {
		t.Errorf("content was fetched by tag %d times", n)
	}
	if n := srv.asked("HEAD /v2/library/nginx/manifests/latest"); n != 1 {
		t.Errorf("the tag was resolved %d times, want once", n)
	}
	index, err := layout.ImageIndexFromPath(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	if !r.said("MB") {
		t.Errorf("nobody reported bytes: %+v", r.reports)
	}
}

func TestPullByDigestReference(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	ref := "nginx@" + digest(t, srv.push("library/nginx:latest"))
	if err := s.Ensure(t.Context(), []string{ref}, srv.opts(ModeAuto), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lookup(ref); err != nil {
		t.Error(err)
	}
}

// TestPullWithoutHead has a registry that does not answer HEAD.
func TestPullWithoutHead(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	img := srv.push("library/nginx:latest")
	srv.set(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodHead {
			return false
		}
		w.WriteHeader(http.StatusMethodNotAllowed)
		return true
	})
	if err := s.Ensure(t.Context(), []string{"nginx"}, srv.opts(ModeAuto), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Lookup("nginx"); err != nil || got.Digest != digest(t, img) {
		t.Errorf("Lookup = %+v, %v", got, err)
	}
}

func TestPullWaitsWhenToldTo(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	srv.push("library/nginx:latest")
	left := 2
	srv.set(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		if !strings.Contains(r.URL.Path, "/blobs/") || left == 0 {
			return false
		}
		left--
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	opts, r := srv.opts(ModeAuto), &recorder{t: t}
	var waits []time.Duration
	opts.wait = func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}
	if err := s.Ensure(t.Context(), []string{"nginx"}, opts, r.report); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{17 * time.Second, 17 * time.Second}, waits); diff != "" {
		t.Error(diff)
	}
	if !r.said("wants us to wait 17s") {
		t.Errorf("nobody said so: %+v", r.reports)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, tc := range []struct {
		header   string
		waits    int
		min, max time.Duration
	}{
		{"5", 3, 5 * time.Second, 5 * time.Second},
		{"", 0, 2 * time.Second, 2 * time.Second},
		{"", 2, 8 * time.Second, 8 * time.Second},
		{"soon", 1, 4 * time.Second, 4 * time.Second},
		{"-1", 0, 2 * time.Second, 2 * time.Second},
		{time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), 0, 50 * time.Second, time.Minute},
		{time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat), 0, 0, 0},
	} {
		if got := retryAfter(tc.header, tc.waits); got < tc.min || got > tc.max {
			t.Errorf("retryAfter(%q, %d) = %v", tc.header, tc.waits, got)
		}
	}
}

// TestUnavailable lists what makes another source right in auto mode, and an
// error where a registry was asked for.
func TestUnavailable(t *testing.T) {
	status := func(code int, after string) func(http.ResponseWriter, *http.Request, http.Handler) bool {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if r.URL.Path == "/v2/" {
				return false
			}
			w.Header().Set("Retry-After", after)
			w.WriteHeader(code)
			return true
		}
	}
	for name, tc := range map[string]struct {
		meddle func(http.ResponseWriter, *http.Request, http.Handler) bool
		down   bool
		want   string
	}{
		"down":               {down: true},
		"no such image":      {meddle: status(http.StatusNotFound, "")},
		"not allowed":        {meddle: status(http.StatusForbidden, "")},
		"limited for hours":  {meddle: status(http.StatusTooManyRequests, strconv.Itoa(6*3600))},
		"limited for ever":   {meddle: status(http.StatusTooManyRequests, "0")},
		"for other machines": {want: "has it for s390x only"},
		"an index of others": {want: "has it for linux/s390x, windows/" + runtime.GOARCH + " only, this machine is linux/"},
		"an index of none":   {want: "has it for unknown only"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, s := newServer(t), newStore(t)
			other, tag, index := image(t, "s390x"), srv.tag("library/nginx:latest"), v1.ImageIndex(empty.Index)
			var err error
			switch name {
			case "for other machines":
				err = remote.Write(tag, other)
			case "an index of others":
				for _, p := range []v1.Platform{{OS: "linux", Architecture: "s390x"}, {OS: "windows", Architecture: runtime.GOARCH}, {OS: "unknown", Architecture: "unknown"}} {
					index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: other, Descriptor: v1.Descriptor{Platform: &p}})
				}
				fallthrough
			case "an index of none":
				err = remote.WriteIndex(tag, index)
			}
			if err != nil {
				t.Fatal(err)
			}
			srv.set(tc.meddle)
			if tc.down {
				srv.Close()
			}
			opts := srv.opts(ModeRegistry)
			opts.wait = func(context.Context, time.Duration) error { return nil }
			err = s.Ensure(t.Context(), []string{"nginx"}, opts, nil)
			if err == nil || !strings.HasPrefix(err.Error(), "image "+nginx+": ") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("registry mode: %v, want an error that names the image and says %q", err, tc.want)
			}
			opts.Mode, opts.builder = ModeAuto, &fakeBuilder{}
			if err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil); err != nil {
				t.Errorf("auto mode: %v", err)
			}
			if origin, err := s.Origin("nginx"); err != nil || origin != Offline {
				t.Errorf("auto mode: origin %q, %v", origin, err)
			}
		})
	}
}

// TestProbeOnce makes sure that a registry which takes connections and says
// nothing costs its time only once, however many images are wanted.
func TestProbeOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
		}
	})
	b := &fakeBuilder{}
	opts := Options{Mode: ModeAuto, Hosts: map[string]string{"docker.io": l.Addr().String()}, builder: b, probe: 50 * time.Millisecond}
	err = newStore(t).Ensure(t.Context(), []string{"nginx", "polinux/stress", "busybox"}, opts, nil)
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	accepting.Wait()
	for _, c := range conns {
		_ = c.Close() // the client has hung up
	}
	if len(conns) != 1 || b.builds.Load() != 3 {
		t.Errorf("%d connections and %d builds, want 1 and 3", len(conns), b.builds.Load())
	}
}

func TestAutoSaysWhenNothingHelps(t *testing.T) {
	srv := newServer(t)
	err := newStore(t).Ensure(t.Context(), []string{"docker.io/some/thing:1"}, srv.opts(ModeAuto), nil)
	if err == nil || !strings.Contains(err.Error(), "image docker.io/some/thing:1: it cannot be pulled, and there is no recipe") {
		t.Errorf("error %v", err)
	}
}

// TestLiesAreRefused serves content that is not what its digest says. Nothing
// of it may be kept, and no other image may silently take its place.
func TestLiesAreRefused(t *testing.T) {
	for name, part := range map[string]string{"manifest": "/manifests/sha256:", "layer or config": "/blobs/"} {
		t.Run(name, func(t *testing.T) {
			srv, s := newServer(t), newStore(t)
			srv.push("library/nginx:latest")
			srv.set(func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
				if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, part) {
					return false
				}
				answer := httptest.NewRecorder()
				real.ServeHTTP(answer, r)
				for k, v := range answer.Header() {
					w.Header()[k] = v
				}
				body := answer.Body.Bytes()
				if name == "manifest" {
					body = bytes.Replace(body, []byte("application/vnd"), []byte("application/Vnd"), 1)
				} else {
					body[len(body)/2] ^= 1
				}
				w.WriteHeader(answer.Code)
				_, _ = w.Write(body) // a client that hangs up is no failure of the test
				return true
			})
			opts := srv.opts(ModeAuto)
			b := &fakeBuilder{}
			opts.builder = b
			err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil)
			if err == nil || !strings.Contains(err.Error(), "does not match") && !strings.Contains(err.Error(), "checksum") {
				t.Errorf("error %v, want one about the digest", err)
			}
			if b.builds.Load() != 0 {
				t.Error("another image took its place")
			}
			if _, err := s.Lookup("nginx"); !errors.Is(err, ErrNotFound) {
				t.Errorf("Lookup: %v, want ErrNotFound", err)
			}
		})
	}
}

// TestPullGoesOn breaks a connection in the middle of the last layer.
func TestPullGoesOn(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	img := srv.push("library/nginx:latest")
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	hash := func(i int) string {
		h, err := layers[i].Digest()
		if err != nil {
			t.Fatal(err)
		}
		return h.String()
	}
	size, err := layers[2].Size()
	if err != nil {
		t.Fatal(err)
	}
	broken := false
	srv.set(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		if broken || !strings.HasSuffix(r.URL.Path, hash(2)) {
			return false
		}
		broken = true
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		_, _ = w.Write(make([]byte, 1000)) // the rest never comes
		return true
	})
	if err := s.Ensure(t.Context(), []string{"nginx"}, srv.opts(ModeAuto), nil); err != nil {
		t.Fatal(err)
	}
	if n := srv.asked("GET /v2/library/nginx/blobs/" + hash(0)); n != 1 {
		t.Errorf("the first layer was fetched %d times", n)
	}
	if n := srv.asked("GET /v2/library/nginx/blobs/" + hash(2)); n != 2 {
		t.Errorf("the last layer was fetched %d times, want 2", n)
	}
}

// TestStreamsBreak has a registry that speaks HTTP/2 and resets the stream in the
// middle of each layer once. That is none of the errors that sockets have.
func TestStreamsBreak(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	img := srv.push("library/nginx:latest")
	var reset atomic.Int32
	second := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		answer := httptest.NewRecorder()
		srv.Config.Handler.ServeHTTP(answer, r)
		for k, v := range answer.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(answer.Code)
		body := answer.Body.Bytes()
		if len(body) > 32<<10 && reset.Add(1) == 1 {
			_, _ = w.Write(body[:len(body)/2]) // the rest never comes
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(body) // a client that hangs up is no failure of the test
	}))
	second.EnableHTTP2 = true
	second.StartTLS()
	t.Cleanup(second.Close)
	r := &recorder{t: t}
	opts := srv.opts(ModeRegistry)
	opts.stall = time.Minute
	p := newPuller(opts, func(detail say.Text) { r.report(cluster.Progress{Detail: detail}) })
	p.transport.(*patient).next = secured{second}
	err := p.pull(t.Context(), nginx, func(img v1.Image, wrote func(int)) error {
		return s.put(t.Context(), img, []string{nginx}, map[string]string{}, wrote)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Lookup("nginx"); err != nil || got.Digest != digest(t, img) {
		t.Errorf("Lookup = %+v, %v", got, err)
	}
	if !r.said("the connection broke, trying again (stream error") {
		t.Errorf("nobody said so: %+v", r.reports)
	}
}

// secured sends what is meant for a plain server to one with TLS.
type secured struct{ *httptest.Server }

func (s secured) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = "https", s.Listener.Addr().String()
	return s.Client().Transport.RoundTrip(req)
}

// Any end of a body before its own is one of the connection, GOAWAY too.
func TestBodiesBreak(t *testing.T) {
	away := errors.New("http2: server sent GOAWAY and closed the connection")
	body := &watched{ReadCloser: io.NopCloser(iotest.ErrReader(away)), limit: time.Minute}
	if _, err := io.ReadAll(body); !errors.Is(err, away) || !broken(err) || !unavailable(err) {
		t.Errorf("error %v is not one of the connection", err)
	}
	if _, err := (&watched{ReadCloser: io.NopCloser(strings.NewReader("")), limit: time.Minute}).Read(make([]byte, 1)); err != io.EOF { //nolint:errorlint // as io.Reader has it
		t.Errorf("at its end: %v", err)
	}
}

// TestSlow has a registry that brings each layer in small pieces: as long as
// something comes, podlab waits and tells how much has come.
func TestSlow(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	srv.push("library/nginx:latest")
	srv.set(func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") {
			return false
		}
		answer := httptest.NewRecorder()
		real.ServeHTTP(answer, r)
		for piece := range slices.Chunk(answer.Body.Bytes(), 8<<10) {
			_, _ = w.Write(piece) // a client that hangs up shows itself below
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond) // the registry's, not the test's
		}
		return true
	})
	opts, r := srv.opts(ModeAuto), &recorder{t: t}
	opts.stall = 10 * time.Second
	if err := s.Ensure(t.Context(), []string{"nginx"}, opts, r.report); err != nil {
		t.Fatal(err)
	}
	if !r.said("of 0.2 MB") {
		t.Errorf("nobody said how much has come: %+v", r.reports)
	}
}

// TestStandsStill has a registry whose download stops in the middle, with the
// connection open: it is begun again, and said so.
func TestStandsStill(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	srv.push("library/nginx:latest")
	var hangs atomic.Int32
	released := make(chan struct{})
	defer close(released)
	srv.set(func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") || hangs.Add(1) > 1 {
			return false
		}
		answer := httptest.NewRecorder()
		real.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2]) // the rest never comes
		w.(http.Flusher).Flush()
		select {
		case <-released:
		case <-r.Context().Done():
		}
		return true
	})
	opts, r := srv.opts(ModeAuto), &recorder{t: t}
	opts.stall = 300 * time.Millisecond
	if err := s.Ensure(t.Context(), []string{"nginx"}, opts, r.report); err != nil {
		t.Fatal(err)
	}
	if !r.said("stood still") {
		t.Errorf("nobody said so: %+v", r.reports)
	}
}

func TestPullIsCancelled(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	srv.push("library/nginx:latest")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := s.Ensure(ctx, []string{"nginx"}, srv.opts(ModeAuto), func(p cluster.Progress) {
		if strings.Contains(p.Detail.String(), "MB") {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("List = %v, %v: a part of an image is visible", list, err)
	}
}

func TestRegistryReplacesOffline(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	img := srv.push("library/nginx:latest")
	add(t, s, Offline, nginx)
	opts := srv.opts(ModeOffline)
	opts.builder = &fakeBuilder{}
	if err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil); err != nil {
		t.Fatal(err)
	}
	if n := srv.asked(""); n != 0 {
		t.Errorf("offline mode sent %d requests", n)
	}
	opts.Mode = ModeRegistry
	if err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Lookup("nginx"); err != nil || got.Digest != digest(t, img) {
		t.Errorf("Lookup = %+v, %v", got, err)
	}
	// Offline mode keeps what was pulled.
	opts.Mode = ModeOffline
	if err := s.Ensure(t.Context(), []string{"nginx"}, opts, nil); err != nil {
		t.Fatal(err)
	}
	if origin, err := s.Origin(); err != nil || origin != Registry {
		t.Errorf("origin %q, %v", origin, err)
	}
}

// What came in full before a pull was given up is not fetched again by the next
// podlab.
func TestNextPullGoesOn(t *testing.T) {
	srv, s := newServer(t), newStore(t)
	img := srv.push("library/nginx:latest")
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	first, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	last, err := layers[2].Digest()
	if err != nil {
		t.Fatal(err)
	}
	srv.set(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.HasSuffix(r.URL.Path, last.String()) {
			return false
		}
		w.Header().Set("Content-Length", "1000000")
		_, _ = w.Write(make([]byte, 1000)) // the rest never comes
		return true
	})
	if err := s.Ensure(t.Context(), []string{"nginx"}, srv.opts(ModeRegistry), nil); err == nil {
		t.Fatal("an image without its last layer was taken")
	}
	srv.set(func(http.ResponseWriter, *http.Request, http.Handler) bool { return false })
	if s, err = Open(s.Dir()); err != nil {
		t.Fatal(err)
	}
	if err := s.Ensure(t.Context(), []string{"nginx"}, srv.opts(ModeRegistry), nil); err != nil {
		t.Fatal(err)
	}
	if n := srv.asked("GET /v2/library/nginx/blobs/" + first.String()); n != 1 {
		t.Errorf("the first layer was fetched %d times", n)
	}
}
