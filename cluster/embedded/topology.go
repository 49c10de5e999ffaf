package embedded

import (
	"fmt"
	"net"
	"strconv"

	"github.com/podlab/podlab/internal/say"
)

// The lab's addresses. They exist in its own network namespaces only, so they
// cannot clash with the machine's or with another lab's.
const (
	bridgeName  = "lab0"
	labIP       = "10.77.0.1"
	labPrefix   = "/24"
	apiPort     = "6443"
	mirrorPort  = "5000"
	podRange    = "10.244.0.0/16"
	serviceNet  = "10.96.0.0/16"
	serviceIP   = "10.96.0.1"  // of the API server inside the cluster
	dnsIP       = "10.96.0.10" // of CoreDNS
	clusterName = "podlab"
	domain      = "cluster.local"
)

var (
	apiAddress    = net.JoinHostPort(labIP, apiPort)
	mirrorAddress = net.JoinHostPort(labIP, mirrorPort)
)

// node is one of the lab's worker nodes.
type node struct {
	name  string
	index int // from 1
}

// workers are the lab's nodes: two, so that scheduling can be seen.
var workers = []node{{"worker-1", 1}, {"worker-2", 2}}

func (n node) ip() string   { return "10.77.0.1" + strconv.Itoa(n.index) }
func (n node) pods() string { return fmt.Sprintf("10.244.%d.0/24", n.index) }

func findNode(name string) (node, error) {
	for _, n := range workers {
		if n.name == name {
			return n, nil
		}
	}
	return node{}, say.Errorf("there is no node %q: the nodes are %s and %s", name, workers[0].name, workers[1].name)
}
