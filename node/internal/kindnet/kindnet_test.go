package kindnet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestWriteCNI(t *testing.T) {
	c := Config{CNI: filepath.Join(t.TempDir(), "net.d", "10-lab.conflist")}
	if err := c.writeCNI("10.244.3.0/24"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(c.CNI)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) || !strings.Contains(string(text), `"subnet": "10.244.3.0/24"`) {
		t.Errorf("wrote %s", text)
	}
	// What is as it should be is left alone: containerd reads a file anew that changes.
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(c.CNI, old, old); err != nil {
		t.Fatal(err)
	}
	if err := c.writeCNI("10.244.3.0/24"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(c.CNI); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("written again: %v, %v", info.ModTime(), err)
	}
	if err := c.writeCNI("10.244.4.0/24"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(c.CNI); err != nil || !strings.Contains(string(text), "10.244.4.0/24") {
		t.Errorf("another range: %s, %v", text, err)
	}
	if err := c.writeCNI(`"}], evil`); err == nil {
		t.Error("a range that is none was written")
	}
}

func TestInternalIP(t *testing.T) {
	n := &corev1.Node{Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{
		{Type: corev1.NodeHostName, Address: "worker"}, {Type: corev1.NodeInternalIP, Address: "172.18.0.3"},
	}}}
	if ip := internalIP(n); ip.String() != "172.18.0.3" {
		t.Errorf("address %v", ip)
	}
	if ip := internalIP(new(corev1.Node)); ip != nil {
		t.Errorf("a node that said nothing has %v", ip)
	}
}
