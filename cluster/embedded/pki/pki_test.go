package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

func authority(t *testing.T) (*Authority, *x509.CertPool) {
	t.Helper()
	a, err := NewAuthority("test-ca")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := a.Pair()
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pair.Cert) {
		t.Fatal("the authority's certificate cannot be read")
	}
	return a, pool
}

func leaf(t *testing.T, p Pair) *x509.Certificate {
	t.Helper()
	if _, err := tls.X509KeyPair(p.Cert, p.Key); err != nil {
		t.Fatalf("certificate and key do not match: %v", err)
	}
	block, _ := pem.Decode(p.Cert)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestIssue(t *testing.T) {
	a, pool := authority(t)
	server, err := a.Issue(Subject{Name: "system:node:n", Groups: []string{"system:nodes"}, DNS: []string{"n"}, IPs: []net.IP{net.IPv4(10, 1, 2, 3)}})
	if err != nil {
		t.Fatal(err)
	}
	cert := leaf(t, server)
	if cert.Subject.CommonName != "system:node:n" || cert.Subject.Organization[0] != "system:nodes" || cert.IsCA {
		t.Errorf("%v, CA %v", cert.Subject, cert.IsCA)
	}
	for _, name := range []string{"n", "10.1.2.3"} {
		opts := x509.VerifyOptions{Roots: pool, DNSName: name, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
		if _, err := cert.Verify(opts); err != nil {
			t.Errorf("as server %s: %v", name, err)
		}
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: "other"}); err == nil {
		t.Error("it is valid for another name")
	}

	client, err := a.Issue(Subject{Name: "somebody"})
	if err != nil {
		t.Fatal(err)
	}
	opts := x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if _, err := leaf(t, client).Verify(opts); err == nil {
		t.Error("a client's certificate serves for a server")
	}
	_, others := authority(t)
	opts = x509.VerifyOptions{Roots: others, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := leaf(t, client).Verify(opts); err == nil {
		t.Error("another authority vouches for it")
	}
	if now := time.Now(); cert.NotBefore.After(now.Add(-time.Hour)) || cert.NotAfter.Before(now.AddDate(5, 0, 0)) {
		t.Errorf("valid from %s to %s", cert.NotBefore, cert.NotAfter)
	}
}

func TestWriteAndRead(t *testing.T) {
	a, _ := authority(t)
	pair, err := a.Issue(Subject{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := pair.Write(dir, "x"); err != nil {
		t.Fatal(err)
	}
	back, err := ReadPair(dir, "x")
	if err != nil || !bytes.Equal(back.Cert, pair.Cert) || !bytes.Equal(back.Key, pair.Key) {
		t.Errorf("read back something else: %v", err)
	}
	private(t, filepath.Join(dir, "x.key"))
	if _, err := ReadPair(dir, "y"); err == nil {
		t.Error("read a pair that is not there")
	}
}

func TestSigningKey(t *testing.T) {
	key, public, err := SigningKey()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(key)
	k, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	block, _ = pem.Decode(public)
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil || !k.PublicKey.Equal(pub) {
		t.Errorf("the keys are no pair: %v", err)
	}
}

func TestKubeconfig(t *testing.T) {
	a, _ := authority(t)
	pair, err := a.Issue(Subject{Name: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	ca, err := a.Pair()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	k := Kubeconfig{Cluster: "lab", User: "learner", Server: "https://127.0.0.1:1234", CA: ca.Cert, Client: pair}
	if err := k.Write(path); err != nil {
		t.Fatal(err)
	}
	private(t, path)
	cfg, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Host != k.Server || !bytes.Equal(cfg.CertData, pair.Cert) || !bytes.Equal(cfg.CAData, ca.Cert) {
		t.Errorf("%+v", cfg)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left %q, %v", left, err)
	}
}

func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v", filepath.Base(path), info.Mode())
	}
}
