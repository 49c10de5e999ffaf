// Package mirror serves the images of an OCI image layout as a read-only
// registry, which stands in for every registry that an image's name can mean.
package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// refName is the annotation with an image's full name in the layout's index.
const refName = "org.opencontainers.image.ref.name"

var digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Annotations map[string]string `json:"annotations"`
}

// Serve answers pulls on l from the layout folders until l is closed. What
// several have comes from the first. The folders are read anew for each
// request: images may be added at any time. One that is not there has none.
func Serve(l net.Listener, layouts ...string) error {
	srv := &http.Server{Handler: Handler(layouts...), ReadHeaderTimeout: 10 * time.Second}
	return srv.Serve(l)
}

// Handler is the pull half of the OCI distribution protocol. The registry that
// the client means is in the query parameter "ns", as containerd sends it.
func Handler(layouts ...string) http.Handler {
	h := handler{layouts: layouts}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /v2/{path...}", h.get)
	return mux
}

type handler struct{ layouts []string }

func (h handler) get(w http.ResponseWriter, r *http.Request) {
	dir, ref := path.Split(r.PathValue("path"))
	dir = strings.TrimSuffix(dir, "/")
	if repo, ok := strings.CutSuffix(dir, "/manifests"); ok {
		h.manifest(w, r, repo, ref)
		return
	}
	if strings.HasSuffix(dir, "/blobs") && digestPattern.MatchString(ref) {
		h.blob(w, r, ref, "application/octet-stream")
		return
	}
	fail(w, http.StatusNotFound, "NAME_UNKNOWN", "no such path")
}

func (h handler) manifest(w http.ResponseWriter, r *http.Request, repo, ref string) {
	if digestPattern.MatchString(ref) {
		mediaType, err := h.mediaType(ref)
		if err != nil {
			fail(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "not in the image store: "+ref)
			return
		}
		h.blob(w, r, ref, mediaType)
		return
	}
	registry := r.URL.Query().Get("ns")
	if registry == "" {
		registry = "docker.io"
	}
	name := registry + "/" + repo + ":" + ref
	d, err := h.find(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fail(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "not in the image store: "+name)
	case err != nil:
		fail(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
	default:
		h.blob(w, r, d.Digest, d.MediaType)
	}
}

// find looks an image's full name up in the layout's index.
func (h handler) find(name string) (descriptor, error) {
	for _, layout := range h.layouts {
		d, err := find(layout, name)
		if !errors.Is(err, fs.ErrNotExist) {
			return d, err
		}
	}
	return descriptor{}, fs.ErrNotExist
}

func find(layout, name string) (descriptor, error) {
	data, err := os.ReadFile(filepath.Join(layout, "index.json"))
	if err != nil {
		return descriptor{}, err
	}
	var index struct {
		Manifests []descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return descriptor{}, fmt.Errorf("read the image store's index: %w", err)
	}
	for _, d := range index.Manifests {
		if d.Annotations[refName] == name && digestPattern.MatchString(d.Digest) {
			return d, nil
		}
	}
	return descriptor{}, fs.ErrNotExist
}

func (h handler) open(digest string) (*os.File, error) {
	for _, layout := range h.layouts {
		f, err := os.Open(filepath.Join(layout, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:")))
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, fs.ErrNotExist
}

// mediaType reads a manifest's type out of the manifest.
func (h handler) mediaType(digest string) (string, error) {
	f, err := h.open(digest)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(f)
	if err != nil {
		return "", err
	}
	var m struct {
		MediaType string          `json:"mediaType"`
		Manifests json.RawMessage `json:"manifests"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return "", err
	}
	switch {
	case m.MediaType != "":
		return m.MediaType, nil
	case m.Manifests != nil:
		return "application/vnd.oci.image.index.v1+json", nil
	}
	return "application/vnd.oci.image.manifest.v1+json", nil
}

func (h handler) blob(w http.ResponseWriter, r *http.Request, digest, mediaType string) {
	f, err := h.open(digest)
	if err != nil {
		fail(w, http.StatusNotFound, "BLOB_UNKNOWN", "not in the image store: "+digest)
		return
	}
	defer func() { _ = f.Close() }() // only read
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Docker-Content-Digest", digest)
	http.ServeContent(w, r, "", time.Time{}, f)
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may be gone; there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
