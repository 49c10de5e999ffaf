//go:build live

package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/cluster/kube"
)

// The benchmarks report seconds as metrics of their own: what ns/op means is
// not the same for all of them. Beside each stands, measured in the same run, the
// same of an etcd and an API server started by hand and nothing else: what a
// slow or busy machine makes slower there, it makes slower here.

// BenchmarkFresh starts a lab of which nothing is kept, to its first Pod.
func BenchmarkFresh(b *testing.B) { benchmarkUp(b, false) }

// BenchmarkSeeded starts a lab again that was taken down before.
func BenchmarkSeeded(b *testing.B) { benchmarkUp(b, true) }

func benchmarkUp(b *testing.B, seeded bool) {
	p := newLab(b, true)
	up(b, p)
	if err := p.WaitAddons(limited(b, time.Minute)); err != nil {
		b.Fatal(err)
	}
	firstPod(b, p)
	down(b, p)
	var ready, first, stop, bareReady, bareStop time.Duration
	for b.Loop() {
		if !seeded {
			if err := p.Purge(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		up(b, p)
		ready += time.Since(began)
		firstPod(b, p)
		first += time.Since(began)
		began = time.Now()
		down(b, p)
		stop += time.Since(began)

		began = time.Now()
		bare := startBare(b, p)
		bareReady += time.Since(began)
		began = time.Now()
		bare.stop(b)
		bareStop += time.Since(began)
	}
	n := float64(b.N)
	b.ReportMetric(ready.Seconds()/n, "up-s")
	b.ReportMetric(first.Seconds()/n, "pod-running-s")
	b.ReportMetric(stop.Seconds()/n, "down-s")
	b.ReportMetric(bareReady.Seconds()/n, "bare-up-s")
	b.ReportMetric(bareStop.Seconds()/n, "bare-down-s")
}

func firstPod(b *testing.B, p *Provider) {
	b.Helper()
	client := clientFor(b, p)
	create(b, client, pod("first", busybox, "sleep", "3600"))
	waitPod(b, client, "first", podRunning)
}

// BenchmarkAttach finds a running lab, as a podlab does that looks again: its
// connection to the API server may be there already. Its yardstick is one list
// of the nodes.
func BenchmarkAttach(b *testing.B) {
	p := newLab(b, false)
	up(b, p)
	client := clientFor(b, p)
	var attach, list time.Duration
	for b.Loop() {
		began := time.Now()
		up(b, New(p.cfg))
		attach += time.Since(began)
		began = time.Now()
		if _, err := client.CoreV1().Nodes().List(b.Context(), metav1.ListOptions{}); err != nil {
			b.Fatal(err)
		}
		list += time.Since(began)
	}
	n := float64(b.N)
	b.ReportMetric(attach.Seconds()/n, "attach-s")
	b.ReportMetric(list.Seconds()/n, "bare-attach-s")
}

// BenchmarkMemory is the anonymous memory of all of a lab's processes, with
// both addons and one Pod, a while after its start.
func BenchmarkMemory(b *testing.B) {
	p := newLab(b, true)
	up(b, p)
	if err := p.WaitAddons(limited(b, time.Minute)); err != nil {
		b.Fatal(err)
	}
	firstPod(b, p)
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		pids, err := groups.Procs(p.group())
		if err != nil {
			b.Fatal(err)
		}
		var kib, processes float64
		for _, pid := range pids {
			if n := anonymous(pid); n > 0 {
				kib += n
				processes++
			}
		}
		b.ReportMetric(kib/1024, "anon-MiB")
		b.ReportMetric(processes, "processes")
	}
	down(b, p)
	bare := startBare(b, p)
	kib := 0.0
	for _, c := range bare {
		kib += anonymous(c.Process.Pid)
	}
	bare.stop(b)
	b.ReportMetric(kib/1024, "bare-anon-MiB")
}

// bareServer is an etcd and a kube-apiserver on loopback, in no namespace of
// their own, with the lab's certificates.
type bareServer []*exec.Cmd

// startBare returns when the API server is ready for what a lab needs.
func startBare(b *testing.B, p *Provider) bareServer {
	b.Helper()
	const etcd, peers, api = "http://127.0.0.1:42379", "http://127.0.0.1:42380", "46443"
	var servers bareServer
	for _, c := range p.controlPlane()[:2] {
		name := filepath.Base(c.Argv[0])
		args := slices.DeleteFunc(slices.Clone(c.Argv[1:]), func(arg string) bool {
			return strings.Contains(arg, "127.0.0.1:23") || strings.Contains(arg, labIP) ||
				strings.HasPrefix(arg, "--data-dir=") || strings.HasPrefix(arg, "--secure-port=")
		})
		if name == "etcd" {
			args = append(args, "--data-dir="+b.TempDir(), "--listen-client-urls="+etcd, "--advertise-client-urls="+etcd,
				"--listen-peer-urls="+peers, "--initial-advertise-peer-urls="+peers, "--initial-cluster=default="+peers)
		} else {
			args = append(args, "--etcd-servers="+etcd, "--bind-address=127.0.0.1", "--secure-port="+api, "--advertise-address="+labIP)
		}
		cmd := exec.CommandContext(b.Context(), c.Argv[0], args...)
		cmd.Env = c.Env
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = cmd.Process.Kill() }) // unless it was stopped
		servers = append(servers, cmd)
	}
	cfg, err := clientcmd.BuildConfigFromFlags("", filepath.Join(p.cfg.Dir, "pki", "scheduler.kubeconfig"))
	if err != nil {
		b.Fatal(err)
	}
	cfg.Host = "https://127.0.0.1:" + api
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		b.Fatal(err)
	}
	if err := kube.WaitAPI(limited(b, time.Minute), client, readyPath); err != nil {
		b.Fatal(err)
	}
	return servers
}

// stop ends both as down ends a lab: at once.
func (s bareServer) stop(b *testing.B) {
	b.Helper()
	for _, c := range slices.Backward(s) {
		if err := c.Process.Signal(syscall.SIGKILL); err != nil {
			b.Fatal(err)
		}
		if err := c.Wait(); err == nil {
			b.Fatal(fmt.Errorf("%s was killed and ended well", c.Path))
		}
	}
}

// anonymous is a process's anonymous memory in KiB, 0 if it has ended.
func anonymous(pid int) float64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "RssAnon:" {
			n, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}
