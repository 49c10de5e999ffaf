package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// validity of the authority and of what it signs. A lab does not live longer.
const validity = 365 * 24 * time.Hour

// secret is what the program reads and writes of a Secret. Data is base64 in
// JSON, as in the API.
type secret struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metadata          `json:"metadata"`
	Data       map[string][]byte `json:"data"`
}

type metadata struct {
	Name string `json:"name"`
}

// create makes an authority and a key pair signed by it and stores them in a
// Secret. A Secret that is there stays as it is.
func create(ctx context.Context, a *api, args []string) error {
	flags := flag.NewFlagSet("create", flag.ContinueOnError)
	hosts := flags.String("host", "", "comma-separated `names` and addresses that the certificate is for")
	namespace := flags.String("namespace", "", "`namespace` of the Secret")
	name := flags.String("secret-name", "", "`name` of the Secret")
	certName := flags.String("cert-name", "cert", "`key` of the certificate in the Secret")
	keyName := flags.String("key-name", "key", "`key` of the private key in the Secret")
	if err := parse(flags, args, "host", "namespace", "secret-name"); err != nil {
		return err
	}
	ca, cert, key, err := keyPair(strings.Split(*hosts, ","), time.Now())
	if err != nil {
		return err
	}
	err = a.call(ctx, http.MethodPost, "/api/v1/namespaces/"+url.PathEscape(*namespace)+"/secrets", "application/json", secret{
		APIVersion: "v1", Kind: "Secret", Metadata: metadata{*name},
		Data: map[string][]byte{"ca": ca, *certName: cert, *keyName: key},
	}, nil)
	if isStatus(err, http.StatusConflict) {
		log.Printf("Secret %s/%s exists already", *namespace, *name)
		return nil
	}
	if err != nil {
		return fmt.Errorf("store the key pair: %w", err)
	}
	log.Printf("made Secret %s/%s for %s", *namespace, *name, *hosts)
	return nil
}

// patch writes the authority from a Secret into the webhook configurations.
func patch(ctx context.Context, a *api, args []string) error {
	flags := flag.NewFlagSet("patch", flag.ContinueOnError)
	namespace := flags.String("namespace", "", "`namespace` of the Secret")
	name := flags.String("secret-name", "", "`name` of the Secret")
	webhookName := flags.String("webhook-name", "", "`name` of both configurations")
	mutating := flags.Bool("patch-mutating", true, "patch the MutatingWebhookConfiguration")
	validating := flags.Bool("patch-validating", true, "patch the ValidatingWebhookConfiguration")
	policy := flags.String("patch-failure-policy", "", "also set this failure `policy`, Ignore or Fail")
	if err := parse(flags, args, "namespace", "secret-name", "webhook-name"); err != nil {
		return err
	}
	var from secret
	if err := a.call(ctx, http.MethodGet, "/api/v1/namespaces/"+url.PathEscape(*namespace)+"/secrets/"+url.PathEscape(*name), "", nil, &from); err != nil {
		return fmt.Errorf("read the authority: %w", err)
	}
	if len(from.Data["ca"]) == 0 {
		return fmt.Errorf("no ca in Secret %s/%s", *namespace, *name)
	}
	for _, kind := range []struct {
		wanted   bool
		resource string
	}{{*mutating, "mutatingwebhookconfigurations"}, {*validating, "validatingwebhookconfigurations"}} {
		if !kind.wanted {
			continue
		}
		if err := patchConfiguration(ctx, a, kind.resource, *webhookName, from.Data["ca"], *policy); err != nil {
			return fmt.Errorf("patch %s %s: %w", kind.resource, *webhookName, err)
		}
		log.Printf("wrote the authority into %s %s", kind.resource, *webhookName)
	}
	return nil
}

// patchConfiguration patches all webhooks of one configuration. The patch tests
// the names that it counted on, so that it fails if they have changed meanwhile.
func patchConfiguration(ctx context.Context, a *api, resource, name string, ca []byte, policy string) error {
	path := "/apis/admissionregistration.k8s.io/v1/" + resource + "/" + url.PathEscape(name)
	var found struct {
		Webhooks []struct {
			Name string `json:"name"`
		} `json:"webhooks"`
	}
	if err := a.call(ctx, http.MethodGet, path, "", nil, &found); err != nil {
		return err
	}
	type step struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	steps := []step{}
	for i, w := range found.Webhooks {
		at := fmt.Sprintf("/webhooks/%d", i)
		steps = append(steps, step{"test", at + "/name", w.Name}, step{"add", at + "/clientConfig/caBundle", ca})
		if policy != "" {
			steps = append(steps, step{"add", at + "/failurePolicy", policy})
		}
	}
	return a.call(ctx, http.MethodPatch, path, "application/json-patch+json", steps, nil)
}

// parse reads the flags and insists on those that are required.
func parse(flags *flag.FlagSet, args []string, required ...string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s: unexpected argument %q", flags.Name(), flags.Arg(0))
	}
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			return fmt.Errorf("%s: --%s is missing", flags.Name(), name)
		}
	}
	return nil
}

// keyPair makes a certificate authority and a server's key pair for the hosts,
// all in PEM. The authority's own key is thrown away.
func keyPair(hosts []string, now time.Time) (ca, cert, key []byte, err error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "gmsa-webhook-ca"},
		NotBefore:    now.Add(-time.Minute), NotAfter: now.Add(validity),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return nil, nil, nil, err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		NotBefore:    authority.NotBefore, NotAfter: authority.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		host = strings.TrimSpace(host)
		if ip := net.ParseIP(host); ip != nil {
			server.IPAddresses = append(server.IPAddresses, ip)
		} else if host != "" {
			server.DNSNames = append(server.DNSNames, host)
		}
	}
	if len(server.DNSNames)+len(server.IPAddresses) == 0 {
		return nil, nil, nil, errors.New("the certificate is for no host: name one with --host")
	}
	certDER, err := x509.CreateCertificate(rand.Reader, server, authority, serverKey.Public(), authorityKey)
	if err != nil {
		return nil, nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		return nil, nil, nil, err
	}
	encode := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	return encode("CERTIFICATE", caDER), encode("CERTIFICATE", certDER), encode("PRIVATE KEY", keyDER), nil
}
