//go:build live

package offline

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/podlab/podlab/internal/say"
)

// These tests build the images from Debian's archive and run what is in them,
// in namespaces without a network. They need root.

// unpacked builds an image and writes its file system to a folder.
func unpacked(t *testing.T, ref string) (root string, config v1.Config) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	b := &Builder{Cache: filepath.Join(cache, "podlab", "debs"), Programs: "../../../bin/node"}
	img, err := b.Build(t.Context(), mustFind(t, ref), func(s say.Text) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	content := mutate.Extract(img)
	defer func() { _ = content.Close() }() // read only
	root = t.TempDir()
	for tr := tar.NewReader(content); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return root, file.Config
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := extract(tr, h, filepath.Join(root, h.Name)); err != nil {
			t.Fatal(err)
		}
	}
}

func extract(r io.Reader, h *tar.Header, p string) error {
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		if err := os.MkdirAll(p, 0o755); err != nil {
			return err
		}
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, p)
	default:
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := os.WriteFile(p, content, 0o600); err != nil {
			return err
		}
	}
	return errors.Join(os.Lchown(p, h.Uid, h.Gid), os.Chmod(p, h.FileInfo().Mode()))
}

// inside runs a shell script in the file system, as the first process of new
// namespaces that end with it, and returns its output.
func inside(t *testing.T, root, script string) string {
	t.Helper()
	setup := `mount -t proc proc "$0/proc" && mount -t tmpfs none "$0/dev" && for d in null zero; do
		touch "$0/dev/$d" && mount --bind /dev/$d "$0/dev/$d"; done &&
		ln -s /proc/self/fd/1 "$0/dev/stdout" && ln -s /proc/self/fd/2 "$0/dev/stderr" && ip link set lo up &&
		exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot "$0" /bin/sh -c "$1"`
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child",
		"sh", "-c", setup, root, script)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func wants(t *testing.T, out string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not in the output:\n%s", part, out)
		}
	}
}

func TestLiveBusybox(t *testing.T) {
	root, _ := unpacked(t, "docker.io/library/busybox:1.28")
	out := inside(t, root, `
		echo; for a in ps sh head kill pgrep vi wget id cat ls sleep awk sed grep touch nslookup; do which $a >/dev/null || echo "MISSING"$a; done
		sleep 300 & ps ax; echo pgrep $(pgrep sleep) is $!; echo full $(pgrep -f 'sleep 300')
		pgrep nothing || echo pgrep fails; stat -c 'tmp %a' /tmp; su nobody -s /bin/sh -c 'touch /tmp/x && id -un'
		head -1 /proc/1/root/etc/passwd; kill $!`)
	wants(t, out, "sleep 300", "pgrep fails", "tmp 1777", "nobody", "root:x:0:0:root:/root:/bin/sh")
	if strings.Contains(out, "\nMISSING") {
		t.Errorf("an applet is missing:\n%s", out)
	}
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "pgrep" && f[1] != "fails" && (len(f) != 4 || f[1] != f[3]) {
			t.Errorf("pgrep found another process: %s", line)
		}
	}
}

func TestLiveNginx(t *testing.T) {
	root, config := unpacked(t, "docker.io/library/nginx:latest")
	if got := strings.Join(config.Cmd, "|"); got != "nginx|-g|daemon off;" || config.StopSignal != "SIGQUIT" {
		t.Errorf("config %+v", config)
	}
	out := inside(t, root, `
		nginx -t; nginx -g 'daemon off;' & master=$!
		until wget -qO- http://127.0.0.1/; do :; done
		ps ax; head -3 /proc/$master/root/etc/nginx/nginx.conf
		old=$(pgrep -f '[n]ginx: worker' | head -1); kill -HUP $master
		while [ -d /proc/$old ]; do :; done; until pgrep -f '[n]ginx: worker' >/dev/null; do :; done; [ -d /proc/$master ] && echo reloaded
		kill -QUIT $master; wait $master; echo exit $?`)
	wants(t, out, "test is successful", "Welcome to nginx!", "nginx: master process nginx -g daemon off;", "nginx    nginx: worker process",
		"user  nginx;", "worker_processes  auto;", `"GET / HTTP/1.1" 200`, "reloaded", "exit 0")
}

func TestLiveStress(t *testing.T) {
	root, _ := unpacked(t, "docker.io/polinux/stress:latest")
	out := inside(t, root, `
		stress --vm 1 --vm-bytes 50M --vm-hang 0 -v >/tmp/log & pid=$!
		until grep -q sleeping /tmp/log; do :; done
		grep VmRSS /proc/$pid/status; ls /proc/$pid/task/*/children | while read f; do cat $f; done; kill $pid; wait $pid; cat /tmp/log
		stress --vm 1 --vm-bytes 1M --vm-hang 1 --timeout 1`)
	wants(t, out, "dispatching hogs: 0 cpu, 0 io, 1 vm, 0 hdd", "allocating 52428800 bytes", "successful run completed in 1s")
	var rss int
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			for _, c := range f[1] {
				rss = rss*10 + int(c-'0')
			}
		}
	}
	if rss < 50<<10 || rss > 60<<10 {
		t.Errorf("50M were asked for and %d KiB are resident", rss)
	}
}

func TestLiveVishStress(t *testing.T) {
	root, config := unpacked(t, "docker.io/vish/stress:latest")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	args := append([]string{root}, append(config.Entrypoint, "-cpus", "1", "-mem-total", "1Mi")...)
	cmd := exec.CommandContext(ctx, "chroot", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("it ended with %v: %s", err, out)
	}
	wants(t, string(out), "Spawning a thread to consume CPU", `Allocated "1Mi" memory`)
	// Even a processor that others use too gives a quarter of itself.
	if used := cmd.ProcessState.UserTime(); used < 500*time.Millisecond {
		t.Errorf("it used the processor for %v of 2 s", used)
	}
}

func TestLiveAgnhost(t *testing.T) {
	root, config := unpacked(t, "registry.k8s.io/e2e-test-images/agnhost:2.45")
	if got := strings.Join(append(config.Entrypoint, config.Cmd...), " "); got != "/agnhost pause" {
		t.Errorf("it runs %q", got)
	}
	out := inside(t, root, `
		/agnhost liveness & until wget -qO- --header 'Custom-Header: Awesome' http://127.0.0.1:8080/healthz 2>/dev/null; do :; done
		echo; id user-defined-in-image; stat -c 'home %u:%g' /home/user-defined-in-image; /agnhost-2 --help | head -1`)
	wants(t, out, "ok\n", "uid=1000(user-defined-in-image) gid=1000(user-defined-in-image) groups=",
		"50000(group-defined-in-image)", "home 1000:1000", "Usage")
}

func TestLiveNodeHello(t *testing.T) {
	root, config := unpacked(t, "gcr.io/google-samples/node-hello:1.0")
	if got := strings.Join(config.Cmd, "|"); got != "/bin/sh|-c|node server.js" {
		t.Errorf("it runs %q", got)
	}
	out := inside(t, root, `cd /; su nobody -s /bin/sh -c 'node server.js' & pid=$!
		until wget -qO- http://127.0.0.1:8080/ 2>/dev/null; do :; done; echo; ps aux
		kill $(pgrep -x node); wait $pid; echo exit $?`)
	wants(t, out, "Hello Kubernetes!\n", "nobody", "node server.js", "GET /", "exit 0")
}

func TestLiveGoproxy(t *testing.T) {
	root, config := unpacked(t, "registry.k8s.io/goproxy:0.1")
	busybox, _ := unpacked(t, "docker.io/library/busybox:1.28")
	if err := os.Rename(filepath.Join(root, "goproxy"), filepath.Join(busybox, "goproxy")); err != nil {
		t.Fatal(err)
	}
	out := inside(t, busybox, strings.Join(config.Entrypoint, " ")+` & pid=$!
		mkdir -p /www; echo page >/www/index.html; httpd -p 127.0.0.1:80 -h /www
		export http_proxy=http://127.0.0.1:8080
		until wget -qO- http://127.0.0.1/index.html 2>/dev/null; do :; done; kill $pid; wait $pid; echo exit $?
		wget -qO- http://127.0.0.1/index.html || echo and without it nothing`)
	wants(t, out, "listening on :8080", "page\n", "exit 0", "and without it nothing")
}

func TestLiveRedis(t *testing.T) {
	root, config := unpacked(t, "docker.io/library/redis:latest")
	out := inside(t, root, `cd /data; `+strings.Join(config.Cmd, " ")+` & pid=$!
		until redis-cli ping; do :; done; redis-cli set lesson learnt; redis-cli get lesson
		ps ax | grep '[r]edis-server'; kill $pid; wait $pid; echo exit $?`)
	wants(t, out, "PONG", "learnt", "redis-server *:6379", "exit 0")
}

// TestLiveWebhook runs both images of the program where there is no cluster.
func TestLiveWebhook(t *testing.T) {
	for _, ref := range []string{
		"registry.k8s.io/gmsa-webhook/k8s-gmsa-webhook:v0.10.0",
		"registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.4",
	} {
		root, config := unpacked(t, ref)
		out, err := exec.CommandContext(t.Context(), "chroot", append([]string{root}, config.Entrypoint...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "no API server in the environment") {
			t.Errorf("%s says %q, %v", ref, out, err)
		}
	}
}

// TestLivePrograms runs the programs of the node in their images.
func TestLivePrograms(t *testing.T) {
	for ref, args := range map[string][]string{
		"registry.k8s.io/coredns/coredns:v1.14.2":              {"/coredns", "-version"},
		"registry.k8s.io/metrics-server/metrics-server:v0.9.0": {"/metrics-server", "--version"},
		"registry.k8s.io/pause:3.10":                           {"/pause", "-v"},
	} {
		root, config := unpacked(t, ref)
		if got := strings.Join(config.Entrypoint, " "); got != args[0] {
			t.Errorf("%s: entrypoint %q", ref, got)
		}
		out, err := exec.CommandContext(t.Context(), "chroot", append([]string{root}, args...)...).CombinedOutput()
		if err != nil || len(out) == 0 {
			t.Errorf("%s says %q, %v; want a version", ref, out, err)
		}
	}
}
