package kindnode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/sys/unix"
)

// mirrorAddress is where the node's own registry listens.
const mirrorAddress = "127.0.0.1:39500"

// pauseImage is the sandbox of every Pod.
const pauseImage = "registry.k8s.io/pause:3.10"

var containerdConfig = template.Must(template.New("containerd").Parse(`version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = 0
disabled_plugins = [
  "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.erofs",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.nri.v1.nri",
]

[grpc]
  address = "{{.Socket}}"

[plugins."io.containerd.cri.v1.images"]
  max_concurrent_downloads = 6
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{{.Pause}}"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "/etc/containerd/certs.d"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = {{not .MayLowerOOMScore}}
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "{{.Programs}}/runc"
`))

// Every registry is the node's own. Naming it as the server too keeps
// containerd from asking anybody else for what it does not have.
const hosts = `server = "http://` + mirrorAddress + `"

[host."http://` + mirrorAddress + `"]
  capabilities = ["pull", "resolve"]
`

const crictl = `runtime-endpoint: unix://` + containerd + `
image-endpoint: unix://` + containerd + `
timeout: 10
`

// dropIn is what this node's kubelet needs besides what kubeadm is told: there
// is no systemd to make cgroups, they may be of version 1, and the container
// engine's name server is not the Pods'.
const dropIn = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
resolvConf: ` + podResolver + `
`

// podResolver is the resolv.conf that Pods get. On the address in it no name
// server listens, so that a lookup of a name outside the cluster fails at once.
// The engine's own, 127.0.0.11, would be the Pod itself.
const podResolver = "/kind/resolv.conf"

// writeFiles writes the configuration of the node's programs.
func writeFiles() error {
	var config bytes.Buffer
	err := containerdConfig.Execute(&config, map[string]any{
		"Socket": containerd, "Pause": pauseImage, "Programs": programs,
		"MayLowerOOMScore": mayLowerOOMScore(),
	})
	if err != nil {
		return fmt.Errorf("configure containerd: %w", err)
	}
	ip, err := address("eth0")
	if err != nil {
		return err
	}
	resolver := "nameserver " + ip + "\noptions attempts:1 timeout:1\n"
	files := []struct{ path, text string }{
		{podResolver, resolver},
		{"/etc/containerd/config.toml", config.String()},
		{"/etc/containerd/certs.d/_default/hosts.toml", hosts},
		{"/etc/crictl.yaml", crictl},
		{kubeletDropIn + "/00-node.conf", dropIn},
	}
	for _, f := range files {
		if err := write(f.path, f.text); err != nil {
			return err
		}
	}
	for _, dir := range []string{logs, "/etc/kubernetes/manifests", "/var/lib/kubelet/seccomp", "/var/lib/containerd"} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a node's folders, readable to its users
			return fmt.Errorf("make the node's folders: %w", err)
		}
	}
	return nil
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // a node's folders, readable to its users
		return fmt.Errorf("configure the node: %w", err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // holds no secret
		return fmt.Errorf("configure the node: %w", err)
	}
	return nil
}

// kubeletCommand is the kubelet as kubeadm's own service file would start it.
// Before, the node learns where the control plane is.
func kubeletCommand(ctx context.Context, host string) ([]string, error) {
	if err := knowControlPlane(ctx, host, "/etc/hosts"); err != nil {
		return nil, err
	}
	flags, err := os.ReadFile(kubeletFlags)
	if err != nil {
		return nil, err
	}
	argv := []string{
		program("kubelet"),
		"--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
		"--kubeconfig=" + kubeletUser,
		"--config=" + kubeletConfig,
		"--config-dir=" + kubeletDropIn,
	}
	return append(argv, kubeadmFlags(string(flags))...), nil
}

// knowControlPlane adds the control plane to the hosts file, which Pods in the
// node's network share: they have no name server that knows it.
func knowControlPlane(ctx context.Context, host, hosts string) error {
	name := controlPlane(host)
	text, err := os.ReadFile(hosts)
	if err != nil {
		return err
	}
	if slices.Contains(strings.Fields(string(text)), name) {
		return nil
	}
	addrs, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil {
		return fmt.Errorf("find the control plane: %w", err)
	}
	// In place: the engine has mounted the file.
	f, err := os.OpenFile(hosts, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s\n", addrs[0], name)
	return errors.Join(err, f.Close())
}

// controlPlane is how kind names the control plane of the cluster that a node
// is of: nodes are CLUSTER-control-plane, CLUSTER-worker, CLUSTER-worker2, ….
func controlPlane(host string) string {
	cluster, number, found := cutLast(host, "-worker")
	if !found || strings.Trim(number, "0123456789") != "" {
		return host
	}
	return cluster + "-control-plane"
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// kubeadmFlags reads KUBELET_KUBEADM_ARGS="…" from the file that kubeadm
// writes.
func kubeadmFlags(env string) []string {
	for line := range strings.Lines(env) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "KUBELET_KUBEADM_ARGS="); ok {
			return strings.Fields(strings.Trim(value, `"`))
		}
	}
	return nil
}

// mayLowerOOMScore tells whether this container has CAP_SYS_RESOURCE.
func mayLowerOOMScore() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	err := unix.Capget(&header, &data[0])
	return err == nil && data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
}
