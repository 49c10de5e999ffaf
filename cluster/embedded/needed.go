package embedded

import "github.com/podlab/podlab/cluster/kube"

// pauseImage is the sandbox of every Pod, as upstream names it.
const pauseImage = "registry.k8s.io/pause:3.10"

// Images are those that a lab itself needs in its image store: the sandbox of
// every Pod and, with addons, theirs.
func Images(addons bool) []string {
	list := []string{pauseImage}
	if addons {
		list = append(list, kube.CoreDNSImage, kube.MetricsServerImage)
	}
	return list
}
