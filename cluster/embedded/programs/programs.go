// Package programs builds the programs of a node (Kubernetes, containerd, runc
// and what goes with them) from the Go module node, and finds them again.
package programs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// Kubernetes is the version of Kubernetes that the programs are. It is the one
// in node/go.mod.
const Kubernetes = "v1.36.3"

// set is programs that are built together into one folder.
type set struct {
	targets []target
	// links are the other names of a program: it is the program that its name
	// says.
	links map[string][]string
}

// StampFile tells from what the programs beside it were built. It is written
// last.
const StampFile = ".stamp"

// target is a set of packages that one go command builds.
type target struct {
	packages []string
	out      string // folder below the programs' folder
	cgo      bool
	tags     string
	version  bool // set the version of Kubernetes
	// optional: the machine's own program serves if it cannot be built here.
	optional bool
}

var nodeSet = set{links: map[string][]string{"podlab-node": {
	"containerd", "ctr", "etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet",
}}, targets: []target{
	{
		packages: []string{
			"./cmd/containerd-shim-runc-v2",
			"./cmd/coredns",
			"./cmd/lab-init",
			"./cmd/podlab-node",
			"k8s.io/kubernetes/test/images/agnhost", // for an image of that name
			"sigs.k8s.io/cri-tools/cmd/crictl",
			"sigs.k8s.io/metrics-server/cmd/metrics-server",
		},
		version: true,
	},
	{
		packages: []string{
			"github.com/containernetworking/plugins/plugins/ipam/host-local",
			"github.com/containernetworking/plugins/plugins/main/loopback",
			"github.com/containernetworking/plugins/plugins/main/ptp",
			"github.com/containernetworking/plugins/plugins/meta/portmap",
		},
		out: "cni",
	},
	{
		packages: []string{"github.com/opencontainers/runc"},
		cgo:      true,
		tags:     "seccomp netgo osusergo",
		optional: true,
	},
}}

var kindSet = set{
	targets: []target{{packages: []string{"./cmd/kind-node"}, version: true}},
	links:   map[string][]string{"kind-node": {"kind-net", "kubeadm", "kubectl"}},
}

func (t target) ldflags() string {
	flags := "-s -w"
	if !t.version {
		return flags
	}
	part := strings.SplitN(strings.TrimPrefix(Kubernetes, "v"), ".", 3)
	for name, value := range map[string]string{"gitVersion": Kubernetes, "gitMajor": part[0], "gitMinor": part[1]} {
		flags += fmt.Sprintf(" -X k8s.io/component-base/version.%s=%s", name, value)
	}
	return flags
}

// Find returns the folder of the programs and the folder of their source. The
// programs are in $PODLAB_NODE_DIR, else beside the running program in node/.
// The source is in $PODLAB_SOURCE/node, else in ../node of the running
// program's folder; it is "" where there is none, as in an installed podlab.
func Find() (programs, source string, err error) {
	exe, err := os.Executable()
	if err == nil {
		exe, err = filepath.EvalSymlinks(exe)
	}
	if err != nil {
		return "", "", say.Errorf("find podlab's own folder: %w", err)
	}
	return find(filepath.Dir(exe), os.Getenv)
}

func find(dir string, env func(string) string) (programs, source string, err error) {
	programs = filepath.Join(dir, "node")
	if v := env("PODLAB_NODE_DIR"); v != "" {
		if programs, err = filepath.Abs(v); err != nil {
			return "", "", say.Errorf("PODLAB_NODE_DIR: %w", err)
		}
	}
	source = filepath.Join(filepath.Dir(dir), "node")
	if v := env("PODLAB_SOURCE"); v != "" {
		if source, err = filepath.Abs(filepath.Join(v, "node")); err != nil {
			return "", "", say.Errorf("PODLAB_SOURCE: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(source, "go.mod")); err != nil {
		source = ""
	}
	return programs, source, nil
}

// Stamp tells the programs in a folder from those of another build.
func Stamp(programs string) string {
	stamp, err := os.ReadFile(filepath.Join(programs, StampFile))
	if err != nil {
		return "" // not built by Ensure
	}
	return string(stamp)
}

// current tells whether out has been built from what src is now.
func (s set) current(src, out string) (stamp string, ok bool, err error) {
	if stamp, err = s.hashSource(src); err != nil {
		return "", false, err
	}
	have, err := os.ReadFile(filepath.Join(out, StampFile))
	return stamp, err == nil && string(have) == stamp, nil
}

// hashSource sums up everything that makes the programs what they are.
func (s set) hashSource(src string) (string, error) {
	sum := sha256.New()
	for _, t := range s.targets {
		_, _ = fmt.Fprintln(sum, runtime.Version(), runtime.GOARCH, t.packages, t.tags, t.cgo, Kubernetes)
	}
	var files []string
	err := filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		source := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if !d.IsDir() && (source || name == "go.mod" || name == "go.sum") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return "", say.Errorf("read the source of the node's programs: %w", err)
	}
	slices.Sort(files)
	for _, path := range files {
		if err := hashFile(sum, src, path); err != nil {
			return "", say.Errorf("read the source of the node's programs: %w", err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hashFile(sum io.Writer, src, path string) (err error) {
	rel, err := filepath.Rel(src, path)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := fmt.Fprintln(sum, rel); err != nil {
		return err
	}
	_, err = io.Copy(sum, f)
	return err
}
