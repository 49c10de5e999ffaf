//go:build live

package embedded

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/cluster/kube"
)

// One lab serves the tests that leave it as it was.
func TestLive(t *testing.T) {
	p := newLab(t, true)
	var stages []cluster.Stage
	err := p.Up(limited(t, 90*time.Second), func(r cluster.Progress) {
		if r.Finished {
			stages = append(stages, r.Stage)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []cluster.Stage{cluster.StageCertificates, cluster.StageControlPlane, cluster.StageNodes, cluster.StageAddons}
	if !slices.Equal(stages, want) {
		t.Errorf("stages %q, want %q", stages, want)
	}

	t.Run("bootstrap", func(t *testing.T) { testBootstrap(t, p) })
	t.Run("status", func(t *testing.T) { testStatus(t, p) })
	t.Run("attach", func(t *testing.T) { testAttach(t, p) })
	t.Run("kubeconfig", func(t *testing.T) { testKubeconfig(t, p) })
	t.Run("exec on node", func(t *testing.T) { testExec(t, p) })
	t.Run("pod", func(t *testing.T) { testPod(t, p) })
	t.Run("service across nodes", func(t *testing.T) { testService(t, p) })
	t.Run("no way out", func(t *testing.T) { testNoWayOut(t, p) })
	t.Run("OOMKilled", func(t *testing.T) { testOOM(t, p) })
	t.Run("security", func(t *testing.T) { testSecurity(t, p) })
	t.Run("images", func(t *testing.T) { testImages(t, p) })
	t.Run("logs", func(t *testing.T) { testLogs(t, p) })
	t.Run("addons", func(t *testing.T) { testAddons(t, p) })
	t.Run("killed before its add-ons", func(t *testing.T) { testUnfinished(t, p) })
	t.Run("component killed", func(t *testing.T) { testComponentKilled(t, p) })

	down(t, p)
	s, err := p.Status(t.Context())
	if err != nil || s.State != cluster.Stopped {
		t.Errorf("after down: %+v, %v", s, err)
	}
	if _, err := os.Stat(p.Kubeconfig()); !os.IsNotExist(err) {
		t.Errorf("the kubeconfig is still there: %v", err)
	}
	if err := p.Exec(t.Context(), "worker-1", []string{"true"}, cluster.Stdio{}); !errors.Is(err, cluster.ErrNotRunning) {
		t.Errorf("exec in a stopped lab: %v", err)
	}
	down(t, p) // again
}

// testBootstrap looks for what a new API server writes, and whether Kubernetes' own
// look at it, for which nothing waits, is had as well.
func testBootstrap(t *testing.T, p *Provider) {
	ctx := limited(t, 30*time.Second)
	client := clientFor(t, p)
	for _, name := range []string{"cluster-admin", "system:kube-scheduler", "system:controller:node-controller"} {
		if _, err := client.RbacV1().ClusterRoles().Get(ctx, name, metav1.GetOptions{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := client.SchedulingV1().PriorityClasses().Get(ctx, "system-cluster-critical", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	for {
		var log bytes.Buffer
		if err := p.Logs(ctx, "kube-apiserver", false, &log); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "all system priority classes are created successfully or already exist") {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal("Kubernetes' own hook did not run")
		case <-time.After(50 * time.Millisecond): // a log cannot be watched
		}
	}
}

func testStatus(t *testing.T, p *Provider) {
	s, err := p.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []cluster.NodeStatus{{Name: "worker-1", Ready: true}, {Name: "worker-2", Ready: true}}
	if s.State != cluster.Running || s.Kubernetes != "v1.36.3" || !slices.Equal(s.Nodes, want) || time.Since(s.Since) > 2*time.Minute {
		t.Errorf("%+v", s)
	}
}

func testAttach(t *testing.T, p *Provider) {
	before, err := p.running()
	if err != nil {
		t.Fatal(err)
	}
	// As another process would.
	if err := New(p.cfg).Up(limited(t, 10*time.Second), func(r cluster.Progress) { t.Errorf("attaching did %+v", r) }); err != nil {
		t.Fatal(err)
	}
	after, err := p.running()
	if err != nil || *before != *after {
		t.Errorf("attaching started %+v, was %+v, %v", after, before, err)
	}
}

func testKubeconfig(t *testing.T, p *Provider) {
	info, err := os.Stat(p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	cfg, err := kube.Config(p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(cfg.Host, "https://127.0.0.1:") {
		t.Errorf("server %s", cfg.Host)
	}
	version, err := clientFor(t, p).Discovery().ServerVersion()
	if err != nil || version.GitVersion != "v1.36.3" {
		t.Errorf("version %v, %v", version, err)
	}
}

func testExec(t *testing.T, p *Provider) {
	ctx := limited(t, 30*time.Second)
	var out, stderr bytes.Buffer
	err := p.Exec(ctx, "worker-2", []string{"sh", "-c", "hostname; cat; echo $PATH; cat /proc/1/comm; crictl ps -q >/dev/null && nft list tables >/dev/null && echo found"},
		cluster.Stdio{In: strings.NewReader("from stdin\n"), Out: &out, Err: &stderr})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"worker-2\n", "from stdin\n", "/opt/podlab:", "lab-init\n", "found\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %q", want, out.String())
		}
	}

	err = p.Exec(ctx, "worker-1", []string{"sh", "-c", "echo no >&2; exit 7"}, cluster.Stdio{})
	var exit *cluster.ExitError
	if !errors.As(err, &exit) || exit.Code != 7 || strings.TrimSpace(exit.Output) != "no" {
		t.Errorf("%#v", err)
	}

	out.Reset()
	err = p.Exec(ctx, "worker-1", []string{"sh", "-c", "test -t 0 && test -t 1 && stty size && hostname"}, cluster.Stdio{Out: &out, TTY: true})
	if err != nil || !strings.Contains(out.String(), "worker-1") {
		t.Errorf("on a terminal: %q, %v", out.String(), err)
	}

	if err := p.Exec(ctx, "worker-9", []string{"true"}, cluster.Stdio{}); err == nil || !strings.Contains(err.Error(), "worker-1") {
		t.Errorf("unknown node: %v", err)
	}

	// A cancelled command ends, with what it started.
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	err = p.Exec(short, "worker-1", []string{"sh", "-c", "sleep 4711 & wait"}, cluster.Stdio{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
	err = p.Exec(ctx, "worker-1", []string{"sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do pgrep -f 'sleep 471[1]' >/dev/null || exit 0; sleep 0.1; done; exit 1"}, cluster.Stdio{})
	if err != nil {
		t.Errorf("what a cancelled command started still runs: %v", err)
	}
}

func testPod(t *testing.T, p *Provider) {
	client := clientFor(t, p)
	create(t, client, pod("first", busybox, "sh", "-c", "echo hello; sleep 3600"))
	defer remove(t, client, "first")
	waitPod(t, client, "first", podRunning)
	out, err := podExec(t, p, "first", "id", "-u")
	if err != nil || strings.TrimSpace(out) != "0" {
		t.Errorf("exec: %q, %v", out, err)
	}
	var log []byte
	for ctx := limited(t, 5*time.Second); ctx.Err() == nil && len(log) == 0; {
		if log, err = client.CoreV1().Pods("default").GetLogs("first", &corev1.PodLogOptions{}).DoRaw(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if string(log) != "hello\n" {
		t.Errorf("log %q", log)
	}
}

// testService reaches a Service from Pods on both nodes, with an endpoint on
// each: packets cross the nodes, and return on the node they came from.
func testService(t *testing.T, p *Provider) {
	client := clientFor(t, p)
	for _, n := range workers {
		server := pod("web-"+n.name, busybox, "sh", "-c", "hostname >/tmp/index.html; exec httpd -f -p 80 -h /tmp")
		server.Labels["app"] = "web"
		server.Spec.NodeName = n.name
		create(t, client, server)
		defer remove(t, client, server.Name)
	}
	svc := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(80)}}},
	}
	svc, err := client.CoreV1().Services("default").Create(t.Context(), svc, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := client.CoreV1().Services("default").Delete(context.Background(), svc.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	}()
	for _, n := range workers {
		waitPod(t, client, "web-"+n.name, podRunning)
	}
	for _, n := range workers {
		answers := make(map[string]bool)
		for ctx := limited(t, 30*time.Second); ctx.Err() == nil && len(answers) < 2; {
			out, err := podExec(t, p, "web-"+n.name, "wget", "-q", "-O-", "http://"+svc.Spec.ClusterIP)
			if err == nil { // it fails until the rules are there
				answers[strings.TrimSpace(out)] = true
			}
		}
		if len(answers) != 2 {
			t.Errorf("from %s only %v answered", n.name, answers)
		}
	}
}

// testNoWayOut asks for addresses that no machine has (documentation's own):
// they must be refused at once, not time out.
func testNoWayOut(t *testing.T, p *Provider) {
	client := clientFor(t, p)
	create(t, client, pod("inside", busybox, "sleep", "3600"))
	defer remove(t, client, "inside")
	waitPod(t, client, "inside", podRunning)
	out, err := podExec(t, p, "inside", "nc", "-w", "10", "192.0.2.1", "80")
	if err == nil || !strings.Contains(out, "No route to host") {
		t.Errorf("%q, %v", out, err)
	}
	var node bytes.Buffer
	if err := p.Exec(t.Context(), "worker-1", []string{"ip", "route", "get", "192.0.2.1"}, cluster.Stdio{Err: &node}); err == nil {
		t.Error("a node has a route out")
	}
}

func testOOM(t *testing.T, p *Provider) {
	client := clientFor(t, p)
	hog := pod("hog", stress, "stress", "--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1")
	hog.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("100Mi")}
	create(t, client, hog)
	defer remove(t, client, "hog")
	waitPod(t, client, "hog", func(p *corev1.Pod) bool {
		for _, s := range p.Status.ContainerStatuses {
			for _, state := range []corev1.ContainerState{s.State, s.LastTerminationState} {
				if state.Terminated != nil && state.Terminated.Reason == "OOMKilled" {
					return true
				}
			}
		}
		return false
	})
}

func testSecurity(t *testing.T, p *Provider) {
	client := clientFor(t, p)
	locked := pod("locked", busybox, "sleep", "3600")
	locked.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	mapped := pod("mapped", busybox, "sleep", "3600")
	mapped.Spec.HostUsers = new(bool)
	for _, pod := range []*corev1.Pod{locked, mapped} {
		create(t, client, pod)
		defer remove(t, client, pod.Name)
	}
	waitPod(t, client, "locked", podRunning)
	if out, err := podExec(t, p, "locked", "grep", "Seccomp:", "/proc/1/status"); err != nil || !strings.Contains(out, "2") {
		t.Errorf("seccomp: %q, %v", out, err)
	}
	waitPod(t, client, "mapped", podRunning)
	if out, err := podExec(t, p, "mapped", "cat", "/proc/self/uid_map"); err != nil || !regexp.MustCompile(`^\s*0\s+[1-9]`).MatchString(out) {
		t.Errorf("user namespace: %q, %v", out, err)
	}
}

func testImages(t *testing.T, p *Provider) {
	ctx := limited(t, 30*time.Second)
	var last cluster.Progress
	if err := p.LoadImages(ctx, []string{busybox, stress}, func(r cluster.Progress) { last = r }); err != nil {
		t.Fatal(err)
	}
	if last.Done != 4 || last.Total != 4 || !last.Finished {
		t.Errorf("last report %+v", last)
	}
	for _, n := range workers {
		have, err := p.imagesOn(ctx, n)
		if err != nil || have["docker.io/library/busybox:1.28"] == "" || have["docker.io/polinux/stress:latest"] == "" {
			t.Errorf("%s has %v, %v", n.name, have, err)
		}
	}
	if err := p.LoadImages(ctx, []string{"example.com/not/there:1"}, nil); !errors.Is(err, images.ErrNotFound) {
		t.Errorf("an unknown image: %v", err)
	}
	// A Pod that names it is told so at once, by the mirror.
	client := clientFor(t, p)
	create(t, client, pod("unknown", "example.com/not/there:1"))
	defer remove(t, client, "unknown")
	waitPod(t, client, "unknown", func(p *corev1.Pod) bool {
		for _, s := range p.Status.ContainerStatuses {
			if s.State.Waiting != nil && s.State.Waiting.Reason == "ErrImagePull" {
				return strings.Contains(s.State.Waiting.Message, "not found")
			}
		}
		return false
	})
}

func testLogs(t *testing.T, p *Provider) {
	var names bytes.Buffer
	if err := p.Logs(t.Context(), "", false, &names); err != nil {
		t.Fatal(err)
	}
	want := []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "lab-init"}
	for _, n := range workers {
		want = append(want, n.name+"/containerd", n.name+"/kube-proxy", n.name+"/kubelet")
	}
	if got := strings.Fields(names.String()); !slices.Equal(got, want) {
		t.Errorf("components %q, want %q", got, want)
	}
	var log bytes.Buffer
	if err := p.Logs(t.Context(), "worker-1/kubelet", false, &log); err != nil || !strings.Contains(log.String(), "Kubelet version") {
		t.Errorf("kubelet's log of %d bytes, %v", log.Len(), err)
	}
	if err := p.Logs(t.Context(), "nobody", false, &log); err == nil || !strings.Contains(err.Error(), "kube-apiserver") {
		t.Errorf("unknown component: %v", err)
	}
}

func testAddons(t *testing.T, p *Provider) {
	if err := p.WaitAddons(limited(t, 60*time.Second)); err != nil {
		t.Fatal(err)
	}
	client := clientFor(t, p)
	create(t, client, pod("dns", busybox, "sleep", "3600"))
	defer remove(t, client, "dns")
	waitPod(t, client, "dns", podRunning)
	if out, err := podExec(t, p, "dns", "nslookup", "kubernetes.default.svc.cluster.local"); err != nil || !strings.Contains(out, serviceIP) {
		t.Errorf("%q, %v", out, err)
	}
	ctx := limited(t, 60*time.Second)
	for {
		data, err := client.CoreV1().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes").DoRaw(ctx)
		if err == nil && bytes.Contains(data, []byte("worker-1")) && bytes.Contains(data, []byte("worker-2")) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no metrics: %s, %v", data, err)
		case <-time.After(200 * time.Millisecond): // figures cannot be watched
		}
	}
}

// testUnfinished makes the lab what a podlab leaves that is killed before it has
// installed the add-ons: the next one does.
func testUnfinished(t *testing.T, p *Provider) {
	deployments := clientFor(t, p).AppsV1().Deployments(metav1.NamespaceSystem)
	if err := deployments.Delete(t.Context(), "metrics-server", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.wholeFile()); err != nil {
		t.Fatal(err)
	}
	up(t, p)
	if _, err := deployments.Get(t.Context(), "metrics-server", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if err := p.WaitAddons(limited(t, 60*time.Second)); err != nil {
		t.Error(err)
	}
}

// testComponentKilled kills a node's containerd: it comes back, and Pods run.
func testComponentKilled(t *testing.T, p *Provider) {
	pids := named(t, p.group("worker-2", initGroup), "containerd")
	if len(pids) != 1 {
		t.Fatalf("containerd is %v", pids)
	}
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	client := clientFor(t, p)
	again := pod("again", busybox, "sleep", "3600")
	again.Spec.NodeName = "worker-2"
	create(t, client, again)
	defer remove(t, client, "again")
	waitPod(t, client, "again", podRunning)
}

// Whatever is killed, Down leaves nothing: newLab looks.
func TestLiveKilled(t *testing.T) {
	p := newLab(t, false)
	client := func() {
		c := clientFor(t, p)
		create(t, c, pod("one", busybox, "sleep", "3600"))
		waitPod(t, c, "one", podRunning)
	}
	t.Run("supervisor", func(t *testing.T) {
		up(t, p)
		client()
		run, err := p.running()
		if err != nil || run == nil {
			t.Fatal(run, err)
		}
		if err := syscall.Kill(run.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		waitGone(t, p)
		s, err := p.Status(t.Context())
		if err != nil || s.State != cluster.Broken || s.Reason.IsZero() {
			t.Errorf("%+v, %v", s, err)
		}
		down(t, p)
		none(t, p)
	})
	t.Run("up after a kill", func(t *testing.T) {
		up(t, p)
		run, err := p.running()
		if err != nil || run == nil {
			t.Fatal(run, err)
		}
		if err := syscall.Kill(run.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		waitGone(t, p)
		up(t, p)
		client()
		down(t, p)
		none(t, p)
	})
	t.Run("state lost", func(t *testing.T) {
		up(t, p)
		client()
		if err := os.Remove(p.runFile()); err != nil {
			t.Fatal(err)
		}
		down(t, p)
		none(t, p)
	})
	t.Run("every process", func(t *testing.T) {
		up(t, p)
		client()
		groups, err := cgroup.Detect(cgroup.DefaultRoot)
		if err != nil {
			t.Fatal(err)
		}
		pids, err := groups.Procs(p.group())
		if err != nil || len(pids) < 12 {
			t.Fatal(pids, err)
		}
		slices.Reverse(pids) // the supervisor, the oldest, last
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have died with another
		}
		down(t, p)
		none(t, p)
	})
	t.Run("up cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := p.Up(ctx, func(r cluster.Progress) {
			if r.Stage == cluster.StageControlPlane {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("up: %v", err)
		}
		none(t, p)
	})
	t.Run("podlab killed while starting", func(t *testing.T) {
		// All that Up does until the supervisor runs, and no more.
		groups, err := p.preflight()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.makeCertificates(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.sow(); err != nil {
			t.Fatal(err)
		}
		started, err := p.start(groups)
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Status(t.Context())
		if err != nil || s.State != cluster.Starting || s.Reason.IsZero() {
			t.Errorf("%+v, %v", s, err)
		}
		up(t, p)
		run, err := p.running()
		if err != nil || run == nil || run.PID != started.PID {
			t.Errorf("up started %+v, %v; %+v ran already", run, err, started)
		}
		client()
		down(t, p)
		none(t, p)
	})
	t.Run("port taken", func(t *testing.T) {
		up(t, p)
		first, err := p.running()
		if err != nil {
			t.Fatal(err)
		}
		down(t, p)
		l := listenOn(t, first.Port)
		up(t, p)
		second, err := p.running()
		if err != nil || second.Port == first.Port {
			t.Errorf("port %d, taken was %d, %v", second.Port, first.Port, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("purge", func(t *testing.T) {
		if err := p.Purge(limited(t, 30*time.Second)); err != nil {
			t.Fatal(err)
		}
		s, err := p.Status(t.Context())
		if err != nil || s.State != cluster.Absent {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// Two podlabs start one lab: one does, the other attaches.
func TestLiveTwice(t *testing.T) {
	p := newLab(t, false)
	ctx := limited(t, 90*time.Second)
	errs := make(chan error, 2)
	for range 2 {
		go func() { errs <- New(p.cfg).Up(ctx, nil) }()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if servers := named(t, p.group(controlPlaneGroup), "kube-apiserver"); len(servers) != 1 {
		t.Errorf("the API servers that run are %v", servers)
	}
}

// named are the processes of a cgroup that run the program.
func named(t *testing.T, group, program string) []int {
	t.Helper()
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		t.Fatal(err)
	}
	pids, err := groups.Procs(group)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(pids, func(pid int) bool {
		comm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
		return err != nil || strings.TrimSpace(string(comm)) != program
	})
}

// waitGone waits for a killed supervisor, and all with it, to be gone.
func waitGone(t *testing.T, p *Provider) {
	t.Helper()
	for ctx := limited(t, 10*time.Second); ctx.Err() == nil; {
		if run, err := p.running(); err != nil || run == nil {
			return
		}
	}
	t.Fatal("the supervisor does not end")
}

// none fails if a process of the lab still runs.
func none(t *testing.T, p *Provider) {
	t.Helper()
	groups, err := cgroup.Detect(cgroup.DefaultRoot)
	if err != nil {
		t.Fatal(err)
	}
	if dirs := groups.Dirs(p.group()); len(dirs) > 0 {
		t.Errorf("cgroups left: %q", dirs)
	}
	if s := snapshot(t, p); len(s["process"]) > 0 {
		t.Errorf("processes left: %q", s["process"])
	}
	if fileExists(p.runFile()) {
		t.Error("the lab's state says that it runs")
	}
}

func listenOn(t *testing.T, port int) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}
