// Package apitest is a small Kubernetes API server for tests: it stores objects
// of any kind in memory, lists and watches them with revisions, bookmarks and
// initial events, forgets old revisions when told to (410 Gone), drops
// connections, and can go away and come back on the same address. It validates
// nothing and runs nothing.
package apitest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a running API server.
type Server struct {
	t    testing.TB
	addr string
	http *http.Server

	mu       sync.Mutex
	cluster  int // counts clusters, for UIDs
	revision uint64
	oldest   uint64 // revisions before it are forgotten
	kinds    []Kind
	objects  map[string]stored // by kind and namespace/name
	log      []change
	news     chan struct{} // closed and renewed at every change
	requests []string
	drop     chan struct{} // closed and renewed to end all watches
	refuse   map[string]int
}

// Kind is a kind that the server knows.
type Kind struct {
	APIVersion, Kind, Resource string
	Namespaced                 bool
}

func (k Kind) path() string {
	if strings.Contains(k.APIVersion, "/") {
		return "/apis/" + k.APIVersion
	}
	return "/api/" + k.APIVersion
}

type stored struct {
	kind   Kind
	object map[string]any
}

type change struct {
	verb     string
	kind     Kind
	object   map[string]any
	revision uint64
}

// New starts a server on the loopback address. It has the core kinds that
// lessons use and a kube-system namespace.
func New(t testing.TB) *Server {
	s := &Server{t: t, news: make(chan struct{}), drop: make(chan struct{}), refuse: map[string]int{}}
	s.Recreate()
	for _, k := range []Kind{
		{"v1", "Namespace", "namespaces", false},
		{"v1", "Node", "nodes", false},
		{"v1", "Pod", "pods", true},
		{"v1", "Event", "events", true},
		{"v1", "ConfigMap", "configmaps", true},
	} {
		s.Define(k)
	}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start listens again after Stop, on the same address.
func (s *Server) Start() {
	s.t.Helper()
	if s.addr == "" {
		s.addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	srv := &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 5 * time.Second}
	s.http = srv
	go func() { _ = srv.Serve(l) }() // ends by Close
}

// Stop ends the server at once, with all its connections. What it stores stays.
func (s *Server) Stop() { _ = s.http.Close() }

// Kubeconfig writes a kubeconfig for the server and returns its path.
func (s *Server) Kubeconfig() string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"t",
"contexts":[{"name":"t","context":{"cluster":"t","user":"t"}}],
"clusters":[{"name":"t","cluster":{"server":"http://%s"}}],"users":[{"name":"t","user":{}}]}`, s.addr)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// Recreate replaces the cluster by an empty one of another identity.
func (s *Server) Recreate() {
	s.mu.Lock()
	s.cluster++
	s.mu.Unlock()
	s.Reseed()
}

// Reseed makes the cluster empty, as one that begins again from a kept state: its
// objects have the UIDs of before.
func (s *Server) Reseed() {
	s.mu.Lock()
	s.revision, s.oldest, s.log, s.objects = 10, 0, nil, map[string]stored{}
	s.wake()
	s.mu.Unlock()
	s.Apply(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "kube-system"}})
}

// Define makes a kind known, as a CustomResourceDefinition does.
func (s *Server) Define(k Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds = append(s.kinds, k)
}

// Apply creates or replaces an object and returns its revision.
func (s *Server) Apply(object map[string]any) uint64 {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	object = clone(s.t, object)
	meta, _ := object["metadata"].(map[string]any)
	kind := Kind{APIVersion: object["apiVersion"].(string), Kind: object["kind"].(string)}
	ns, _ := meta["namespace"].(string)
	key := fmt.Sprint(kind.APIVersion, " ", kind.Kind, " ", ns, "/", meta["name"])
	s.revision++
	verb := "ADDED"
	if old, ok := s.objects[key]; ok {
		verb = "MODIFIED"
		meta["uid"] = old.object["metadata"].(map[string]any)["uid"]
	} else {
		meta["uid"] = fmt.Sprintf("uid-%d-%d", s.cluster, s.revision)
	}
	meta["resourceVersion"] = strconv.FormatUint(s.revision, 10)
	meta["managedFields"] = []any{map[string]any{"manager": "test"}}
	s.objects[key] = stored{kind, object}
	s.log = append(s.log, change{verb, kind, object, s.revision})
	s.wake()
	return s.revision
}

// Delete deletes an object.
func (s *Server) Delete(apiVersion, kind, namespace, name string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(apiVersion, " ", kind, " ", namespace, "/", name)
	old, ok := s.objects[key]
	if !ok {
		s.t.Errorf("nothing to delete: %s", key)
		return
	}
	delete(s.objects, key)
	s.revision++
	last := clone(s.t, old.object)
	last["metadata"].(map[string]any)["resourceVersion"] = strconv.FormatUint(s.revision, 10)
	s.log = append(s.log, change{"DELETED", old.kind, last, s.revision})
	s.wake()
}

// Compact forgets all revisions: a watch from one of them gets 410 Gone.
func (s *Server) Compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	s.oldest, s.log = s.revision, nil
}

// Drop ends all watches, as a lost connection does.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.drop)
	s.drop = make(chan struct{})
}

// Refuse answers the next n requests whose path ends in suffix with a status code.
func (s *Server) Refuse(suffix string, code int, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.refuse[suffix+" "+strconv.Itoa(code)]++
	}
}

// Requests lists the requests so far, as METHOD path?query.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) wake() {
	close(s.news)
	s.news = make(chan struct{})
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.String())
	for rule, n := range s.refuse {
		suffix, code, _ := strings.Cut(rule, " ")
		if n > 0 && strings.HasSuffix(r.URL.Path, suffix) {
			s.refuse[rule]--
			s.mu.Unlock()
			status, _ := strconv.Atoi(code)
			fail(w, status, "refused by the test")
			return
		}
	}
	kinds := slices.Clone(s.kinds)
	s.mu.Unlock()

	path := strings.Trim(r.URL.Path, "/")
	if path == "version" {
		reply(w, map[string]any{"major": "1", "minor": "36", "gitVersion": "v1.36.0-test"})
		return
	}
	if verb, ok := strings.CutPrefix(path, "apitest/"); ok {
		s.command(w, r, verb)
		return
	}
	for _, k := range kinds {
		root := strings.Trim(k.path(), "/")
		if path == root {
			discovery(w, k.APIVersion, kinds)
			return
		}
		if rest, ok := strings.CutPrefix(path, root+"/"); ok {
			ns, resource := "", rest
			if after, ok := strings.CutPrefix(rest, "namespaces/"); ok && strings.Contains(after, "/") {
				ns, resource, _ = strings.Cut(after, "/")
			}
			if resource == k.Resource {
				s.collection(w, r, k, ns)
				return
			}
		}
	}
	fail(w, http.StatusNotFound, "the server could not find the requested resource")
}

// command changes an object: what a test's kubectl sends (see Kubectl).
func (s *Server) command(w http.ResponseWriter, r *http.Request, verb string) {
	var object map[string]any
	if err := json.NewDecoder(r.Body).Decode(&object); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if verb == "apply" {
		s.Apply(object)
		return
	}
	meta, _ := object["metadata"].(map[string]any)
	ns, _ := meta["namespace"].(string)
	s.mu.Lock()
	_, there := s.objects[fmt.Sprint(object["apiVersion"], " ", object["kind"], " ", ns, "/", meta["name"])]
	s.mu.Unlock()
	if there {
		s.Delete(object["apiVersion"].(string), object["kind"].(string), ns, meta["name"].(string))
	}
}

func discovery(w http.ResponseWriter, apiVersion string, kinds []Kind) {
	list := []any{}
	for _, k := range kinds {
		if k.APIVersion == apiVersion {
			list = append(list, map[string]any{"name": k.Resource, "kind": k.Kind, "namespaced": k.Namespaced, "verbs": []string{"list", "watch"}})
		}
	}
	reply(w, map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": apiVersion, "resources": list})
}

// collection lists or watches.
func (s *Server) collection(w http.ResponseWriter, r *http.Request, k Kind, ns string) {
	q := r.URL.Query()
	selected := func(object map[string]any) bool {
		meta := object["metadata"].(map[string]any)
		name, hasName := strings.CutPrefix(q.Get("fieldSelector"), "metadata.name=")
		return (ns == "" || meta["namespace"] == ns) && (!hasName || meta["name"] == name)
	}
	s.mu.Lock()
	revision := s.revision
	var items []map[string]any
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		o := s.objects[key]
		if o.kind.Kind == k.Kind && o.kind.APIVersion == k.APIVersion && selected(o.object) {
			items = append(items, o.object)
		}
	}
	s.mu.Unlock()
	if q.Get("watch") == "" {
		reply(w, map[string]any{
			"kind": k.Kind + "List", "apiVersion": k.APIVersion,
			"metadata": map[string]any{"resourceVersion": strconv.FormatUint(revision, 10)}, "items": items,
		})
		return
	}
	s.watch(w, r, k, selected, items, revision)
}

func (s *Server) watch(w http.ResponseWriter, r *http.Request, k Kind, selected func(map[string]any) bool, items []map[string]any, revision uint64) {
	q := r.URL.Query()
	w.Header().Set("Content-Type", "application/json")
	out := json.NewEncoder(w)
	send := func(verb string, object any) bool {
		return out.Encode(map[string]any{"type": verb, "object": object}) == nil && http.NewResponseController(w).Flush() == nil
	}
	bookmark := func(at uint64, annotations map[string]any) map[string]any {
		return map[string]any{"kind": k.Kind, "apiVersion": k.APIVersion, "metadata": map[string]any{
			"resourceVersion": strconv.FormatUint(at, 10), "annotations": annotations,
		}}
	}
	from := revision
	switch rv := q.Get("resourceVersion"); {
	case q.Get("sendInitialEvents") == "true":
		for _, o := range items {
			if !send("ADDED", o) {
				return
			}
		}
		if !send("BOOKMARK", bookmark(revision, map[string]any{"k8s.io/initial-events-end": "true"})) {
			return
		}
	case rv != "" && rv != "0":
		n, err := strconv.ParseUint(rv, 10, 64)
		if err != nil {
			fail(w, http.StatusBadRequest, "bad resourceVersion")
			return
		}
		from = n
	}
	for {
		s.mu.Lock()
		news, drop, oldest := s.news, s.drop, s.oldest
		var due []change
		for _, c := range s.log {
			if c.revision > from && c.kind.Kind == k.Kind && c.kind.APIVersion == k.APIVersion && selected(c.object) {
				due = append(due, c)
			}
		}
		s.mu.Unlock()
		if from < oldest {
			send("ERROR", status(http.StatusGone, "Expired", "too old resource version"))
			return
		}
		for _, c := range due {
			if !send(c.verb, c.object) {
				return
			}
			from = c.revision
		}
		if len(due) == 0 && !send("BOOKMARK", bookmark(from, nil)) {
			return
		}
		select {
		case <-news:
		case <-drop:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func fail(w http.ResponseWriter, code int, message string) {
	reasons := map[int]string{403: "Forbidden", 404: "NotFound", 410: "Expired", 500: "InternalError", 429: "TooManyRequests"}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(status(code, reasons[code], message)) // the client may be gone
}

func status(code int, reason, message string) map[string]any {
	return map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message}
}

func clone(t testing.TB, object map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}
