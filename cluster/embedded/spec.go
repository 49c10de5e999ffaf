//go:build linux

package embedded

// The lab's description for lab-init, as node/internal/lab/spec.go documents
// it. lab-init refuses a field that it does not know.
type labSpec struct {
	Bridge    string          `json:"bridge"`
	Address   string          `json:"address"`
	Routes    []routeSpec     `json:"routes"`
	Proxy     string          `json:"proxy"`
	Mirror    *mirrorSpec     `json:"mirror,omitempty"`
	Cgroup    []string        `json:"cgroup"`
	CA        string          `json:"ca"`
	Processes []componentSpec `json:"processes"`
	Nodes     []nodeSpec      `json:"nodes"`
	Seed      seedSpec        `json:"seed"`
}

type seedSpec struct {
	Component string `json:"component"`
	Dir       string `json:"dir"`
	Copy      string `json:"copy"`
}

type mirrorSpec struct {
	Listen string `json:"listen"`
	Layout string `json:"layout"`
}

type routeSpec struct {
	Dst string `json:"dst"`
	Via string `json:"via"`
}

type nodeSpec struct {
	Name      string            `json:"name"`
	Address   string            `json:"address"`
	Routes    []routeSpec       `json:"routes"`
	Cgroup    []string          `json:"cgroup"`
	Etc       string            `json:"etc"`
	Var       string            `json:"var"`
	Log       string            `json:"log"`
	Root      string            `json:"root"`
	Programs  string            `json:"programs"`
	CNI       string            `json:"cni"`
	Tunables  map[string]string `json:"tunables"`
	Processes []componentSpec   `json:"processes"`
}

type componentSpec struct {
	Name  string   `json:"name"`
	Argv  []string `json:"argv"`
	Env   []string `json:"env,omitempty"`
	Log   string   `json:"log"`
	UID   uint32   `json:"uid,omitempty"`
	After []string `json:"after,omitempty"`
}
