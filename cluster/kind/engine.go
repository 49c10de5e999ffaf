package kind

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	"sigs.k8s.io/kind/pkg/cluster"

	"github.com/podlab/podlab/internal/say"
)

// Engine is a container engine, known by the program that commands it.
type Engine struct {
	Program string // "docker", "podman" or "nerdctl"
	Version string
}

// engines are the programs in the order in which they are tried, each with the
// question whether its engine is there.
var engines = []struct {
	program string
	version []string
}{
	{"docker", []string{"version", "--format", "{{.Server.Version}}"}},
	{"podman", []string{"version", "--format", "{{.Server.Version}}"}},
	{"nerdctl", []string{"version", "--format", "{{(index .Server.Components 0).Version}}"}},
}

// answerLimit is how long an engine may take to say that it is there.
const answerLimit = 5 * time.Second

// ErrNoEngine is returned by Find where no engine answers.
var ErrNoEngine = say.Errorf("no container engine answers")

// Find returns the engine that has the lab in the folder, or if none has it the
// first one that answers. Where none does, the error is ErrNoEngine and says of each
// why not.
func Find(ctx context.Context, dir string) (*Engine, error) {
	var silent []say.Text
	only, _ := os.ReadFile(New(Config{Dir: dir}).engineFile()) // mostly it is not there
	for _, candidate := range engines {
		e := &Engine{Program: candidate.program}
		if len(only) > 0 && e.Program != string(only) {
			continue
		}
		if _, err := exec.LookPath(e.Program); err != nil {
			silent = append(silent, say.T("%s is not installed", e.Program))
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, answerLimit)
		version, err := e.output(ctx, candidate.version...)
		cancel()
		if err == nil {
			e.Version = version
			return e, nil
		}
		silent = append(silent, say.Of(err))
	}
	return nil, say.Errorf("%w: %v", ErrNoEngine, say.Join("; ", silent...))
}

// HasImage tells whether the engine has an image.
func (e *Engine) HasImage(ctx context.Context, ref string) bool {
	_, err := e.output(ctx, "image", "inspect", "--format", "{{.Id}}", ref)
	return err == nil
}

// provider is kind's library for this engine.
func (e *Engine) provider(l *logger) *cluster.Provider {
	option := cluster.ProviderWithDocker()
	switch e.Program {
	case "podman":
		option = cluster.ProviderWithPodman()
	case "nerdctl":
		option = cluster.ProviderWithNerdctl(e.Program)
	}
	return cluster.NewProvider(option, cluster.ProviderWithLogger(l))
}

func (e *Engine) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, e.Program, args...)
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// output runs the engine's program and returns what it printed, trimmed. The
// error is one line.
func (e *Engine) output(ctx context.Context, args ...string) (string, error) {
	cmd := e.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
	switch last := lines[len(lines)-1]; {
	case err == nil:
		return strings.TrimSpace(out.String()), nil
	case ctx.Err() != nil:
		return "", say.Errorf("%s does not answer: %w", e.Program, context.Cause(ctx))
	case last != "":
		return "", say.Errorf("%s: %s", e.Program, last)
	default:
		return "", say.Errorf("%s: %w", e.Program, err)
	}
}
