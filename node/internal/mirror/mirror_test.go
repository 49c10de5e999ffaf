package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
)

// store is an image layout that tests write.
type store struct {
	t   *testing.T
	dir string
}

func (s store) blob(content string) (digest string) {
	s.t.Helper()
	sum := sha256.Sum256([]byte(content))
	name := hex.EncodeToString(sum[:])
	dir := filepath.Join(s.dir, "blobs", "sha256")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return "sha256:" + name
}

func (s store) index(manifests ...descriptor) {
	s.t.Helper()
	data, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": manifests})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "index.json"), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func get(t *testing.T, h http.Handler, method, url string) (status int, mediaType, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, url, nil))
	data, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, w.Header().Get("Content-Type"), string(data)
}

func TestPull(t *testing.T) {
	s := store{t, t.TempDir()}
	h := Handler(s.dir)
	const url = "/v2/library/nginx/manifests/latest?ns=docker.io"
	if status, _, _ := get(t, h, "GET", url); status != http.StatusNotFound {
		t.Errorf("without a layout: %d", status)
	}

	manifest := `{"schemaVersion":2,"mediaType":"` + manifestType + `"}`
	digest := s.blob(manifest)
	plain := s.blob(`{"schemaVersion":2,"manifests":[]}`)
	s.index(
		descriptor{MediaType: manifestType, Digest: digest, Annotations: map[string]string{refName: "docker.io/library/nginx:latest"}},
		descriptor{MediaType: indexType, Digest: plain, Annotations: map[string]string{refName: "registry.k8s.io/a/b:v1"}},
		descriptor{MediaType: manifestType, Digest: "sha256:../../../etc/passwd", Annotations: map[string]string{refName: "docker.io/library/evil:latest"}},
	)
	for _, c := range []struct {
		method, url     string
		status          int
		mediaType, body string
	}{
		{"GET", "/v2/", 200, "", ""},
		{"GET", url, 200, manifestType, manifest},
		{"HEAD", url, 200, manifestType, ""},
		{"GET", "/v2/library/nginx/manifests/latest", 200, manifestType, manifest},
		{"GET", "/v2/a/b/manifests/v1?ns=registry.k8s.io", 200, indexType, `{"schemaVersion":2,"manifests":[]}`},
		{"GET", "/v2/a/b/manifests/" + digest, 200, manifestType, manifest},
		{"GET", "/v2/a/b/manifests/" + plain, 200, indexType, `{"schemaVersion":2,"manifests":[]}`},
		{"GET", "/v2/x/blobs/" + digest, 200, "application/octet-stream", manifest},
	} {
		status, mediaType, body := get(t, h, c.method, c.url)
		if status != c.status || mediaType != c.mediaType || body != c.body {
			t.Errorf("%s %s: %d %s %q", c.method, c.url, status, mediaType, body)
		}
	}
	for _, url := range []string{
		"/v2/library/nginx/manifests/other?ns=docker.io",
		"/v2/library/nginx/manifests/latest?ns=quay.io",
		"/v2/library/evil/manifests/latest?ns=docker.io",
		"/v2/x/blobs/sha256:" + hex.EncodeToString(make([]byte, 32)),
		"/v2/x/blobs/..%2f..%2findex.json",
		"/v2/x",
	} {
		if status, _, body := get(t, h, "GET", url); status != http.StatusNotFound {
			t.Errorf("GET %s: %d %q", url, status, body)
		}
	}
	if status, _, _ := get(t, h, "PUT", url); status != http.StatusMethodNotAllowed {
		t.Errorf("a push: %d", status)
	}
}

func TestImagesAddedLater(t *testing.T) {
	s := store{t, t.TempDir()}
	h := Handler(s.dir)
	s.index()
	s.index(descriptor{MediaType: manifestType, Digest: s.blob("{}"), Annotations: map[string]string{refName: "docker.io/library/new:1"}})
	if status, _, _ := get(t, h, "GET", "/v2/library/new/manifests/1?ns=docker.io"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "index.json"), []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := get(t, h, "GET", "/v2/library/new/manifests/1?ns=docker.io"); status != http.StatusInternalServerError {
		t.Errorf("with a damaged index: %d", status)
	}
}

// Of several layouts the first that has an image gives it; one that is not
// there gives none.
func TestSeveralLayouts(t *testing.T) {
	first, second := store{t, t.TempDir()}, store{t, t.TempDir()}
	name := func(n string) map[string]string { return map[string]string{refName: n} }
	one, two, other := first.blob(`{"n":1}`), second.blob(`{"n":2}`), second.blob(`{"n":3}`)
	first.index(descriptor{manifestType, one, name("docker.io/library/a:1")})
	second.index(descriptor{manifestType, two, name("docker.io/library/a:1")}, descriptor{manifestType, other, name("docker.io/library/b:1")})
	srv := httptest.NewServer(Handler(filepath.Join(first.dir, "none"), first.dir, second.dir))
	t.Cleanup(srv.Close)
	for path, want := range map[string]string{
		"/v2/library/a/manifests/1":        `{"n":1}`,
		"/v2/library/b/manifests/1":        `{"n":3}`,
		"/v2/library/b/blobs/" + two:       `{"n":2}`,
		"/v2/library/b/manifests/" + other: `{"n":3}`,
	} {
		resp, err := http.Get(srv.URL + path + "?ns=docker.io")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // read to its end
		if err != nil || resp.StatusCode != http.StatusOK || string(body) != want {
			t.Errorf("%s: %d %s, %v", path, resp.StatusCode, body, err)
		}
	}
}
