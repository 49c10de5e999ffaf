package kindnode

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// shareMounts lets volumes that are mounted later reach the containers that
// ask for them.
func shareMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("share the node's mounts: %w", err)
	}
	return nil
}

// kubeletGroup is the cgroup below which kind has the kubelet put everything.
const kubeletGroup = "kubelet"

// makeGroups makes the kubelet's cgroup: in every hierarchy of cgroup v1, or in
// the one of v2, where processes must leave the root first.
func makeGroups(root string) (v1 bool, err error) {
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err == nil {
		return false, makeGroupV2(root)
	}
	hierarchies, err := filepath.Glob(filepath.Join(root, "*", "cgroup.procs"))
	if err != nil {
		return true, err
	}
	for _, procs := range hierarchies {
		dir := filepath.Dir(procs)
		group := filepath.Join(dir, kubeletGroup)
		if err := os.MkdirAll(group, 0o755); err != nil { //nolint:gosec // what cgroups have
			return true, fmt.Errorf("make the kubelet's cgroup: %w", err)
		}
		// In v1 a new group has no processor and no memory node.
		for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
			value, err := os.ReadFile(filepath.Join(dir, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(group, name), value, 0o600)
			}
			if err != nil {
				return true, fmt.Errorf("fill the kubelet's cgroup: %w", err)
			}
		}
	}
	return true, nil
}

func makeGroupV2(root string) error {
	for _, name := range []string{"init", kubeletGroup} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil { //nolint:gosec // what cgroups have
			return fmt.Errorf("make the node's cgroups: %w", err)
		}
	}
	pids, err := os.ReadFile(filepath.Join(root, "cgroup.procs"))
	if err != nil {
		return fmt.Errorf("read the node's cgroup: %w", err)
	}
	for _, pid := range strings.Fields(string(pids)) {
		err := os.WriteFile(filepath.Join(root, "init", "cgroup.procs"), []byte(pid), 0o600)
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("move process %s to the node's init cgroup: %w", pid, err)
		}
	}
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("read the node's cgroup controllers: %w", err)
	}
	for _, c := range strings.Fields(string(controllers)) {
		if err := os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+"+c), 0o600); err != nil {
			return fmt.Errorf("hand the cgroup controller %s down: %w", c, err)
		}
	}
	return nil
}

// identify gives a new node an identity of its own.
func identify() error {
	const file = "/etc/machine-id"
	if id, err := os.ReadFile(file); err == nil && len(id) > 1 {
		return nil
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	if err := os.WriteFile(file, []byte(hex.EncodeToString(id)+"\n"), 0o600); err != nil {
		return fmt.Errorf("give the node an identity: %w", err)
	}
	return os.Chmod(file, 0o444) //nolint:gosec // as on every machine
}

// services are the addresses of kind's Services.
const services = "10.96.0.0/16"

// closed refuses what is for a Service and was not translated: kube-proxy has
// no rules for it yet, or any more.
const closed = `table ip podlab {
	chain output { type filter hook output priority filter + 10; ip daddr ` + services + ` reject; }
	chain forward { type filter hook forward priority filter + 10; ip daddr ` + services + ` reject; }
}
`

// closeWayOut refuses what is not for the lab: no packet of a lesson leaves the
// machine. Other nodes are neighbours, and so is the machine itself, from where
// the API server is reached.
func closeWayOut() error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o600); err != nil {
		return fmt.Errorf("turn on forwarding: %w", err)
	}
	eth0, err := netlink.LinkByName("eth0")
	if err != nil {
		return fmt.Errorf("close the way out: %w", err)
	}
	everywhere := &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	for {
		err := netlink.RouteDel(&netlink.Route{Dst: everywhere})
		if errors.Is(err, syscall.ESRCH) {
			break
		}
		if err != nil {
			return fmt.Errorf("close the way out: %w", err)
		}
	}
	_, serviceNet, err := net.ParseCIDR(services)
	if err != nil {
		return err
	}
	for _, r := range []*netlink.Route{
		{Dst: everywhere, Type: syscall.RTN_UNREACHABLE},
		// A program on the node needs a route before its packets are translated.
		{Dst: serviceNet, LinkIndex: eth0.Attrs().Index, Scope: netlink.SCOPE_LINK},
	} {
		if err := netlink.RouteAdd(r); err != nil {
			return fmt.Errorf("close the way out: %w", err)
		}
	}
	nft := exec.Command("nft", "-f", "-") //nolint:noctx // ends at once
	nft.Stdin = strings.NewReader(closed)
	if out, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("close the way out: %w: %s", err, out)
	}
	return nil
}

// addressFile remembers the node's address between two starts of its container.
const addressFile = "/kind/address"

// readdress puts the node's address in place of the one that it had when its
// container was last started: a container engine may give it another one.
func readdress() error {
	now, err := address("eth0")
	if err != nil {
		return err
	}
	before, err := os.ReadFile(addressFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the node's last address: %w", err)
	}
	if len(before) > 0 && string(before) != now {
		if err := replaceAddress(string(before), now, "/etc/kubernetes/*.conf", "/etc/kubernetes/manifests/*.yaml", kubeletFlags, kubeadmConfig); err != nil {
			return err
		}
		if err := renewCertificate(); err != nil {
			return err
		}
	}
	if err := os.WriteFile(addressFile, []byte(now), 0o600); err != nil {
		return fmt.Errorf("remember the node's address: %w", err)
	}
	return nil
}

// renewCertificate makes the API server's certificate anew, for the node's new
// address. Nodes other than the control plane have none.
func renewCertificate() error {
	const certificate = "/etc/kubernetes/pki/apiserver"
	if _, err := os.Stat(certificate + ".crt"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, suffix := range []string{".crt", ".key"} {
		if err := os.Remove(certificate + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("renew the API server's certificate: %w", err)
		}
	}
	kubeadm := exec.Command(program("kubeadm"), "init", "phase", "certs", "apiserver", "--config", kubeadmConfig) //nolint:noctx // ends at once
	if out, err := kubeadm.CombinedOutput(); err != nil {
		return fmt.Errorf("renew the API server's certificate: %w: %s", err, out)
	}
	return nil
}

func address(link string) (string, error) {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return "", fmt.Errorf("find the node's address: %w", err)
	}
	addrs, err := netlink.AddrList(l, netlink.FAMILY_V4)
	if err != nil {
		return "", fmt.Errorf("find the node's address: %w", err)
	}
	if len(addrs) == 0 {
		return "", fmt.Errorf("find the node's address: %s has none", link)
	}
	return addrs[0].IP.String(), nil
}

// replaceAddress rewrites the files that match the patterns. An address within
// a longer one is another address.
func replaceAddress(before, now string, patterns ...string) error {
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				return fmt.Errorf("replace the node's address: %w", err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("replace the node's address: %w", err)
			}
			if err := os.WriteFile(file, []byte(readdressed(string(text), before, now)), info.Mode()); err != nil {
				return fmt.Errorf("replace the node's address: %w", err)
			}
		}
	}
	return nil
}

func readdressed(text, before, now string) string {
	part := func(b byte) bool { return b == '.' || b >= '0' && b <= '9' }
	var out strings.Builder
	for {
		i := strings.Index(text, before)
		if i < 0 {
			return out.String() + text
		}
		end := i + len(before)
		whole := (i == 0 || !part(text[i-1])) && (end == len(text) || !part(text[end]))
		out.WriteString(text[:i])
		if whole {
			out.WriteString(now)
		} else {
			out.WriteString(before)
		}
		text = text[end:]
	}
}
