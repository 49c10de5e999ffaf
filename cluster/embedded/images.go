package embedded

// Images are the references of the images that the cluster itself runs: what
// the store must hold before Up.
func Images() []string { return []string{pauseImage, coreDNSImage, metricsServerImage} }
