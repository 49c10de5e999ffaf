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
