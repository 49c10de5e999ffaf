//go:build kind && linux

package kind

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	kindcluster "sigs.k8s.io/kind/pkg/cluster"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded"
	"github.com/podlab/podlab/cluster/kind"
	"github.com/podlab/podlab/cluster/kind/nodeimage"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/internal/dirs"
)

// A contender brings a cluster up, of which nothing is kept, and down again.
type contender struct {
	name string
	dir  string                                                   // what it would keep for the next time; "" for none
	up   func(ctx context.Context) (kubeconfig string, err error) // until the nodes are Ready
	down func(ctx context.Context) error
}

// times are what is measured of one round.
type times struct {
	ready, pod, oom, down, memory float64
}

// BenchmarkProviders brings up, one after the other in each round, the embedded
// cluster, a kind cluster, and one that kind's library makes alone, all in the
// same namespaces. Figures are medians: seconds since the start, until all
// nodes are Ready, the first Pod is Running and the first container was
// OOMKilled; seconds until it is down; and the anonymous memory, in MiB, of all
// that runs then. Nothing is pulled from a network.
func BenchmarkProviders(b *testing.B) {
	docker(b, "load", "--quiet", "--input", os.Getenv(envImage))
	all := contenders(b)
	measured := make(map[string][]times)
	for round := 0; b.Loop(); round++ {
		for i := range all {
			c := all[(i+round)%len(all)] // none is always the first
			measured[c.name] = append(measured[c.name], c.measure(b))
		}
	}
	for name, rounds := range measured {
		for unit, of := range map[string]func(times) float64{
			"ready-s":  func(t times) float64 { return t.ready },
			"pod-s":    func(t times) float64 { return t.pod },
			"oom-s":    func(t times) float64 { return t.oom },
			"down-s":   func(t times) float64 { return t.down },
			"anon-MiB": func(t times) float64 { return t.memory },
		} {
			var values []float64
			for _, t := range rounds {
				values = append(values, of(t))
			}
			slices.Sort(values)
			b.ReportMetric(values[len(values)/2], name+"-"+unit)
		}
	}
}

func contenders(b *testing.B) []contender {
	b.Helper()
	dir := b.TempDir()
	engine, err := kind.Find(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	return []contender{
		lab("embedded", filepath.Join(dir, "embedded"), func(dir string) cluster.Provider {
			return embedded.New(embedded.Config{
				Name: "bench", Dir: dir, Programs: os.Getenv("PODLAB_NODE_DIR"), ImageStore: dirs.Images(), Addons: true,
			})
		}),
		lab("kind", filepath.Join(dir, "kind"), func(dir string) cluster.Provider {
			return kind.New(kind.Config{
				Name: "bench", Dir: dir, Engine: engine, NodeImage: nodeimage.Ref, ImageStore: dirs.Images(), Addons: true,
			})
		}),
		library(filepath.Join(dir, "library.kubeconfig")),
	}
}

// lab is one of podlab's providers.
func lab(name, dir string, open func(dir string) cluster.Provider) contender {
	return contender{
		name: name, dir: dir,
		up: func(ctx context.Context) (string, error) {
			p := open(dir)
			return p.Kubeconfig(), p.Up(ctx, nil)
		},
		down: func(ctx context.Context) error { return open(dir).Down(ctx) },
	}
}

// library is what kind does without podlab: its own defaults, as many nodes, and
// a wait for them.
func library(kubeconfig string) contender {
	provider := kindcluster.NewProvider(kindcluster.ProviderWithDocker())
	config := &v1alpha4.Cluster{
		TypeMeta: v1alpha4.TypeMeta{Kind: "Cluster", APIVersion: "kind.x-k8s.io/v1alpha4"},
		Name:     "plain",
	}
	for i := range 3 {
		node := v1alpha4.Node{Role: v1alpha4.WorkerRole, Image: nodeimage.Ref, ExtraMounts: []v1alpha4.Mount{
			{HostPath: dirs.Images(), ContainerPath: "/kind/store", Readonly: true}, // for the Pods' images
		}}
		if i == 0 {
			node.Role = v1alpha4.ControlPlaneRole
		}
		config.Nodes = append(config.Nodes, node)
	}
	return contender{
		name: "library",
		up: func(ctx context.Context) (string, error) {
			began := time.Now()
			err := provider.Create(config.Name, kindcluster.CreateWithV1Alpha4Config(config), kindcluster.CreateWithKubeconfigPath(kubeconfig))
			if err != nil {
				return "", err
			}
			client, err := kube.Client(kubeconfig)
			if err != nil {
				return "", err
			}
			if err := kube.WaitNodes(ctx, client, len(config.Nodes), func(string) time.Time { return began }, func(int, string) {}); err != nil {
				return "", err
			}
			return kubeconfig, kube.WaitServiceAccount(ctx, client)
		},
		down: func(context.Context) error { return provider.Delete(config.Name, kubeconfig) },
	}
}

func (c contender) measure(b *testing.B) (t times) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	idle := anonymous(b)
	began := time.Now()
	since := func() float64 { return time.Since(began).Seconds() }
	down := func() error { return c.down(context.WithoutCancel(ctx)) }
	kubeconfig, err := c.up(ctx)
	if err == nil {
		t.ready = since()
		err = c.pods(ctx, kubeconfig, &t, since)
	}
	if err != nil {
		b.Fatalf("%s: %v, %v", c.name, err, down())
	}
	t.memory = anonymous(b) - idle
	began = time.Now()
	if err := down(); err != nil {
		b.Fatalf("%s: %v", c.name, err)
	}
	t.down = since()
	if err := os.RemoveAll(c.dir); err != nil {
		b.Fatal(err)
	}
	b.Logf("%s: %+v", c.name, t)
	return t
}

// pods makes the first Pod, and then one whose container wants more memory than
// it may have.
func (c contender) pods(ctx context.Context, kubeconfig string, t *times, since func() float64) error {
	client, err := kube.Client(kubeconfig)
	if err != nil {
		return err
	}
	first := pod("first", "busybox:1.28", "sleep", "3600")
	if err := follow(ctx, client, first, func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning }); err != nil {
		return err
	}
	t.pod = since()
	hog := pod("hog", "polinux/stress", "stress", "--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1")
	hog.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("100Mi")}
	if err := follow(ctx, client, hog, oomKilled); err != nil {
		return err
	}
	t.oom = since()
	return nil
}

func pod(name, image string, command ...string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: image, ImagePullPolicy: corev1.PullIfNotPresent, Command: command}}},
	}
}

func oomKilled(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
		for _, s := range []corev1.ContainerState{c.State, c.LastTerminationState} {
			if s.Terminated != nil && s.Terminated.Reason == "OOMKilled" {
				return true
			}
		}
		return false
	})
}

// follow creates a Pod and returns when it satisfies cond.
func follow(ctx context.Context, client kubernetes.Interface, p *corev1.Pod, cond func(*corev1.Pod) bool) error {
	pods := client.CoreV1().Pods("default")
	if _, err := pods.Create(ctx, p, metav1.CreateOptions{}); err != nil {
		return err
	}
	err := kube.Follow(ctx, func() (watch.Interface, error) {
		return pods.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + p.Name})
	}, func(e watch.Event) bool {
		now, ok := e.Object.(*corev1.Pod)
		return ok && cond(now)
	})
	if err != nil {
		return fmt.Errorf("wait for Pod %s: %w", p.Name, err)
	}
	return nil
}

// anonymous is the anonymous memory, in MiB, of all processes in the engine's
// namespaces but this one.
func anonymous(b *testing.B) float64 {
	b.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil || len(files) == 0 {
		b.Fatalf("no processes: %v", err)
	}
	own := fmt.Sprintf("/proc/%d/status", os.Getpid())
	sum := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil || f == own {
			continue // it has ended, or it is the one that measures
		}
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == "RssAnon:" {
				kib, err := strconv.Atoi(f[1])
				if err != nil {
					b.Fatal(err)
				}
				sum += kib
			}
		}
	}
	return float64(sum) / 1024
}
