package kindnode

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestReaddressed(t *testing.T) {
	const before, now = "172.18.0.2", "172.18.0.30"
	for text, want := range map[string]string{
		"https://172.18.0.2:6443":        "https://172.18.0.30:6443",
		"172.18.0.2":                     "172.18.0.30",
		"172.18.0.25, 1172.18.0.2":       "172.18.0.25, 1172.18.0.2",
		"a=172.18.0.2,b=172.18.0.2/24\n": "a=172.18.0.30,b=172.18.0.30/24\n",
		"172.18.0.2.1":                   "172.18.0.2.1",
		"none":                           "none",
	} {
		if got := readdressed(text, before, now); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestReplaceAddress(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "kubelet.conf")
	if err := os.WriteFile(file, []byte("server: 10.0.0.1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replaceAddress("10.0.0.1", "10.0.0.2", filepath.Join(dir, "*.conf"), filepath.Join(dir, "none", "*")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != "server: 10.0.0.2" {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestKubeadmFlags(t *testing.T) {
	for env, want := range map[string][]string{
		"KUBELET_KUBEADM_ARGS=\"--node-ip=172.18.0.2 --node-labels= --v=2\"\n": {"--node-ip=172.18.0.2", "--node-labels=", "--v=2"},
		"# nothing\nKUBELET_KUBEADM_ARGS=\"\"":                                 {},
		"OTHER=1":                                                              nil,
	} {
		if got := kubeadmFlags(env); !slices.Equal(got, want) {
			t.Errorf("%q gives %q, want %q", env, got, want)
		}
	}
}

// A hierarchy of version 1 has processors and memory nodes to hand on; others
// have not.
func TestMakeGroupsV1(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"memory/cgroup.procs": "", "cpuset/cgroup.procs": "", "cpuset/cpuset.cpus": "0-1\n", "cpuset/cpuset.mems": "0\n", "other/file": "",
	} {
		put(t, filepath.Join(root, file), text)
	}
	v1, err := makeGroups(root)
	if err != nil || !v1 {
		t.Fatalf("v1 %t, %v", v1, err)
	}
	if got, err := os.ReadFile(filepath.Join(root, "cpuset/kubelet/cpuset.cpus")); err != nil || string(got) != "0-1\n" {
		t.Errorf("processors %q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(root, "memory/kubelet")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, "other/kubelet")); err == nil {
		t.Error("a folder that is no hierarchy got a group")
	}
}

// In version 2 processes leave the root before controllers are handed down.
func TestMakeGroupsV2(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "cgroup.controllers"), "cpu memory\n")
	put(t, filepath.Join(root, "cgroup.procs"), "1\n")
	v1, err := makeGroups(root)
	if err != nil || v1 {
		t.Fatalf("v1 %t, %v", v1, err)
	}
	for file, want := range map[string]string{"init/cgroup.procs": "1", "cgroup.subtree_control": "+memory"} {
		if got, err := os.ReadFile(filepath.Join(root, file)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "kubelet")); err != nil {
		t.Error(err)
	}
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestControlPlane(t *testing.T) {
	for host, want := range map[string]string{
		"lab-control-plane": "lab-control-plane", "lab-worker": "lab-control-plane", "lab-worker12": "lab-control-plane",
		"a-worker-b-worker2": "a-worker-b-control-plane", "a-workers-control-plane": "a-workers-control-plane",
	} {
		if got := controlPlane(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

func TestKnowControlPlane(t *testing.T) {
	hosts := filepath.Join(t.TempDir(), "hosts")
	put(t, hosts, "127.0.0.1 localhost\n172.18.0.2 lab-control-plane\n")
	if err := knowControlPlane(t.Context(), "lab-worker", hosts); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(hosts); err != nil || string(text) != "127.0.0.1 localhost\n172.18.0.2 lab-control-plane\n" {
		t.Errorf("what is known was added again: %q, %v", text, err)
	}
}
