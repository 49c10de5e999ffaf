package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/podlab/podlab/cluster/choice"
	"github.com/podlab/podlab/internal/dirs"
	"github.com/podlab/podlab/internal/say"
)

// config is the user's configuration, config.yaml. A flag or its environment
// variable goes before it.
type config struct {
	Lang    string   `yaml:"lang"`    // as --lang
	Lessons []string `yaml:"lessons"` // folders, as --lessons
	// Provider and NodeImage are as --provider and --node-image.
	Provider  string `yaml:"provider"`
	NodeImage string `yaml:"nodeImage"`
	// Theme, ASCII, ReducedMotion and Plain are as --theme, --ascii,
	// --reduced-motion and --plain.
	Theme         string `yaml:"theme"`
	ASCII         bool   `yaml:"ascii"`
	ReducedMotion bool   `yaml:"reducedMotion"`
	Plain         bool   `yaml:"plain"`
}

func configFile() string { return filepath.Join(dirs.Config(), "config.yaml") }

// readConfig reads the configuration; there need not be one.
func readConfig() (config, error) {
	var c config
	data, err := os.ReadFile(configFile())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return c, say.Errorf("cannot read the configuration: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.DisallowUnknownField()); err != nil {
		return c, say.Errorf("%s: %s: it may have lang, lessons, provider, nodeImage, theme, ascii, reducedMotion and plain", configFile(), strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return c, nil
}

// configure completes the options with what the configuration says.
func (o *options) configure() error {
	var err error
	if o.configured, err = readConfig(); err != nil {
		return err
	}
	if o.lessons == "" {
		o.lessons = strings.Join(o.configured.Lessons, string(filepath.ListSeparator))
	}
	o.provider = cmp.Or(o.provider, o.configured.Provider, choice.Auto)
	o.nodeImage = cmp.Or(o.nodeImage, o.configured.NodeImage)
	return o.badEnv
}
