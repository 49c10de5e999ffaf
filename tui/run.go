package tui

import (
	"context"
	"errors"
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// Run shows the screen on a terminal until the learner quits or ctx ends. When
// it returns, the session is closed, the terminal is as it was, and nothing of
// it goes on. The cluster is left running.
func Run(ctx context.Context, cfg Config, in io.Reader, out io.Writer) error {
	_, run := program(ctx, cfg, in, out)
	return run()
}

// program makes the Bubble Tea program and what runs it to its end.
func program(ctx context.Context, cfg Config, in io.Reader, out io.Writer, more ...tea.ProgramOption) (*tea.Program, func() error) {
	w := newWork(ctx)
	m := newModel(&cfg, w)
	opts := []tea.ProgramOption{tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithFPS(fps)}
	if cfg.Environ != nil {
		opts = append(opts, tea.WithEnvironment(cfg.Environ))
	}
	switch {
	case cfg.NoColor:
		opts = append(opts, tea.WithColorProfile(colorprofile.ASCII))
	case cfg.Width > 0:
		opts = append(opts, tea.WithColorProfile(colorprofile.TrueColor))
	}
	if cfg.Width > 0 {
		opts = append(opts, tea.WithWindowSize(cfg.Width, cfg.Height))
	}
	p := tea.NewProgram(m, append(opts, more...)...)
	m.pace.program = p
	return p, func() error {
		_, err := p.Run()
		w.end()
		closed := m.slot.close()
		if ctx.Err() != nil && errors.Is(err, tea.ErrProgramKilled) {
			err = ctx.Err()
		}
		if m.demo != nil {
			err = errors.Join(err, m.demo.err)
		}
		return errors.Join(err, closed)
	}
}
