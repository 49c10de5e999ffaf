// Command kind-node is what a node of a kind cluster has besides the programs
// of every node: kubeadm, kubectl and the node's network, each by its name.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	kubeadm "k8s.io/kubernetes/cmd/kubeadm/app/cmd"

	"github.com/podlab/podlab/node/internal/kindnet"
)

func main() {
	switch filepath.Base(os.Args[0]) {
	case "kubeadm":
		os.Exit(cli.Run(kubeadm.NewKubeadmCommand(os.Stdin, os.Stdout, os.Stderr)))
	case "kubectl":
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	case "kind-net":
		os.Exit(cli.Run(network()))
	}
	fmt.Fprintln(os.Stderr, "call this program as kubeadm, kubectl or kind-net")
	os.Exit(2)
}

func network() *cobra.Command {
	var c kindnet.Config
	command := &cobra.Command{
		Use:   "kind-net",
		Short: "Give the node's Pods a network and routes to those of the other nodes",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return kindnet.Run(ctx, c)
		},
	}
	command.Flags().StringVar(&c.Kubeconfig, "kubeconfig", "/etc/kubernetes/kubelet.conf", "how to reach the API server")
	command.Flags().StringVar(&c.Node, "node", "", "the name of this node")
	command.Flags().StringVar(&c.CNI, "cni-config", "/etc/cni/net.d/10-lab.conflist", "the file that tells containerd of the network")
	return command
}
