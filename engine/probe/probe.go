// Package probe runs commands in containers through the API server.
package probe

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream" //nolint:staticcheck // client-go 0.36 takes its types
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"

	"github.com/podlab/podlab/internal/say"
)

// limit is how long one command may take.
const limit = 10 * time.Second

// keep is how much of a command's output is kept.
const keep = 64 << 10

// Command is what to run, and where.
type Command struct {
	Namespace, Pod, Container string
	Argv                      []string
}

// Result is the end of a command that ran.
type Result struct {
	Output string // standard output and error, as they came
	Exit   int
}

// Run runs a command in a container and waits for it, at most ten seconds. A
// command that ran and failed is a Result; an error means that it did not run.
func Run(ctx context.Context, config *rest.Config, client kubernetes.Interface, c Command) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	url := client.CoreV1().RESTClient().Post().
		Resource("pods").Namespace(c.Namespace).Name(c.Pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: c.Container, Command: c.Argv, Stdout: true, Stderr: true}, scheme.ParameterCodec).
		URL()
	spdy, err := remotecommand.NewSPDYExecutor(config, "POST", url)
	if err != nil {
		return Result{}, say.Errorf("cannot prepare a command in Pod %s: %w", c.Pod, err)
	}
	socket, err := remotecommand.NewWebSocketExecutor(config, "GET", url.String())
	if err != nil {
		return Result{}, say.Errorf("cannot prepare a command in Pod %s: %w", c.Pod, err)
	}
	exec, err := remotecommand.NewFallbackExecutor(socket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	if err != nil {
		return Result{}, say.Errorf("cannot prepare a command in Pod %s: %w", c.Pod, err)
	}
	var out limited
	err = exec.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &out})
	var failed utilexec.CodeExitError
	switch {
	case errors.As(err, &failed):
		return Result{Output: out.String(), Exit: failed.Code}, nil
	case err != nil:
		return Result{}, say.Errorf("cannot run a command in Pod %s: %w", c.Pod, err)
	}
	return Result{Output: out.String()}, nil
}
