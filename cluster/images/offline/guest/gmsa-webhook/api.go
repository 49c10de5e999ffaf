package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// accountDir is where the kubelet puts a Pod's ServiceAccount.
const accountDir = "/var/run/secrets/kubernetes.io/serviceaccount/"

// api speaks with the API server. It is safe for concurrent use.
type api struct {
	base   string
	client *http.Client
	// token is asked before each request, since the kubelet renews it.
	token func() (string, error)
}

// statusError is an answer of the API server that is not a success.
type statusError struct {
	code    int
	message string
}

func (e *statusError) Error() string { return e.message }

// inCluster is the API server of the cluster that the program runs in.
func inCluster() (*api, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errors.New("no API server in the environment: run this in a Pod")
	}
	pem, err := os.ReadFile(accountDir + "ca.crt")
	if err != nil {
		return nil, fmt.Errorf("read the cluster's authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("the cluster's authority is not a certificate")
	}
	return &api{
		base: "https://" + net.JoinHostPort(host, port),
		client: &http.Client{
			Timeout:   10 * time.Second,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, IdleConnTimeout: time.Minute},
		},
		token: func() (string, error) {
			token, err := os.ReadFile(accountDir + "token")
			return strings.TrimSpace(string(token)), err
		},
	}, nil
}

// call sends in, if it is not nil, and reads the answer into out, if that is not
// nil. The error of an answer that is not a success is a *statusError.
func (a *api) call(ctx context.Context, method, path, contentType string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return err
	}
	token, err := a.token()
	if err != nil {
		return fmt.Errorf("read the ServiceAccount's token: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("the API server does not answer: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("the API server's answer broke off: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		var status struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(data, &status) != nil || status.Message == "" {
			status.Message = "the API server answered " + resp.Status
		}
		return &statusError{resp.StatusCode, status.Message}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("the API server's answer is not understood: %w", err)
	}
	return nil
}

// isStatus says whether an error is the API server's answer with this code.
func isStatus(err error, code int) bool {
	var status *statusError
	return errors.As(err, &status) && status.code == code
}

// credentialSpec is the contents of a GMSACredentialSpec, as JSON.
func (a *api) credentialSpec(ctx context.Context, name string) (string, error) {
	var spec struct {
		CredSpec json.RawMessage `json:"credspec"`
	}
	err := a.call(ctx, http.MethodGet, "/apis/windows.k8s.io/v1/gmsacredentialspecs/"+url.PathEscape(name), "", nil, &spec)
	if isStatus(err, http.StatusNotFound) {
		return "", &statusError{http.StatusNotFound, fmt.Sprintf("cred spec %s does not exist", name)}
	}
	if err != nil {
		return "", fmt.Errorf("unable to retrieve the contents of cred spec %s: %w", name, err)
	}
	if len(spec.CredSpec) == 0 {
		return "", &statusError{http.StatusUnprocessableEntity, fmt.Sprintf("cred spec %s does not have a credspec key", name)}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, spec.CredSpec); err != nil {
		return "", err
	}
	return compact.String(), nil
}

// mayUse asks whether a ServiceAccount may use a GMSACredentialSpec. The reason
// is the authorizer's and may be empty.
func (a *api) mayUse(ctx context.Context, namespace, account, name string) (ok bool, reason string, err error) {
	review := map[string]any{
		"apiVersion": "authorization.k8s.io/v1",
		"kind":       "LocalSubjectAccessReview",
		"metadata":   map[string]any{"namespace": namespace},
		"spec": map[string]any{
			"user": "system:serviceaccount:" + namespace + ":" + account,
			"groups": []string{
				"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated",
			},
			"resourceAttributes": map[string]any{
				"namespace": namespace,
				"verb":      "use",
				"group":     "windows.k8s.io",
				"resource":  "gmsacredentialspecs",
				"name":      name,
			},
		},
	}
	var answer struct {
		Status struct {
			Allowed bool   `json:"allowed"`
			Reason  string `json:"reason"`
		} `json:"status"`
	}
	path := "/apis/authorization.k8s.io/v1/namespaces/" + url.PathEscape(namespace) + "/localsubjectaccessreviews"
	if err := a.call(ctx, http.MethodPost, path, "application/json", review, &answer); err != nil {
		return false, "", fmt.Errorf("unable to ask whether service account %q may use cred spec %q: %w", account, name, err)
	}
	return answer.Status.Allowed, answer.Status.Reason, nil
}
