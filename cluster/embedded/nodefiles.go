//go:build linux

package embedded

import (
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
	"github.com/podlab/podlab/internal/say"
)

// nodeFiles are the templates of a node's /etc.
//
//go:embed all:files/etc
var nodeFiles embed.FS

// Inside a node, as lab-init builds it.
const (
	nodePrograms = "/opt/podlab"
	machinePath  = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	nodePath     = nodePrograms + ":" + machinePath
	containerd   = "/run/containerd/containerd.sock"
)

// machineEtc are copied from the machine, so that programs on a node know the
// same users.
var machineEtc = []string{"passwd", "group", "nsswitch.conf"}

// tunables are the settings that a kubelet would else change for the whole
// machine.
var tunables = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

func (p *Provider) nodeSpec(n node, groups *cgroup.Tree) nodeSpec {
	component := func(name string, after []string, args ...string) componentSpec {
		return componentSpec{
			Name:  name,
			Argv:  append([]string{filepath.Join(nodePrograms, name)}, args...),
			Env:   []string{"PATH=" + nodePath},
			Log:   "/var/log/" + name + ".log",
			After: after,
		}
	}
	s := nodeSpec{
		Name:     n.name,
		Address:  n.ip() + labPrefix,
		Cgroup:   groups.Files(p.group(n.name, initGroup)),
		Etc:      p.path("nodes", n.name, "etc"),
		Var:      p.path("nodes", n.name, "var"),
		Root:     p.path("nodes", n.name, "root"),
		Log:      p.path("logs", n.name),
		Programs: p.cfg.Programs,
		CNI:      filepath.Join(p.cfg.Programs, "cni"),
		Tunables: tunables,
		Processes: []componentSpec{
			component("containerd", nil, "--config", "/etc/containerd/config.toml"),
			component("kubelet", []string{"unix://" + containerd, "tcp://" + apiAddress},
				"--config=/etc/kubernetes/kubelet.yaml",
				"--config-dir=/etc/kubernetes/kubelet.conf.d", // for what a learner tries
				"--kubeconfig=/etc/kubernetes/kubelet.kubeconfig",
				"--hostname-override="+n.name,
				"--node-ip="+n.ip(),
			),
			component("kube-proxy", []string{"https://" + apiAddress + readyPath},
				// Flags and no file: it would watch a file, and inotify
				// instances are few on a machine.
				"--kubeconfig=/etc/kubernetes/kube-proxy.kubeconfig",
				"--proxy-mode=nftables",
				"--cluster-cidr="+podRange,
				"--hostname-override="+n.name,
				// These settings are the whole machine's: leave them alone.
				"--conntrack-max-per-core=0",
				"--conntrack-min=0",
				"--conntrack-tcp-timeout-established=0",
				"--conntrack-tcp-timeout-close-wait=0",
			),
		},
		// Service addresses are translated on the node; until the rules for
		// one are there, the lab's gateway refuses it.
		Routes: []routeSpec{{Dst: serviceNet, Via: labIP}},
	}
	for _, other := range workers {
		if other != n {
			s.Routes = append(s.Routes, routeSpec{Dst: other.pods(), Via: other.ip()})
		}
	}
	return s
}

// nodeValues are what the templates of a node's files can use.
type nodeValues struct {
	Name, IP, Pods, CgroupRoot string
	PodRange, DNSIP, Domain    string
	APIServer, Mirror, Pause   string
	Containerd, Programs       string
	LabIP                      string
	MayLowerOOMScore, OwnRunc  bool
}

// writeNodeFiles renders a node's /etc and makes its folders.
func (p *Provider) writeNodeFiles(n node) error {
	etc := p.path("nodes", n.name, "etc")
	for _, dir := range []string{
		filepath.Join(etc, "kubernetes", "manifests"),
		filepath.Join(etc, "kubernetes", "kubelet.conf.d"),
		p.path("nodes", n.name, "root"),
		p.path("nodes", n.name, "var", "log"),
		p.path("nodes", n.name, "var", "lib", "kubelet", "seccomp"),
		p.path("nodes", n.name, "var", "lib", "containerd"),
		p.path("logs", n.name),
	} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // inside the lab's folder, which is 0700
			return say.Errorf("make the folders of %s: %w", n.name, err)
		}
	}
	for _, name := range machineEtc {
		data, err := os.ReadFile(filepath.Join("/etc", name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(etc, name), data, 0o644) //nolint:gosec // as on every machine
		}
		if err != nil {
			return say.Errorf("copy /etc/%s to %s: %w", name, n.name, err)
		}
	}
	values := nodeValues{
		Name: n.name, IP: n.ip(), Pods: n.pods(), CgroupRoot: "/" + p.group(n.name),
		PodRange: podRange, DNSIP: dnsIP, Domain: domain,
		APIServer: "https://" + apiAddress, Mirror: "http://" + mirrorAddress, Pause: pauseImage,
		Containerd: containerd, Programs: nodePrograms, LabIP: labIP,
		MayLowerOOMScore: hasCapability(capSysResource),
		OwnRunc:          fileExists(filepath.Join(p.cfg.Programs, "runc")),
	}
	return fs.WalkDir(nodeFiles, "files/etc", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		tmpl, err := template.New(filepath.Base(path)).ParseFS(nodeFiles, path)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := tmpl.Execute(&out, values); err != nil {
			return err
		}
		rel, err := filepath.Rel("files/etc", path)
		if err != nil {
			return err
		}
		target := filepath.Join(etc, rel)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // inside the lab's folder, which is 0700
			return err
		}
		return os.WriteFile(target, out.Bytes(), 0o644) //nolint:gosec // holds no secret
	})
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
