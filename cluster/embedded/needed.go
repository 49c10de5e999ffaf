package embedded

// The images that a lab itself runs, as upstream names them.
const (
	pauseImage         = "registry.k8s.io/pause:3.10"
	coreDNSImage       = "registry.k8s.io/coredns/coredns:v1.14.2"
	metricsServerImage = "registry.k8s.io/metrics-server/metrics-server:v0.9.0"
)

// Images are those that a lab itself needs in its image store: the sandbox of
// every Pod and, with addons, theirs.
func Images(addons bool) []string {
	list := []string{pauseImage}
	if addons {
		list = append(list, coreDNSImage, metricsServerImage)
	}
	return list
}
