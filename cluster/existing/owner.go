package existing

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/podlab/podlab/internal/atomicfile"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// Label is on every object that a lesson's terminal made on a cluster of the
// user's; its value is the lab's owner, which no other lab has.
const Label = "podlab.dev/lab"

// EnvOwner is the environment variable by which the terminal's kubectl knows
// whose its objects are.
const EnvOwner = "PODLAB_OWNER"

// ownerForm is that of every owner: the name of its lab, and a random word.
var ownerForm = regexp.MustCompile(`^[a-z][-a-z0-9]*-[a-z2-7]{10}$`)

// Owner is the value of Label for this lab. It is made up once and kept in the
// lab's folder: two people who use one cluster do not share a lab's name, and
// all who ask at the same time get the same. It is never empty: a file that
// holds none, as one written on a full disk, is replaced.
func (p *Provider) Owner() (string, error) {
	if owner, err := p.readOwner(); err != nil || owner != "" {
		return owner, err
	}
	// Nobody holds this lock for longer than a write takes.
	unlock, err := dirs.LockLab(context.Background(), p.cfg.Dir, "owner.lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if owner, err := p.readOwner(); err != nil || owner != "" { // another podlab may have made it meanwhile
		return owner, err
	}
	owner := p.cfg.Name + "-" + strings.ToLower(rand.Text()[:10])
	if err := atomicfile.Replace(p.ownerFile(), []byte(owner+"\n"), 0o600); err != nil {
		return "", say.Errorf("keep whose the lab's objects are: %w", err)
	}
	return owner, nil
}

// readOwner returns the owner that is kept, "" if there is none.
func (p *Provider) readOwner() (string, error) {
	text, err := os.ReadFile(p.ownerFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", say.Errorf("read whose the lab's objects are: %w", err)
	}
	return ownerForm.FindString(strings.TrimSpace(string(text))), nil
}

func (p *Provider) ownerFile() string { return filepath.Join(p.cfg.Dir, "owner") }

// Mark makes all that a client creates carry the owner's label. Objects that
// are there already and are not the owner's stay without it.
func Mark(config *rest.Config, owner string) *rest.Config {
	config.ContentType = "application/json"
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return marker{next, owner} })
	return config
}

type marker struct {
	next  http.RoundTripper
	owner string
}

// RoundTrip implements http.RoundTripper.
func (m marker) RoundTrip(req *http.Request) (*http.Response, error) {
	mine, err := m.makes(req)
	if err != nil || !mine {
		return m.send(req, err)
	}
	body, err := io.ReadAll(req.Body)
	if err = errors.Join(err, req.Body.Close()); err != nil {
		return nil, err
	}
	if marked, ok := mark(body, m.owner); ok {
		body = marked
	}
	req = req.Clone(req.Context())
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return m.next.RoundTrip(req)
}

func (m marker) send(req *http.Request, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	return m.next.RoundTrip(req)
}

// makes tells whether a request makes an object, or writes one of the owner's
// as a whole, which would take the label away.
func (m marker) makes(req *http.Request) (bool, error) {
	collection, object := place(req.URL.Path)
	kind, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	switch {
	case req.Body == nil:
		return false, nil
	case req.Method == http.MethodPost:
		return collection && kind == "application/json", nil
	case req.Method == http.MethodPut && object, req.Method == http.MethodPatch && object && kind == "application/apply-patch+yaml":
		return m.owns(req)
	}
	return false, nil
}

// owns asks for the object that a request writes: it is the owner's if it says
// so or is not there yet.
func (m marker) owns(req *http.Request) (bool, error) {
	ask := req.Clone(req.Context())
	ask.Method, ask.Body, ask.GetBody, ask.ContentLength = http.MethodGet, nil, nil, 0
	ask.URL.RawQuery = ""
	ask.Header.Del("Content-Type")
	ask.Header.Set("Accept", "application/json")
	resp, err := m.next.RoundTrip(ask)
	if err != nil {
		return false, err
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	if resp.StatusCode == http.StatusNotFound {
		return true, nil
	}
	var object struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&object); err != nil {
		return false, nil // the request itself will tell what is wrong
	}
	return object.Metadata.Labels[Label] == m.owner, nil
}

// reviews are the groups whose objects are questions: nothing is kept, and some
// may have no metadata.
var reviews = []string{"authentication.k8s.io", "authorization.k8s.io"}

// place tells whether an API path is that of a kind's objects or of one object,
// not of one's part such as its log.
func place(path string) (collection, object bool) {
	// A server behind another may have a path of its own before the API's.
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for len(parts) > 0 && parts[0] != "api" && parts[0] != "apis" {
		parts = parts[1:]
	}
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:] // v1
	case len(parts) > 3 && parts[0] == "apis" && !slices.Contains(reviews, parts[1]):
		parts = parts[3:] // group, version
	default:
		return false, false
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		parts = parts[2:]
	}
	return len(parts) == 1, len(parts) == 2
}

// mark adds the label to an object in JSON. What is no object with metadata is
// left alone.
func mark(body []byte, owner string) (marked []byte, ok bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object["kind"] == nil {
		return nil, false
	}
	metadata := make(map[string]json.RawMessage)
	if raw := object["metadata"]; raw != nil && json.Unmarshal(raw, &metadata) != nil {
		return nil, false
	}
	labels := make(map[string]string)
	if raw := metadata["labels"]; raw != nil && json.Unmarshal(raw, &labels) != nil {
		return nil, false
	}
	labels[Label] = owner
	var err error
	if metadata["labels"], err = json.Marshal(labels); err != nil {
		return nil, false
	}
	if object["metadata"], err = json.Marshal(metadata); err != nil {
		return nil, false
	}
	marked, err = json.Marshal(object)
	return marked, err == nil
}
