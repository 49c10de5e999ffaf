//go:build linux

package embedded

import (
	"crypto/rand"
	"net"
	"os"

	"github.com/podlab/podlab/cluster/embedded/pki"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// pkiComplete is written when all of a lab's certificates are. It names their
// edition: another one makes them anew.
const (
	pkiComplete = "complete"
	pkiEdition  = "2\n"
)

// subjects are the certificates that the lab's authority signs, by file name.
func subjects() map[string]pki.Subject {
	// What a component serves on loopback it serves with its own certificate: making
	// another takes it a tenth of a second of its start.
	local := []string{"localhost"}
	loopback := []net.IP{net.IPv4(127, 0, 0, 1)}
	s := map[string]pki.Subject{
		"apiserver": {
			Name: "kube-apiserver",
			DNS: []string{
				"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
				"kubernetes.default.svc." + domain,
			},
			IPs: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(labIP), net.ParseIP(serviceIP)},
		},
		// In system:masters, so that exec and logs work from the first moment,
		// without a role binding.
		"apiserver-kubelet-client": {Name: "kube-apiserver-kubelet-client", Groups: []string{"system:masters"}},
		"admin":                    {Name: "kubernetes-admin", Groups: []string{"system:masters"}},
		"controller-manager":       {Name: "system:kube-controller-manager", DNS: local, IPs: loopback},
		"scheduler":                {Name: "system:kube-scheduler", DNS: local, IPs: loopback},
		"kube-proxy":               {Name: "system:kube-proxy"},
	}
	for _, n := range workers {
		s[n.name] = pki.Subject{
			Name:   "system:node:" + n.name,
			Groups: []string{"system:nodes"},
			DNS:    []string{n.name},
			IPs:    []net.IP{net.ParseIP(n.ip())},
		}
	}
	return s
}

// makeCertificates makes the lab's certificates unless it has them. They
// outlive Down: what a seed of the lab's state holds was signed by them.
func (p *Provider) makeCertificates() error {
	if edition, err := os.ReadFile(p.path("pki", pkiComplete)); err == nil && string(edition) == pkiEdition {
		return nil
	}
	dir := p.path("pki")
	if err := os.RemoveAll(dir); err != nil {
		return say.Errorf("remove old certificates: %w", err)
	}
	if err := os.RemoveAll(p.path("seed")); err != nil {
		return say.Errorf("remove the old seed: %w", err)
	}
	if err := dirs.Make(dir); err != nil {
		return err
	}
	ca, err := p.authority("ca", "podlab")
	if err != nil {
		return err
	}
	for name, subject := range subjects() {
		if err := issue(ca, dir, name, subject); err != nil {
			return err
		}
	}
	front, err := p.authority("front-proxy-ca", "podlab-front-proxy")
	if err != nil {
		return err
	}
	if err := issue(front, dir, "front-proxy-client", pki.Subject{Name: "front-proxy-client"}); err != nil {
		return err
	}
	private, public, err := pki.SigningKey()
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"sa.key": private, "sa.pub": public} {
		if err := os.WriteFile(p.path("pki", name), data, 0o600); err != nil {
			return say.Errorf("write key: %w", err)
		}
	}
	if err := os.WriteFile(p.path("pki", pkiComplete), []byte(pkiEdition), 0o600); err != nil {
		return say.Errorf("write certificates: %w", err)
	}
	return nil
}

func (p *Provider) authority(file, name string) (*pki.Authority, error) {
	a, err := pki.NewAuthority(name)
	if err != nil {
		return nil, err
	}
	pair, err := a.Pair()
	if err != nil {
		return nil, err
	}
	return a, pair.Write(p.path("pki"), file)
}

func issue(a *pki.Authority, dir, name string, s pki.Subject) error {
	pair, err := a.Issue(s)
	if err != nil {
		return err
	}
	return pair.Write(dir, name)
}

// writeKubeconfigs writes the users' kubeconfigs: the learner's for the
// loopback address and port, the components' for the lab's own network. The
// learner's tells this start from all others.
func (p *Provider) writeKubeconfigs(address string) error {
	ca, err := os.ReadFile(p.path("pki", "ca.crt"))
	if err != nil {
		return say.Errorf("read certificates: %w", err)
	}
	write := func(path, server, pairName, user, start string) error {
		pair, err := pki.ReadPair(p.path("pki"), pairName)
		if err != nil {
			return err
		}
		k := pki.Kubeconfig{Cluster: clusterName, User: user, Server: "https://" + server, CA: ca, Client: pair, Start: start}
		return k.Write(path)
	}
	for _, name := range []string{"controller-manager", "scheduler"} {
		if err := write(p.path("pki", name+".kubeconfig"), apiAddress, name, name, ""); err != nil {
			return err
		}
	}
	for _, n := range workers {
		etc := p.path("nodes", n.name, "etc", "kubernetes")
		if err := write(etc+"/kubelet.kubeconfig", apiAddress, n.name, n.name, ""); err != nil {
			return err
		}
		if err := write(etc+"/kube-proxy.kubeconfig", apiAddress, "kube-proxy", "kube-proxy", ""); err != nil {
			return err
		}
		if err := p.writeNodeCertificates(n, ca); err != nil {
			return err
		}
	}
	return write(p.Kubeconfig(), address, "admin", "learner", rand.Text())
}

// writeNodeCertificates gives a node the authority's certificate and its own.
func (p *Provider) writeNodeCertificates(n node, ca []byte) error {
	dir := p.path("nodes", n.name, "etc", "kubernetes", "pki")
	if err := dirs.Make(dir); err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/ca.crt", ca, 0o600); err != nil {
		return say.Errorf("write certificate: %w", err)
	}
	pair, err := pki.ReadPair(p.path("pki"), n.name)
	if err != nil {
		return err
	}
	return pair.Write(dir, "kubelet")
}
