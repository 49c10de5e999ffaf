package main

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/tui"
)

// screenOptions say how the screen looks.
type screenOptions struct {
	ascii, noColor, reducedMotion bool
	plain                         bool
	theme                         string // "" means: ask the configuration
}

func (o *options) registerScreen(f *pflag.FlagSet) {
	s := &o.screen
	f.BoolVar(&s.ascii, "ascii", o.envBool("PODLAB_ASCII"), "draw with ASCII only ($PODLAB_ASCII)")
	f.BoolVar(&s.noColor, "no-color", os.Getenv("NO_COLOR") != "", "draw without colours ($NO_COLOR)")
	f.StringVar(&s.theme, "theme", os.Getenv("PODLAB_THEME"), "colours: auto, dark, light or 16 ($PODLAB_THEME, default auto)")
	f.BoolVar(&s.reducedMotion, "reduced-motion", o.envBool("PODLAB_REDUCED_MOTION"), "leave out what moves by itself ($PODLAB_REDUCED_MOTION)")
}

// registerPlain registers the flag of the commands that can do without a screen.
func (o *options) registerPlain(f *pflag.FlagSet) {
	f.BoolVar(&o.screen.plain, "plain", o.envBool("PODLAB_PLAIN"), "line by line, for screen readers, logs and pipes; so by itself without a terminal ($PODLAB_PLAIN)")
}

// plain says whether the lessons are shown line by line.
func (o *options) plain() bool {
	return o.screen.plain || o.configured.Plain || os.Getenv("TERM") == "dumb" ||
		!isTerminal(o.streams.In) || !isTerminal(o.streams.Out)
}

// look is the part of the screen's configuration that says how it looks.
func (o *options) look() (tui.Config, error) {
	s, c := o.screen, o.configured
	theme := cmp.Or(s.theme, c.Theme, tui.ThemeAuto)
	if !slices.Contains(tui.Themes, theme) {
		return tui.Config{}, say.Errorf("unknown theme %q: use one of %s", theme, strings.Join(tui.Themes, ", "))
	}
	return tui.Config{
		ASCII:         s.ascii || c.ASCII,
		NoColor:       s.noColor,
		Theme:         theme,
		ReducedMotion: s.reducedMotion || c.ReducedMotion,
	}, nil
}
