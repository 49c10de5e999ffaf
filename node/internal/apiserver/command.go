// Package apiserver is kube-apiserver with a flag more, by which it is ready a second
// sooner: what it writes at its first start, it writes at once.
package apiserver

import (
	"context"

	"github.com/spf13/cobra"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/rest"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/component-base/term"
	"k8s.io/component-base/version/verflag"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// atOnce is the flag. Without it the server is Kubernetes' own in all it does, as
// in the nodes of kind.
const atOnce = "bootstrap-at-once"

// NewCommand is what Kubernetes' own app.NewAPIServerCommand is, which does not let
// its servers be told of hooks: the same flags, checks and servers, and with the one
// flag more, one hook in the place of two. It stops at the first SIGTERM.
func NewCommand() *cobra.Command { return command(genericapiserver.SetupSignalContext()) }

func command(ctx context.Context) *cobra.Command {
	s := options.NewServerRunOptions()
	early := false
	cmd := &cobra.Command{
		Use:          "kube-apiserver",
		SilenceUsage: true,
		Args:         cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			// Its clients of its own need no warnings in its log.
			rest.SetDefaultWarningHandler(rest.NoWarnings{})
			return s.GenericServerRunOptions.ComponentGlobalsRegistry.Set()
		},
		RunE: func(*cobra.Command, []string) error {
			verflag.PrintAndExitIfRequested()
			gates := s.GenericServerRunOptions.ComponentGlobalsRegistry.FeatureGateFor(basecompatibility.DefaultKubeComponent)
			if err := logsapi.ValidateAndApply(s.Logs, gates); err != nil {
				return err
			}
			completed, err := s.Complete(ctx)
			if err != nil {
				return err
			}
			if errs := completed.Validate(); len(errs) != 0 {
				return utilerrors.NewAggregate(errs)
			}
			return run(ctx, completed, early)
		},
	}
	cmd.SetContext(ctx)
	flags := s.Flags()
	flags.FlagSet("generic").BoolVar(&early, atOnce, false, "Write the default roles and priority classes as soon as the server serves, not a second later.")
	verflag.AddFlags(flags.FlagSet("global"))
	globalflag.AddGlobalFlags(flags.FlagSet("global"), cmd.Name(), logs.SkipLoggingConfigurationFlags())
	for _, set := range flags.FlagSets {
		cmd.Flags().AddFlagSet(set)
	}
	cols, _, _ := term.TerminalSize(cmd.OutOrStdout())
	cliflag.SetUsageAndHelpFunc(cmd, flags, cols)
	return cmd
}

// run serves until ctx ends.
func run(ctx context.Context, opts options.CompletedOptions, early bool) error {
	config, err := app.NewConfig(opts)
	if err != nil {
		return err
	}
	hook, err := bootstrap()
	if err != nil {
		return err
	}
	if early {
		config.KubeAPIs.ControlPlane.Generic.DisabledPostStartHooks.Insert(hook.replaces()...)
	}
	completed, err := config.Complete()
	if err != nil {
		return err
	}
	chain, err := app.CreateServerChain(completed)
	if err != nil {
		return err
	}
	if early {
		if err := chain.GenericAPIServer.AddPostStartHook(hookName, hook.run); err != nil {
			return err
		}
	}
	prepared, err := chain.PrepareRun()
	if err != nil {
		return err
	}
	return prepared.Run(ctx)
}
