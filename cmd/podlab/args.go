package main

import (
	"errors"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/podlab/podlab/internal/say"
)

// noArgs, exactArgs, maxArgs and minArgs are cobra's, with errors that can be told
// in any language.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if c.HasSubCommands() {
		return say.Errorf("unknown command %q for %q%w", args[0], c.CommandPath(), meant(c, args[0]))
	}
	return say.Errorf("%s takes no arguments, got %q: see '%s --help'", c.CommandPath(), args[0], c.CommandPath())
}

func exactArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return wrongNumber(c, args)
	}
}

func maxArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return wrongNumber(c, args)
	}
}

func minArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return wrongNumber(c, args)
	}
}

func wrongNumber(c *cobra.Command, args []string) error {
	return say.Errorf("wrong number of arguments (%d): write '%s'", len(args), c.UseLine())
}

// meantFlag suggests the flag that a mistyped name was probably meant to be, or else
// says where they are listed.
func meantFlag(c *cobra.Command, name string) error {
	const most = 2
	best, least := "", 0
	c.Flags().VisitAll(func(f *pflag.Flag) {
		d := levenshtein.ComputeDistance(name, f.Name)
		if f.Hidden || d > most {
			return
		}
		if len(f.Name) != len(name) { // letters that changed places go before one too many
			d += most
		}
		if best == "" || d < least {
			best, least = f.Name, d
		}
	})
	if best != "" {
		return say.Errorf(": did you mean --%s?", best)
	}
	return say.Errorf(": run '%s --help' to see them all", c.CommandPath())
}

// flagError puts what is wrong with a flag into podlab's words.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return say.Errorf("unknown flag: -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return say.Errorf("unknown flag: --%s%w", unknown.GetSpecifiedName(), meantFlag(c, unknown.GetSpecifiedName()))
	case errors.As(err, &valueless):
		return say.Errorf("flag --%s needs a value", valueless.GetFlag().Name)
	case errors.As(err, &invalid):
		return say.Errorf("%q is no value for --%s: %w", invalid.GetValue(), invalid.GetFlag().Name, invalid.Unwrap())
	case errors.As(err, &syntax):
		return say.Errorf("%s is not how a flag is written: write --name or --name=value", syntax.GetSpecifiedFlag())
	}
	return err
}
