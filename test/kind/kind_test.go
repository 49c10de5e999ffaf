//go:build kind && linux

// Package kind tests the lessons on a kind cluster, with the node image for
// offline use, in a Docker engine that the test starts and ends: see
// test/docker.
package kind

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/podlab/podlab/cluster/embedded/leakcheck"
	"github.com/podlab/podlab/cluster/kind/nodeimage"
	"github.com/podlab/podlab/cluster/kube"
	"github.com/podlab/podlab/lessons"
)

// The tests run inside the engine's namespaces; the test program that is
// started by hand puts itself there and afterwards looks for what it left.
const (
	envInside = "PODLAB_TEST_INSIDE" // the folder of the programs under test
	envImage  = "PODLAB_NODE_IMAGE_FILE"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(envInside)
	if dir != "" {
		os.Exit(m.Run())
	}
	if err := outside(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// outside builds the programs, runs the tests beside an engine and fails if
// anything of that is left on the machine.
func outside() (err error) {
	dir, err := os.MkdirTemp("", "podlab-kind-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for name, pkg := range map[string]string{"podlab": "cmd/podlab", "docker": "test/docker"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name), "github.com/podlab/podlab/"+pkg)
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// What stays, by intention: the unpacked engine, for the next time.
	if out, err := exec.Command(filepath.Join(dir, "docker"), "docker", "version").CombinedOutput(); err != nil {
		flag.Parse()
		if flag.Lookup("test.bench").Value.String() != "" {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			_, err := fmt.Fprintf(os.Stdout, "skipped: Providers: no Docker engine can be started here: %s\n", lines[len(lines)-1])
			return err // test/bench shows it in the place of figures
		}
		return fmt.Errorf("start an engine: %w\n%s", err, out)
	}
	lab := leakcheck.Lab{Dir: dir, Programs: dir, Group: "podlab-kind"}
	before, err := leakcheck.Take(lab)
	if err != nil {
		return err
	}
	tests := exec.Command(filepath.Join(dir, "docker"), append([]string{self}, os.Args[1:]...)...)
	tests.Env = append(os.Environ(), envInside+"="+dir)
	tests.Stdout, tests.Stderr = os.Stdout, os.Stderr
	err = tests.Run()
	after, lerr := leakcheck.Take(lab)
	if lerr != nil {
		return errors.Join(err, lerr)
	}
	for _, leak := range before.Diff(after) {
		err = errors.Join(err, errors.New("left behind: "+leak))
	}
	return err
}

// podlab is a run of podlab with a state of the test's own.
func podlab(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	dir := os.Getenv(envInside)
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "podlab"), args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // as Ctrl-C
	cmd.WaitDelay = 30 * time.Second
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(dir, "state"), "PODLAB_PROVIDER=kind", "PODLAB_IMAGES=offline", "LANG=C.UTF-8")
	return cmd
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := podlab(t.Context(), t, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("podlab %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

func docker(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestKind lives through a lab: each part needs those before it.
func TestKind(t *testing.T) {
	docker(t, "load", "--quiet", "--input", os.Getenv(envImage))
	t.Cleanup(func() {
		if out, err := podlab(context.WithoutCancel(t.Context()), t, "cluster", "down", "--purge").CombinedOutput(); err != nil {
			t.Errorf("down: %v\n%s", err, out)
		}
	})
	for _, part := range []struct {
		name string
		test func(*testing.T)
	}{
		{"auto takes kind", autoTakesKind},
		{"a cancelled start leaves nothing", cancelledStart},
		{"a failed start keeps its logs", failedStart},
		{"a killed start", killedStart}, // up makes the lab anew
		{"up", up},
		{"every lesson", everyLesson},
		{"a memory picture", memoryPicture},
		{"a restart of the engine", restart},
		{"a second lab", secondLab},
		{"down", down},
	} {
		if !t.Run(part.name, part.test) {
			t.FailNow()
		}
	}
}

func autoTakesKind(t *testing.T) {
	cmd := podlab(t.Context(), t, "doctor", "-o", "json")
	cmd.Env = append(cmd.Env, "PODLAB_PROVIDER=auto")
	out, _ := cmd.Output() // its status tells of the machine
	var report struct {
		Checks []struct{ ID, State, Found string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range report.Checks {
		if c.ID == "provider" {
			if c.State != "ok" || !strings.Contains(c.Found, "kind: docker 20") || !strings.Contains(c.Found, "offline") {
				t.Errorf("%+v", c)
			}
			return
		}
	}
	t.Errorf("doctor says nothing of the provider:\n%s", out)
}

// cancelledStart presses Ctrl-C.
func cancelledStart(t *testing.T) {
	said := endStart(t, os.Interrupt)
	if left := docker(t, "ps", "--all", "--quiet"); left != "" {
		t.Errorf("containers are left: %s\n%s", left, said)
	}
}

// killedStart leaves containers without a cluster.
func killedStart(t *testing.T) {
	said := endStart(t, os.Kill)
	if left := strings.Fields(docker(t, "ps", "--quiet")); len(left) != 3 {
		t.Errorf("the containers are %s\n%s", left, said)
	}
}

// endStart ends a start by a signal when the containers are there and kubeadm has
// begun. It returns what was said.
func endStart(t *testing.T, by os.Signal) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := podlab(ctx, t, "cluster", "up")
	cmd.Cancel = func() error { return cmd.Process.Signal(by) }
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // only read
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close() // the program has its own copy
	var said strings.Builder
	buf := make([]byte, 4096)
	for begun := false; ; {
		n, err := r.Read(buf)
		said.Write(buf[:n])
		if !begun && strings.Contains(said.String(), "control plane") {
			begun = true
			cancel()
		}
		if err != nil {
			break
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Errorf("it succeeded:\n%s", said.String())
	}
	return said.String()
}

// failedStart has nodes that end at once.
func failedStart(t *testing.T) {
	const broken = "docker.io/podlab/broken:1"
	docker(t, "create", "--name", "broken", nodeimage.Ref)
	docker(t, "commit", "--change", `ENTRYPOINT ["/bin/false"]`, "broken", broken)
	docker(t, "rm", "broken")
	out, err := podlab(t.Context(), t, "cluster", "up", "--node-image", broken).CombinedOutput()
	if err == nil {
		t.Errorf("it succeeded:\n%s", out)
	}
	if left := docker(t, "ps", "--all", "--quiet"); left != "" {
		t.Errorf("containers are left: %s\n%s", left, out)
	}
	logs := must(t, "cluster", "logs")
	if !strings.Contains(logs, "create\n") || !strings.Contains(logs, "failed/podlab-default-control-plane/inspect.json") {
		t.Errorf("logs of the failed start:\n%s", logs)
	}
	if text := must(t, "cluster", "logs", "create"); !strings.Contains(text, "Preparing nodes") {
		t.Errorf("what kind said:\n%s", text)
	}
	docker(t, "image", "rm", broken)
}

func up(t *testing.T) {
	began := time.Now()
	must(t, "cluster", "up")
	t.Logf("up in %.1f s", time.Since(began).Seconds())
	began = time.Now()
	must(t, "cluster", "up")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("attaching took %s", took)
	}
	st := status(t)
	if st.Provider != "kind" || st.State != "running" || len(st.Nodes) != 3 || st.Images != "offline" {
		t.Errorf("status %+v", st)
	}
	kubeconfig := strings.TrimSpace(must(t, "cluster", "kubeconfig"))
	if info, err := os.Stat(kubeconfig); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kubeconfig: %v, %v", info, err)
	}
	if out := must(t, "node", "shell", "podlab-default-worker", "--", "pgrep", "-x", "kubelet"); strings.TrimSpace(out) == "" {
		t.Error("no kubelet is seen on a node")
	}
	if out := must(t, "cluster", "logs", "podlab-default-worker/kubelet"); !strings.Contains(out, "kubelet") {
		t.Errorf("a kubelet's log: %.200q", out)
	}
	followLog(t)
	killedBeforeAddons(t, kubeconfig)
}

// killedBeforeAddons makes the lab what a podlab leaves that is killed when its nodes
// are Ready: the next one installs what is missing.
func killedBeforeAddons(t *testing.T, kubeconfig string) {
	t.Helper()
	client, err := kube.Client(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	deployments := client.AppsV1().Deployments(metav1.NamespaceSystem)
	if err := deployments.Delete(t.Context(), "metrics-server", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(filepath.Dir(kubeconfig), "whole")); err != nil {
		t.Fatal(err)
	}
	must(t, "cluster", "up")
	if _, err := deployments.Get(t.Context(), "metrics-server", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

// followLog presses Ctrl-C while a log of a node is followed: nothing goes on there.
func followLog(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := podlab(ctx, t, "cluster", "logs", "podlab-default-worker/kubelet", "--follow")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	followers := func() int {
		return strings.Count(docker(t, "top", "podlab-default-worker", "-e", "-o", "pid,args"), "--follow")
	}
	wait(t, "what follows in the node", func() bool { return followers() > 0 })
	cancel()
	_ = cmd.Wait() // its status tells of the signal
	wait(t, "the end of what follows in the node", func() bool { return followers() == 0 })
}

type clusterStatus struct {
	Provider, State, Images, Reason string
	Nodes                           []struct {
		Name  string
		Ready bool
	}
}

func status(t *testing.T) clusterStatus {
	t.Helper()
	var st clusterStatus
	if err := json.Unmarshal([]byte(must(t, "cluster", "status", "-o", "json")), &st); err != nil {
		t.Fatal(err)
	}
	return st
}

// everyLesson has the same outcomes as on the embedded cluster.
func everyLesson(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	verify(t, len(all), "--all", "--parallel", "3")
}

func verify(t *testing.T, count int, args ...string) {
	t.Helper()
	cmd := podlab(t.Context(), t, append([]string{"verify", "-o", "json"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var v struct {
		Provider string
		Met      int
		Unmet    int
		Lessons  []struct {
			ID, State, Error string
			Steps            []struct {
				ID       string
				Outcomes []struct{ ID, State, Reason string }
			}
		}
	}
	if jerr := json.Unmarshal(out, &v); jerr != nil {
		t.Fatalf("%v, %v\n%s", jerr, err, errs.String())
	}
	if v.Provider != "kind" || len(v.Lessons) != count || v.Met == 0 {
		t.Errorf("provider %q, %d lessons, %d met", v.Provider, len(v.Lessons), v.Met)
	}
	for _, l := range v.Lessons {
		if l.State != "passed" {
			t.Errorf("%s: %s: %s", l.ID, l.State, l.Error)
		}
		for _, s := range l.Steps {
			for _, o := range s.Outcomes {
				if o.State == "unmet" {
					t.Errorf("%s/%s/%s: %s", l.ID, s.ID, o.ID, o.Reason)
				}
			}
		}
	}
	if err != nil || v.Unmet != 0 {
		t.Errorf("%d unmet: %v", v.Unmet, err)
	}
	t.Logf("%d met, %d unmet", v.Met, v.Unmet)
}

// restart ends the engine and starts it again, as a machine does overnight.
func restart(t *testing.T) {
	raw, err := os.ReadFile(os.Getenv("PODLAB_DOCKER_PID"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wait(t, "the engine's end", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
	if err := exec.Command(os.Getenv("PODLAB_DOCKER_START")).Start(); err != nil {
		t.Fatal(err)
	}
	wait(t, "the engine", func() bool { return exec.CommandContext(t.Context(), "docker", "version").Run() == nil })
	must(t, "cluster", "up")
	if st := status(t); st.State != "running" {
		t.Fatalf("status %+v", st)
	}
	verify(t, 1, "share-process-namespace")

	// Somebody stopped the containers: podlab starts them.
	docker(t, append([]string{"stop"}, strings.Fields(docker(t, "ps", "--quiet"))...)...)
	if st := status(t); st.State != "stopped" {
		t.Errorf("status %+v", st)
	}
	must(t, "cluster", "up")
	if st := status(t); st.State != "running" {
		t.Fatalf("status %+v", st)
	}

	// Of the nodes that go on nothing new is waited for.
	docker(t, "stop", "podlab-default-worker2")
	began := time.Now()
	must(t, "cluster", "up")
	t.Logf("up with one stopped node in %.1f s", time.Since(began).Seconds())
	if st := status(t); st.State != "running" {
		t.Fatalf("status %+v", st)
	}
}

func wait(t *testing.T, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !cond() {
		select {
		case <-ctx.Done():
			t.Fatalf("waiting for %s: %v", what, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// secondLab has a name of its own, and the first goes on beside it.
func secondLab(t *testing.T) {
	must(t, "--lab", "other", "cluster", "up")
	if st := status(t); st.State != "running" {
		t.Errorf("the first lab: %+v", st)
	}
	must(t, "--lab", "other", "cluster", "down", "--purge")
	if st := status(t); st.State != "running" {
		t.Errorf("the first lab, after the other's end: %+v", st)
	}
}

func down(t *testing.T) {
	began := time.Now()
	must(t, "cluster", "down", "--purge")
	t.Logf("down in %.1f s", time.Since(began).Seconds())
	if left := docker(t, "ps", "--all", "--quiet") + docker(t, "volume", "ls", "--quiet"); left != "" {
		t.Errorf("containers or volumes are left: %s", left)
	}
	if left, err := os.ReadDir(filepath.Join(os.Getenv(envInside), "state", "podlab", "labs")); err != nil || len(left) != 0 {
		t.Errorf("the lab's folder: %v, %v", left, err)
	}
}
