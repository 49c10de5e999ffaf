//go:build linux

package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/yaml"

	"github.com/podlab/podlab/cluster"
)

func testProvider(t *testing.T) *Provider {
	t.Helper()
	return New(Config{Name: "unit", Dir: filepath.Join(t.TempDir(), "lab"), Programs: t.TempDir()})
}

func TestNothingThere(t *testing.T) {
	p := testProvider(t)
	s, err := p.Status(t.Context())
	if err != nil || s.State != cluster.Absent || s.Provider != "embedded" || s.Name != "unit" {
		t.Errorf("status %+v, %v", s, err)
	}
	if err := p.Down(t.Context()); err != nil {
		t.Errorf("down: %v", err)
	}
	if _, err := os.Stat(p.cfg.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("down made the lab's folder: %v", err)
	}
	if err := p.Exec(t.Context(), "worker-1", []string{"true"}, cluster.Stdio{}); !errors.Is(err, cluster.ErrNotRunning) {
		t.Errorf("exec: %v", err)
	}
	if err := p.Logs(t.Context(), "etcd", false, new(bytes.Buffer)); err == nil {
		t.Error("there is a log")
	}
}

func TestNames(t *testing.T) {
	for name, valid := range map[string]bool{
		"default": true, "a": true, "lab-2": true, "": false, "-a": false, "a-": false,
		"Lab": false, "../x": false, strings.Repeat("a", 33): false,
	} {
		if got := validName.MatchString(name); got != valid {
			t.Errorf("%q is valid: %v", name, got)
		}
	}
}

// Two labs of one name in two folders must not take each other down.
func TestGroupsDiffer(t *testing.T) {
	a, b := New(Config{Name: "x", Dir: "/a"}), New(Config{Name: "x", Dir: "/b"})
	if a.group() == b.group() || !strings.HasPrefix(a.group("worker-1", initGroup), "podlab/x-") {
		t.Errorf("%s and %s", a.group(), b.group())
	}
}

func TestCertificatesAreKept(t *testing.T) {
	p := testProvider(t)
	if err := p.makeCertificates(); err != nil {
		t.Fatal(err)
	}
	read := func() []byte {
		t.Helper()
		data, err := os.ReadFile(p.path("pki", "ca.crt"))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := read()
	if err := p.makeCertificates(); err != nil || !bytes.Equal(first, read()) {
		t.Errorf("made anew: %v", err)
	}
	if err := os.Remove(p.path("pki", pkiComplete)); err != nil { // killed half-way
		t.Fatal(err)
	}
	if err := p.makeCertificates(); err != nil || bytes.Equal(first, read()) {
		t.Errorf("an incomplete set is used: %v", err)
	}
	err := filepath.WalkDir(p.path("pki"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestNodeFiles(t *testing.T) {
	p := testProvider(t)
	n := workers[1]
	if err := p.writeNodeFiles(n); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(p.path("nodes", n.name, "etc", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	var kubelet struct {
		CgroupRoot, StaticPodPath, ResolvConf, SyncFrequency string
		ClusterDNS                                           []string
	}
	if err := yaml.Unmarshal([]byte(read("kubernetes/kubelet.yaml")), &kubelet); err != nil {
		t.Fatal(err)
	}
	if kubelet.CgroupRoot != "/"+p.group("worker-2") || kubelet.StaticPodPath != "/etc/kubernetes/manifests" ||
		!slices.Equal(kubelet.ClusterDNS, []string{dnsIP}) {
		t.Errorf("%+v", kubelet)
	}
	if conf := read("cni/net.d/10-lab.conflist"); !strings.Contains(conf, `"10.244.2.0/24"`) {
		t.Errorf("CNI %s", conf)
	}
	conf := read("containerd/config.toml")
	if !strings.Contains(conf, `sandbox = "`+pauseImage+`"`) || strings.Contains(conf, "BinaryName") {
		t.Errorf("without a runc of its own: %s", conf)
	}
	if err := os.WriteFile(filepath.Join(p.cfg.Programs, "runc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.writeNodeFiles(n); err != nil {
		t.Fatal(err)
	}
	if conf := read("containerd/config.toml"); !strings.Contains(conf, `BinaryName = "/opt/podlab/runc"`) {
		t.Errorf("with a runc of its own: %s", conf)
	}
}

func TestAddonObjects(t *testing.T) {
	objects, err := addonObjects()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, o := range objects {
		id := o.GetKind() + "/" + o.GetName()
		if seen[id] {
			t.Errorf("%s twice", id)
		}
		seen[id] = true
		text, err := yaml.Marshal(o)
		if err != nil || strings.Contains(string(text), "{{") || strings.Contains(string(text), "<no value>") {
			t.Errorf("%s: %v\n%s", id, err, text)
		}
	}
	for _, want := range []string{"Deployment/coredns", "Service/kube-dns", "Deployment/metrics-server", "APIService/v1beta1.metrics.k8s.io"} {
		if !seen[want] {
			t.Errorf("no %s in %v", want, seen)
		}
	}
}

func TestRunInfo(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waited := make(chan struct{})
	run, err := newRunInfo(cmd.Process.Pid, 1)
	if err != nil || !run.alive() {
		t.Fatalf("%+v, %v", run, err)
	}
	other := *run
	other.Start++
	if other.alive() {
		t.Error("another process with the same PID passes for it")
	}
	if err := other.kill(t.Context()); err != nil || !run.alive() {
		t.Errorf("killed another process: %v", err)
	}
	rebooted := *run
	rebooted.Boot = "another"
	if rebooted.alive() {
		t.Error("a process of another boot passes for it")
	}
	go func() { _ = cmd.Wait(); close(waited) }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := run.kill(ctx); err != nil {
		t.Fatal(err)
	}
	<-waited
	if run.alive() {
		t.Error("it is killed and alive")
	}
	if err := run.kill(ctx); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestIsReady(t *testing.T) {
	started := time.Date(2026, 1, 2, 3, 4, 5, 600e6, time.UTC)
	condition := func(status corev1.ConditionStatus, at time.Time) *corev1.Node {
		return &corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse, LastHeartbeatTime: metav1.NewTime(at)},
			{Type: corev1.NodeReady, Status: status, LastHeartbeatTime: metav1.NewTime(at)},
		}}}
	}
	for name, c := range map[string]struct {
		node *corev1.Node
		want bool
	}{
		"ready":              {condition(corev1.ConditionTrue, started.Add(2*time.Second)), true},
		"in the same second": {condition(corev1.ConditionTrue, started.Truncate(time.Second)), true},
		"of an earlier lab":  {condition(corev1.ConditionTrue, started.Add(-time.Minute)), false},
		"not ready":          {condition(corev1.ConditionFalse, started.Add(2*time.Second)), false},
		"unknown":            {&corev1.Node{}, false},
	} {
		if got := isReady(c.node, started); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestIsHeld(t *testing.T) {
	n := &corev1.Node{}
	if isHeld(n) {
		t.Error("a node without taints is held")
	}
	n.Spec.Taints = []corev1.Taint{{Key: "a-learner's"}, {Key: corev1.TaintNodeNotReady}}
	if !isHeld(n) {
		t.Error("a node that is not to be used yet is not held")
	}
}

// A watch that ends is begun again, and its events still count.
func TestFollow(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	begun := 0
	err := follow(ctx, func() (watch.Interface, error) {
		begun++
		w := watch.NewFakeWithChanSize(1, false)
		switch begun {
		case 1:
			return nil, errors.New("not yet")
		case 2:
			w.Stop()
		default:
			w.Add(&corev1.Node{})
		}
		return w, nil
	}, func(e watch.Event) bool { return e.Type == watch.Added })
	if err != nil || begun != 3 {
		t.Errorf("begun %d times, %v", begun, err)
	}
	cancel()
	err = follow(ctx, func() (watch.Interface, error) { return watch.NewFake(), nil }, func(watch.Event) bool { return true })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestLogsFollow(t *testing.T) {
	p := testProvider(t)
	file := p.path("logs", "worker-1", "kubelet.log")
	if err := os.MkdirAll(filepath.Join(filepath.Dir(file), "pods", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var names bytes.Buffer
	if err := p.Logs(t.Context(), "", false, &names); err != nil || names.String() != "worker-1/kubelet\n" {
		t.Errorf("names %q, %v", names.String(), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	w := &lineWriter{lines: make(chan string, 10)}
	ended := make(chan error, 1)
	go func() { ended <- p.Logs(ctx, "worker-1/kubelet", true, w) }()
	if got := <-w.lines; got != "one\n" {
		t.Errorf("first %q", got)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(f, "two"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-w.lines; got != "two\n" {
		t.Errorf("then %q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("its end is an error: %v", err)
	}
}

type lineWriter struct{ lines chan string }

func (w *lineWriter) Write(p []byte) (int, error) {
	w.lines <- string(p)
	return len(p), nil
}

func TestLastBytes(t *testing.T) {
	var all bytes.Buffer
	l := &lastBytes{to: &all}
	for range 1000 {
		if _, err := l.Write([]byte("0123456789")); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.String(); len(got) != 2048 || !strings.HasSuffix(got, "0123456789") || all.Len() != 10000 {
		t.Errorf("kept %d, passed on %d", len(got), all.Len())
	}
}

func TestLock(t *testing.T) {
	p := testProvider(t)
	unlock, err := p.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.lock(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("locked twice: %v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		second, err := p.lock(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		second()
	})
	unlock()
	wg.Wait()
}
