//go:build live && linux

package guide

// withCluster says whether the blocks that need a cluster are run as well.
const withCluster = true
