//go:build linux

package embedded

import (
	"path/filepath"

	"github.com/podlab/podlab/cluster/embedded/cgroup"
)

// controlPlaneUID is the user of the control plane: none of the machine's, from
// the range that is for users who come and go.
const controlPlaneUID = 64077

// garbage sets the garbage collection of components that need much memory in
// little time when they start: collecting then takes a fifth of the start. The
// limit is where they would settle anyway.
var garbage = map[string][]string{
	"kube-apiserver": {"GOGC=400", "GOMEMLIMIT=200MiB"},
	"etcd":           {"GOGC=400", "GOMEMLIMIT=48MiB"},
}

// spec describes the whole lab to lab-init.
func (p *Provider) spec(groups *cgroup.Tree) labSpec {
	s := labSpec{
		Bridge:    bridgeName,
		Address:   labIP + labPrefix,
		Proxy:     apiAddress,
		Cgroup:    groups.Files(p.group(controlPlaneGroup)),
		CA:        p.path("pki", "ca.crt"),
		Processes: p.controlPlane(),
		Seed:      seedSpec{Component: "etcd", Dir: p.path("etcd"), Copy: p.path("seed", "etcd")},
	}
	if p.cfg.ImageStore != "" {
		s.Mirror = &mirrorSpec{Listen: mirrorAddress, Layout: p.cfg.ImageStore}
	}
	for _, n := range workers {
		s.Routes = append(s.Routes, routeSpec{Dst: n.pods(), Via: n.ip()})
		s.Nodes = append(s.Nodes, p.nodeSpec(n, groups))
	}
	return s
}

// readyPath is where the API server tells whether it is ready.
const readyPath = "/readyz"

// controlPlane are the components that run beside the nodes. A lab trades
// durability for speed: its etcd does not wait for the disk.
func (p *Provider) controlPlane() []componentSpec {
	pki := func(name string) string { return p.path("pki", name) }
	component := func(name string, after []string, args ...string) componentSpec {
		return componentSpec{
			Name:  name,
			Argv:  append([]string{filepath.Join(p.cfg.Programs, name)}, args...),
			Env:   append([]string{"PATH=" + machinePath}, garbage[name]...),
			Log:   p.path("logs", name+".log"),
			UID:   controlPlaneUID,
			After: after,
		}
	}
	const etcdURL = "http://127.0.0.1:2379"
	// The controller manager waits, too, but looks only once a second.
	ready := []string{"https://" + apiAddress + readyPath}
	client := func(name string) []string {
		file := pki(name + ".kubeconfig")
		return []string{
			"--tls-cert-file=" + pki(name+".crt"),
			"--tls-private-key-file=" + pki(name+".key"),
			"--kubeconfig=" + file,
			"--authentication-kubeconfig=" + file,
			"--authorization-kubeconfig=" + file,
			"--bind-address=127.0.0.1",
			"--leader-elect=false",
			"--profiling=false",
			"--kube-api-qps=2000",
			"--kube-api-burst=4000",
		}
	}
	return []componentSpec{
		component("etcd", nil,
			"--data-dir="+p.path("etcd"),
			"--listen-client-urls="+etcdURL,
			"--advertise-client-urls="+etcdURL,
			"--listen-peer-urls=http://127.0.0.1:2380",
			"--unsafe-no-fsync",
			// It waits this long for other members to vote: there are none.
			"--heartbeat-interval=20",
			"--election-timeout=100",
			"--log-level=warn",
		),
		component("kube-apiserver", nil,
			"--etcd-servers="+etcdURL,
			"--bind-address="+labIP,
			"--secure-port="+apiPort,
			"--advertise-address="+labIP,
			"--tls-cert-file="+pki("apiserver.crt"),
			"--tls-private-key-file="+pki("apiserver.key"),
			"--client-ca-file="+pki("ca.crt"),
			"--kubelet-certificate-authority="+pki("ca.crt"),
			"--kubelet-client-certificate="+pki("apiserver-kubelet-client.crt"),
			"--kubelet-client-key="+pki("apiserver-kubelet-client.key"),
			"--kubelet-preferred-address-types=InternalIP",
			"--service-account-issuer=https://kubernetes.default.svc."+domain,
			"--service-account-key-file="+pki("sa.pub"),
			"--service-account-signing-key-file="+pki("sa.key"),
			"--service-cluster-ip-range="+serviceNet,
			"--authorization-mode=Node,RBAC",
			"--enable-admission-plugins=NodeRestriction",
			"--allow-privileged=true",
			"--enable-aggregator-routing=true",
			"--requestheader-client-ca-file="+pki("front-proxy-ca.crt"),
			"--requestheader-allowed-names=front-proxy-client",
			"--requestheader-username-headers=X-Remote-User",
			"--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file="+pki("front-proxy-client.crt"),
			"--proxy-client-key-file="+pki("front-proxy-client.key"),
			"--profiling=false",
			"--bootstrap-at-once", // podlab's own: see node/internal/apiserver
		),
		component("kube-controller-manager", ready, append(client("controller-manager"),
			"--service-account-private-key-file="+pki("sa.key"),
			"--root-ca-file="+pki("ca.crt"),
			"--cluster-signing-cert-file="+pki("ca.crt"),
			"--cluster-signing-key-file="+pki("ca.key"),
			"--cluster-cidr="+podRange,
			"--service-cluster-ip-range="+serviceNet,
			"--use-service-account-credentials=true",
		)...),
		component("kube-scheduler", ready, client("scheduler")...),
	}
}
