package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/podlab/podlab/cluster/choice"
	"github.com/podlab/podlab/cluster/doctor"
	"github.com/podlab/podlab/cluster/images"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

func newDoctorCommand(o *options) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine has and lacks, and what to do about it",
		Long: `Look at everything podlab needs of this machine and say what was found and what to
do. The exit status is 0 unless something is missing without which no lesson runs.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			mode, err := images.ParseMode(o.images)
			if err != nil {
				return err
			}
			programs, err := newLabPrograms()
			if err != nil {
				return err
			}
			provider, chosen := chosenProvider(c.Context(), o)
			checks := append(doctor.Run(c.Context(), doctor.Options{
				State:    dirs.Lab(o.lab),
				Programs: programs.dir,
				Provider: provider,
				Offline:  mode == images.ModeOffline,
			}), chosen)
			report := struct {
				Checks []doctor.Check `json:"checks"`
			}{checks}
			if err := write(o.streams.Out, output, report, func(w io.Writer) { o.printChecks(w, checks) }); err != nil {
				return err
			}
			for _, check := range checks {
				if check.State == doctor.Fail {
					return exitError{1}
				}
			}
			return nil
		},
	}
	outputFlag(c, &output)
	return c
}

// chosenProvider says who would provide the lab's cluster, and why.
func chosenProvider(ctx context.Context, o *options) (provider string, check doctor.Check) {
	const id = "provider"
	l, err := openLab(ctx, o)
	if err == nil && o.provider != choice.Auto {
		return l.provider.Name(), doctor.Check{ID: id, State: doctor.OK, Found: say.T("%s, as you say", l.provider.Name())}
	}
	missing := new(choice.Missing)
	switch {
	case errors.As(err, &missing):
		return "", doctor.Check{ID: id, State: doctor.Fail, Found: say.T("none: kind: %v; embedded: %v", missing.Kind, missing.Embedded), Advice: choice.Advice()}
	case err != nil:
		return "", doctor.Check{ID: id, State: doctor.Fail, Found: say.Of(err), Advice: say.T("choose another with --provider, or auto")}
	}
	chosen, _, err := choose(ctx, o, l)
	why := say.T("it brought the lab up last")
	if err == nil && chosen.Provider == l.provider.Name() {
		why = chosen.Why
	}
	found := say.T("%s: %v", l.provider.Name(), why)
	return l.provider.Name(), doctor.Check{ID: id, State: doctor.OK, Found: found}
}

// findings are the states of checks in words.
var findings = map[doctor.State]say.Text{
	doctor.OK:   say.T("ok"),
	doctor.Warn: say.T("warn"),
	doctor.Fail: say.T("fail"),
}

func (o *options) printChecks(w io.Writer, checks []doctor.Check) {
	var t table
	for _, c := range checks {
		t.row(o.tell(findings[c.State]), c.ID, o.tell(c.Found))
		if !c.Advice.IsZero() {
			t.row("", "", "→ "+o.tell(c.Advice))
		}
	}
	t.print(w)
}
