package observe_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/engine/internal/apitest"
	"github.com/podlab/podlab/engine/internal/leaktest"
	"github.com/podlab/podlab/engine/observe"
)

// sink collects what an observer tells, as text, and the records it makes.
type sink struct {
	mu    sync.Mutex
	told  []string
	links []*observe.Link
	news  chan struct{}
	times []time.Time
}

func (s *sink) add(text string) {
	s.mu.Lock()
	s.told = append(s.told, text)
	s.times = append(s.times, time.Now())
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *sink) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}

// until waits for the lines to have been told, in this order, others between.
func (s *sink) until(t *testing.T, lines ...string) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	for {
		rest := lines
		for _, line := range s.all() {
			if len(rest) > 0 && line == rest[0] {
				rest = rest[1:]
			}
		}
		if len(rest) == 0 {
			return
		}
		select {
		case <-s.news:
		case <-deadline:
			t.Fatalf("not told %q; told:\n%s", rest, strings.Join(s.all(), "\n"))
		}
	}
}

func (s *sink) count(line string) int {
	n := 0
	for _, l := range s.all() {
		if l == line {
			n++
		}
	}
	return n
}

func start(t *testing.T, kubeconfig string, targets ...observe.Target) (*sink, *observe.Observer) {
	t.Helper()
	s := &sink{news: make(chan struct{}, 1)}
	o := observe.New(observe.Config{
		Kubeconfig: kubeconfig, Targets: targets,
		Changed: func(c observe.Change) {
			u := unstructured.Unstructured{Object: c.Object}
			text := fmt.Sprintf("%s %s %s", c.Verb, u.GetKind(), u.GetName())
			if v, ok, _ := unstructured.NestedString(c.Object, "data", "v"); ok {
				text += " " + v
			}
			if _, ok, _ := unstructured.NestedFieldNoCopy(c.Object, "metadata", "managedFields"); ok {
				t.Error("managedFields were kept")
			}
			s.add(text)
		},
		Synced: func() { s.add("synced") },
		Lost:   func(error) { s.add("lost") },
		Connected: func(l *observe.Link) {
			s.mu.Lock()
			s.links = append(s.links, l)
			s.mu.Unlock()
			s.add(fmt.Sprintf("connected %d", l.Epoch))
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); o.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s, o
}

func configMap(name, v string) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "demo"},
		"data": map[string]any{"v": v},
	}
}

var configMaps = observe.Target{APIVersion: "v1", Kind: "ConfigMap", Namespace: "demo"}

func TestEveryRevisionIsToldInOrder(t *testing.T) {
	api := apitest.New(t)
	api.Apply(configMap("a", "before"))
	s, _ := start(t, api.Kubeconfig(), configMaps)
	s.until(t, "connected 1", "added ConfigMap a before", "synced")
	for i := range 50 {
		api.Apply(configMap("a", fmt.Sprint(i)))
	}
	api.Delete("v1", "ConfigMap", "demo", "a")
	api.Apply(configMap("a", "again"))
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprint("modified ConfigMap a ", i))
	}
	want = append(want, "deleted ConfigMap a 49", "added ConfigMap a again")
	s.until(t, want...)
	if got := s.all(); len(got) != len(want)+3 {
		t.Errorf("told %d things, want %d: %q", len(got), len(want)+3, got)
	}
}

func TestOneWatchAndNoPolling(t *testing.T) {
	api := apitest.New(t)
	s, _ := start(t, api.Kubeconfig(), configMaps)
	s.until(t, "synced")
	for i := range 20 {
		api.Apply(configMap("a", fmt.Sprint(i)))
	}
	s.until(t, "modified ConfigMap a 19")
	before := len(api.Requests())
	watches := 0
	for _, r := range api.Requests() {
		if strings.Contains(r, "watch=true") {
			watches++
		}
	}
	if watches != 1 {
		t.Errorf("%d watches, want one: %q", watches, api.Requests())
	}
	api.Apply(configMap("b", "last"))
	s.until(t, "added ConfigMap b last")
	if after := api.Requests(); len(after) != before {
		t.Errorf("requests while watching: %q", after[before:])
	}
}

func TestDroppedConnectionGoesOn(t *testing.T) {
	api := apitest.New(t)
	s, _ := start(t, api.Kubeconfig(), configMaps)
	s.until(t, "synced")
	api.Apply(configMap("a", "1"))
	s.until(t, "added ConfigMap a 1")
	api.Drop()
	api.Apply(configMap("a", "2"))
	api.Apply(configMap("a", "3"))
	s.until(t, "modified ConfigMap a 2", "modified ConfigMap a 3")
	if n := s.count("lost"); n != 0 {
		t.Errorf("lost told %d times for a watch that ended", n)
	}
}

func TestExpiredRevisionListsAgain(t *testing.T) {
	api := apitest.New(t)
	api.Apply(configMap("gone", "1"))
	api.Apply(configMap("same", "1"))
	s, _ := start(t, api.Kubeconfig(), configMaps)
	s.until(t, "synced")
	api.Apply(configMap("a", "1"))
	s.until(t, "added ConfigMap a 1")
	api.Stop()
	s.until(t, "lost")
	api.Apply(configMap("a", "2"))
	api.Delete("v1", "ConfigMap", "demo", "gone")
	api.Compact()
	api.Start()
	s.until(t, "lost", "connected 1")
	s.until(t, "modified ConfigMap a 2", "synced")
	s.until(t, "deleted ConfigMap gone 1")
	if n := s.count("added ConfigMap same 1"); n != 1 {
		t.Errorf("an object that did not change was told %d times", n)
	}
	api.Apply(configMap("a", "3"))
	s.until(t, "modified ConfigMap a 3")
}

func TestGoneWhileWatching(t *testing.T) {
	api := apitest.New(t)
	s, _ := start(t, api.Kubeconfig(), configMaps)
	s.until(t, "synced")
	api.Compact()
	api.Apply(configMap("a", "1"))
	s.until(t, "added ConfigMap a 1")
}

func TestClusterGoesAndComesBack(t *testing.T) {
	api := apitest.New(t)
	s, o := start(t, api.Kubeconfig(), configMaps)
	s.until(t, "synced")
	api.Stop()
	s.until(t, "lost")
	if o.Link() != nil {
		t.Error("there is a link to a cluster that is lost")
	}
	api.Start()
	s.until(t, "lost", "connected 1", "synced")
	api.Apply(configMap("a", "1"))
	s.until(t, "added ConfigMap a 1")
	if n := s.count("lost"); n != 1 {
		t.Errorf("lost told %d times", n)
	}
}

func TestAnotherClusterInItsPlace(t *testing.T) {
	for name, replace := range map[string]func(api *apitest.Server, kubeconfig string){
		"other UIDs": func(api *apitest.Server, _ string) { api.Recreate() },
		"another start": func(api *apitest.Server, kubeconfig string) {
			api.Reseed()
			setStart(t, kubeconfig, "2")
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := apitest.New(t)
			for i := range 30 {
				api.Apply(configMap("a", fmt.Sprint(i)))
			}
			kubeconfig := api.Kubeconfig()
			setStart(t, kubeconfig, "1")
			s, _ := start(t, kubeconfig, configMaps)
			s.until(t, "synced")
			api.Stop()
			replace(api, kubeconfig)
			api.Apply(configMap("a", "new")) // at a revision far below the old one
			api.Start()
			s.until(t, "connected 2", "added ConfigMap a new", "synced")
			if n := s.count("deleted ConfigMap a 29"); n != 0 {
				t.Error("the other cluster's object was told as deleted")
			}
		})
	}
}

// setStart makes a kubeconfig one for a start of its cluster.
func setStart(t *testing.T, kubeconfig, id string) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range config.Clusters {
		if err := cluster.SetStart(c, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		t.Fatal(err)
	}
}

func TestNotThereYet(t *testing.T) {
	t.Run("cluster", func(t *testing.T) {
		api := apitest.New(t)
		kubeconfig := api.Kubeconfig()
		api.Stop()
		s, _ := start(t, kubeconfig, configMaps)
		s.until(t, "lost")
		api.Start()
		s.until(t, "connected 1", "synced")
	})
	t.Run("kubeconfig", func(t *testing.T) {
		s, _ := start(t, t.TempDir()+"/missing", configMaps)
		s.until(t, "lost")
	})
	t.Run("kind", func(t *testing.T) {
		api := apitest.New(t)
		s, _ := start(t, api.Kubeconfig(), configMaps, observe.Target{APIVersion: "windows.k8s.io/v1", Kind: "GMSACredentialSpec"})
		s.until(t, "synced")
		api.Define(apitest.Kind{APIVersion: "windows.k8s.io/v1", Kind: "GMSACredentialSpec", Resource: "gmsacredentialspecs"})
		api.Apply(map[string]any{"apiVersion": "windows.k8s.io/v1", "kind": "GMSACredentialSpec", "metadata": map[string]any{"name": "web"}})
		s.until(t, "added GMSACredentialSpec web")
	})
}

func TestErrorsOfTheServerAreNotItsLoss(t *testing.T) {
	for _, code := range []int{http.StatusForbidden, http.StatusInternalServerError, http.StatusTooManyRequests} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			api := apitest.New(t)
			api.Refuse("/configmaps", code, 2)
			s, _ := start(t, api.Kubeconfig(), configMaps)
			api.Apply(configMap("a", "1"))
			s.until(t, "added ConfigMap a 1")
			if n := s.count("lost"); n != 0 {
				t.Errorf("lost told %d times", n)
			}
		})
	}
}

func TestRenewTellsEverythingUpToItsMark(t *testing.T) {
	api := apitest.New(t)
	s, o := start(t, api.Kubeconfig(), configMaps)
	s.until(t, "synced")
	revision := api.Apply(configMap("a", "1"))
	o.Link().Renew()
	s.until(t, "synced", "connected 1", "synced")
	s.mu.Lock()
	defer s.mu.Unlock()
	if mark := s.links[1].Mark; mark.Revision < revision {
		t.Errorf("renewed at %d, before %d", mark.Revision, revision)
	}
	if !slices.Contains(s.told, "added ConfigMap a 1") || slices.Contains(s.told, "lost") {
		t.Errorf("told %q", s.told)
	}
}

func TestRunLeavesNoGoroutine(t *testing.T) {
	api := apitest.New(t)
	before := runtime.NumGoroutine()
	t.Run("run", func(t *testing.T) {
		s, _ := start(t, api.Kubeconfig(), configMaps, observe.NodeTarget, observe.EventTarget("demo"))
		s.until(t, "synced")
		api.Stop()
		s.until(t, "lost")
	})
	leaktest.Goroutines(t, before)
}
