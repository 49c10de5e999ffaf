// Package lab is the part of a lab that needs Linux and root: it builds the
// network and the nodes' file systems from namespaces, and keeps the
// components of Kubernetes running in them. It knows nothing of Kubernetes
// itself: what runs, and with which flags, is in the Spec.
package lab

import (
	"encoding/json"
	"fmt"
	"os"
)

// Spec is a lab as a file. The program that starts the lab writes it.
type Spec struct {
	// Bridge is the switch between the control plane and the nodes. It and
	// all else of the network lives in the lab's own network namespace.
	Bridge  string   `json:"bridge"`
	Address string   `json:"address"` // of the bridge, with prefix: 10.77.0.1/24
	Routes  []Route  `json:"routes,omitempty"`
	Proxy   string   `json:"proxy"` // where connections to the inherited listener go
	Mirror  *Mirror  `json:"mirror,omitempty"`
	Cgroup  []string `json:"cgroup"` // cgroup.procs files the control plane joins
	// CA is the PEM file against which https conditions are verified.
	CA        string      `json:"ca"`
	Processes []Component `json:"processes"`
	Nodes     []Node      `json:"nodes"`
	Seed      *Seed       `json:"seed,omitempty"`
}

// Seed is a copy of a component's folder that the next lab starts with. The
// supervisor makes it when it gets SIGUSR1, and uses it if Dir is not there.
type Seed struct {
	Component string `json:"component"` // stands still while it is copied
	Dir       string `json:"dir"`
	Copy      string `json:"copy"`
}

// Mirror serves the images of an OCI layout as a read-only registry.
type Mirror struct {
	Listen string `json:"listen"`
	Layout string `json:"layout"` // may be absent until the first request
}

// Route is a static route.
type Route struct {
	Dst string `json:"dst"`
	Via string `json:"via"`
}

// Node is a machine made of namespaces.
type Node struct {
	Name    string   `json:"name"`
	Address string   `json:"address"` // of eth0, with prefix
	Routes  []Route  `json:"routes,omitempty"`
	Cgroup  []string `json:"cgroup"`
	// Etc, Var and Log are the folders that become /etc, /var and /var/log.
	Etc string `json:"etc"`
	Var string `json:"var"`
	Log string `json:"log"`
	// Root is an empty folder on which the node builds its root.
	Root string `json:"root"`
	// Programs becomes /opt/podlab (read-only), CNI /opt/cni/bin.
	Programs string `json:"programs"`
	CNI      string `json:"cni"`
	// Tunables are kernel settings, by their path below /proc/sys, that the
	// node shall see with this value while the machine keeps its own.
	Tunables  map[string]string `json:"tunables,omitempty"`
	Processes []Component       `json:"processes"`
}

// Component is a program that is kept running.
type Component struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"` // Argv[0] is a path
	Env  []string `json:"env,omitempty"`
	Log  string   `json:"log"` // appended to
	// UID, if not 0, is the user that it runs as, with the right to all files.
	// The kernel counts inotify instances by user, and root's are few.
	UID uint32 `json:"uid,omitempty"`
	// After are conditions to wait for before each start: tcp://HOST:PORT
	// and unix:///PATH accept a connection, https://… answers 200.
	After []string `json:"after,omitempty"`
}

// Read reads a spec. A field it does not know is an error: the writer of the
// file is then of another version.
func Read(path string) (*Spec, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the lab's description: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	s := new(Spec)
	if err := dec.Decode(s); err != nil {
		return nil, fmt.Errorf("read the lab's description %s: %w", path, err)
	}
	return s, nil
}

// Node finds a node by name.
func (s *Spec) node(name string) (*Node, error) {
	for i := range s.Nodes {
		if s.Nodes[i].Name == name {
			return &s.Nodes[i], nil
		}
	}
	return nil, fmt.Errorf("the lab has no node %q", name)
}
