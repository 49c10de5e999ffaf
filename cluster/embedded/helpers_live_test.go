//go:build live

package embedded

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"

	"github.com/podlab/podlab/cluster/embedded/leakcheck"
	"github.com/podlab/podlab/cluster/embedded/programs"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/dirs"
)

// The images that the tests' Pods are made of.
const (
	busybox = "busybox:1.28"
	stress  = "polinux/stress"
)

// prepared builds the node's programs and the images once a test run.
var prepared = sync.OnceValues(func() (Config, error) {
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return Config{}, err
	}
	cfg := Config{Programs: os.Getenv("PODLAB_NODE_DIR"), ImageStore: dirs.Images(), ImageOrigin: "offline", Addons: true}
	if cfg.Programs == "" {
		cfg.Programs = filepath.Join(repo, "bin", "node")
	}
	ctx := context.Background()
	if err := programs.Ensure(ctx, filepath.Join(repo, "node"), cfg.Programs, nil); err != nil {
		return Config{}, err
	}
	store, err := images.Open(cfg.ImageStore)
	if err != nil {
		return Config{}, err
	}
	refs := append(Images(true), busybox, stress)
	return cfg, store.Ensure(ctx, refs, images.Options{Mode: images.ModeOffline, Programs: cfg.Programs}, nil)
})

// newLab is a lab of the test's own, taken down when the test ends. What it
// would leave on the machine then is an error.
func newLab(t testing.TB, addons bool) *Provider {
	t.Helper()
	cfg, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Name = strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	cfg.Name = cfg.Name[:min(len(cfg.Name), 32)]
	// As in root's home: nobody else can look into the parent folder.
	private := t.TempDir()
	if err := os.Chmod(private, 0o700); err != nil {
		t.Fatal(err)
	}
	cfg.Dir = filepath.Join(private, "lab")
	cfg.Addons = addons
	p := New(cfg)
	before := snapshot(t, p)
	t.Cleanup(func() {
		// The test's own context has ended.
		if err := p.Down(context.Background()); err != nil {
			t.Error(err)
		}
		if leaks := before.Diff(snapshot(t, p)); len(leaks) > 0 {
			t.Errorf("left behind:\n%s", strings.Join(leaks, "\n"))
		}
	})
	return p
}

func snapshot(t testing.TB, p *Provider) leakcheck.Snapshot {
	t.Helper()
	s, err := leakcheck.Take(leakcheck.Lab{Dir: p.cfg.Dir, Programs: p.cfg.Programs, Group: p.group()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// limited is the test's context with an end, so that what never comes fails.
func limited(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func up(t testing.TB, p *Provider) {
	t.Helper()
	if err := p.Up(limited(t, 90*time.Second), nil); err != nil {
		var log bytes.Buffer
		_ = p.Logs(t.Context(), "lab-init", false, &log) // it may not have come so far
		t.Fatalf("up: %v\n%s", err, log.String())
	}
}

func down(t testing.TB, p *Provider) {
	t.Helper()
	if err := p.Down(limited(t, 30*time.Second)); err != nil {
		t.Fatalf("down: %v", err)
	}
}

func clientFor(t testing.TB, p *Provider) kubernetes.Interface {
	t.Helper()
	client, err := kube.Client(p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// pod is a Pod of one container that ends at once when deleted.
func pod(name, image string, command ...string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: new(int64),
			Containers:                    []corev1.Container{{Name: "c", Image: image, Command: command}},
		},
	}
}

func create(t testing.TB, client kubernetes.Interface, p *corev1.Pod) {
	t.Helper()
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, client kubernetes.Interface, name string) {
	t.Helper()
	err := client.CoreV1().Pods("default").Delete(t.Context(), name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
}

// waitPod returns the Pod as it was when it first satisfied cond.
func waitPod(t testing.TB, client kubernetes.Interface, name string, cond func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	var last *corev1.Pod
	ctx := limited(t, 60*time.Second)
	err := kube.Follow(ctx, func() (watch.Interface, error) {
		return client.CoreV1().Pods("default").Watch(ctx, metav1.ListOptions{
			FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String(),
		})
	}, func(e watch.Event) bool {
		p, ok := e.Object.(*corev1.Pod)
		if ok {
			last = p
		}
		return ok && cond(p)
	})
	if err != nil {
		t.Fatalf("wait for Pod %s: %v; it is %+v", name, err, last)
	}
	return last
}

func podRunning(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning }

// podExec runs a command in a Pod's container, by way of the API.
func podExec(t testing.TB, p *Provider, name string, command ...string) (string, error) {
	t.Helper()
	cfg, err := kube.Config(p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	req := clientFor(t, p).CoreV1().RESTClient().Post().Resource("pods").Namespace("default").Name(name).
		SubResource("exec").VersionedParams(&corev1.PodExecOptions{Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewWebSocketExecutor(cfg, "GET", req.URL().String())
	if err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer // two: they are written at the same time
	err = executor.StreamWithContext(limited(t, 20*time.Second), remotecommand.StreamOptions{Stdout: &out, Stderr: &stderr})
	return out.String() + stderr.String(), err
}
