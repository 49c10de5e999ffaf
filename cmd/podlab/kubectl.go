package main

import (
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/plugin"
	"k8s.io/kubectl/pkg/cmd/util"

	"github.com/podlab/podlab/cluster/existing"
)

// kubectl runs as kubectl itself: the lesson's terminal has podlab on PATH
// under that name. On an error it ends the process with kubectl's own message
// and exit status.
func kubectl(args []string) {
	// A signal ends kubectl at once, but for the commands that handle it themselves.
	signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(args)) // an odd -v is kubectl's to report
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	// As kubectl's own default, which takes no other configuration.
	flags := genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag().
		WithDiscoveryBurst(300).WithDiscoveryQPS(50).WithWarningPrinter(streams)
	if owner := os.Getenv(existing.EnvOwner); owner != "" {
		flags = flags.WithWrapConfigFn(func(c *rest.Config) *rest.Config { return existing.Mark(c, owner) })
	}
	command := cmd.NewDefaultKubectlCommandWithArgs(cmd.KubectlOptions{
		PluginHandler: cmd.NewDefaultPluginHandler(plugin.ValidPluginFilenamePrefixes),
		Arguments:     args,
		ConfigFlags:   flags,
		IOStreams:     streams,
	})
	if err := cli.RunNoErrOutput(command); err != nil {
		util.CheckErr(err)
	}
}
