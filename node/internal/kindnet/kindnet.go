// Package kindnet is the network of a kind node without an image of kind's
// own: it tells the container runtime which addresses the node's Pods get, and
// the kernel where the Pods of the other nodes are.
package kindnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"text/template"
	"time"

	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Config says which node this is.
type Config struct {
	Kubeconfig string // of a user who may list and watch nodes
	Node       string // this node's name
	CNI        string // the CNI configuration to write
}

// Run keeps the network in step with the cluster's nodes until ctx ends.
func Run(ctx context.Context, c Config) error {
	cfg, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.Kubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return fmt.Errorf("reach the cluster: %w", err)
	}
	for ctx.Err() == nil {
		if err := c.follow(ctx, client); err != nil && ctx.Err() == nil {
			log.Printf("kind-net: %v", err) // the API server is not there yet, or forbids it until it knows the role
		}
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
	return nil
}

// follow watches until the watch ends, as it does every few minutes. A watch
// without a revision begins with all nodes that there are.
func (c Config) follow(ctx context.Context, client kubernetes.Interface) error {
	w, err := client.CoreV1().Nodes().Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("watch nodes: %w", err)
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		n, ok := e.Object.(*corev1.Node)
		if !ok || n.Spec.PodCIDR == "" {
			continue
		}
		if n.Name == c.Node {
			err = c.writeCNI(n.Spec.PodCIDR)
		} else {
			err = route(n, e.Type == watch.Deleted)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// conflist has no masquerading: a lab has no way out of the machine.
var conflist = template.Must(template.New("conflist").Parse(`{
  "cniVersion": "1.0.0",
  "name": "lab",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni",
        "ranges": [[{"subnet": "{{.}}"}]],
        "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}, "backend": "nftables"}
  ]
}
`))

// writeCNI replaces the configuration as a whole, unless it is as it should be.
func (c Config) writeCNI(pods string) error {
	if _, _, err := net.ParseCIDR(pods); err != nil {
		return fmt.Errorf("the node's Pod range: %w", err)
	}
	var text bytes.Buffer
	if err := conflist.Execute(&text, pods); err != nil {
		return fmt.Errorf("write CNI configuration: %w", err)
	}
	if have, err := os.ReadFile(c.CNI); err == nil && bytes.Equal(have, text.Bytes()) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.CNI), 0o755); err != nil { //nolint:gosec // as on every node
		return fmt.Errorf("write CNI configuration: %w", err)
	}
	// containerd reads files by their suffix: this one is not read before its time.
	part := c.CNI + ".part"
	if err := os.WriteFile(part, text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write CNI configuration: %w", err)
	}
	if err := os.Rename(part, c.CNI); err != nil {
		return fmt.Errorf("write CNI configuration: %w", err)
	}
	return nil
}

// route sends what is for another node's Pods to that node, or no longer.
func route(n *corev1.Node, gone bool) error {
	_, dst, err := net.ParseCIDR(n.Spec.PodCIDR)
	if err != nil {
		return fmt.Errorf("the Pod range of %s: %w", n.Name, err)
	}
	if gone {
		if err := netlink.RouteDel(&netlink.Route{Dst: dst}); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("remove the route to the Pods of %s: %w", n.Name, err)
		}
		return nil
	}
	gateway := internalIP(n)
	if gateway == nil {
		return nil // it has not said yet: another event will come
	}
	if err := netlink.RouteReplace(&netlink.Route{Dst: dst, Gw: gateway}); err != nil {
		return fmt.Errorf("add a route to the Pods of %s: %w", n.Name, err)
	}
	return nil
}

func internalIP(n *corev1.Node) net.IP {
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return net.ParseIP(a.Address)
		}
	}
	return nil
}
