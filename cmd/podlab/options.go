package main

import (
	"os"
	"regexp"
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/podlab/podlab/internal/say"
)

// options are the flags that many commands share. Each has an environment
// variable that sets its default.
type options struct {
	streams Streams
	voice   voice
	unsaid  error // of help that could not be printed

	lab       string // name of the lab cluster
	provider  string // "auto" or a provider's name; "" means: ask the configuration
	lang      string // "" means: ask the environment
	images    string // "auto", "offline" or "registry"
	nodeImage string // of kind's nodes; "" is the documented one
	// kubeconfig and context name an existing cluster; yes says that it may be
	// touched.
	kubeconfig, context string
	yes                 bool
	lessons             string // list of folders with more lessons

	configured config
	// badEnv is the error of an environment variable that is neither true nor false.
	badEnv error

	screen screenOptions
}

func (o *options) register(f *pflag.FlagSet) {
	f.StringVar(&o.lab, "lab", envOr("PODLAB_LAB", "default"), "name of the lab cluster ($PODLAB_LAB)")
	f.StringVar(&o.provider, "provider", os.Getenv("PODLAB_PROVIDER"), "who runs the cluster: auto, kind, embedded or existing ($PODLAB_PROVIDER, default auto)")
	f.StringVar(&o.kubeconfig, "kubeconfig", os.Getenv("PODLAB_KUBECONFIG"), "file with the context of an existing cluster ($PODLAB_KUBECONFIG)")
	f.StringVar(&o.context, "context", os.Getenv("PODLAB_CONTEXT"), "context of an existing cluster to play on ($PODLAB_CONTEXT)")
	f.BoolVar(&o.yes, "yes", o.envBool("PODLAB_YES"), "do not ask before an existing cluster is touched ($PODLAB_YES)")
	f.StringVar(&o.nodeImage, "node-image", os.Getenv("PODLAB_NODE_IMAGE"), "image of kind's nodes, in place of the documented one ($PODLAB_NODE_IMAGE)")
	f.StringVar(&o.lang, "lang", os.Getenv("PODLAB_LANG"), "language: en, ja, uk, zh, pt ($PODLAB_LANG, else the one chosen last, else the locale)")
	f.StringVar(&o.lessons, "lessons", os.Getenv("PODLAB_LESSONS"), "folders with lessons and words of your own, as a path list ($PODLAB_LESSONS)")
	f.StringVar(&o.images, "images", envOr("PODLAB_IMAGES", "auto"), "where images come from: auto, offline or registry ($PODLAB_IMAGES)")
}

var labName = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,14}[a-z0-9])?$`)

// check refuses values that no command can work with.
func (o *options) check() error {
	if !labName.MatchString(o.lab) {
		return say.Errorf("%q is no name for a lab: use at most 16 lower-case letters, digits and hyphens, beginning with a letter", o.lab)
	}
	if !slices.Contains([]string{"auto", "offline", "registry"}, o.images) {
		return say.Errorf("unknown source of images %q: use auto, offline or registry", o.images)
	}
	return nil
}

func envOr(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// envBool is the default of a flag that is set or not. What is neither is told
// when the command begins.
func (o *options) envBool(name string) bool {
	v := os.Getenv(name)
	if v == "" {
		return false
	}
	on, err := strconv.ParseBool(v)
	if err != nil && o.badEnv == nil {
		o.badEnv = say.Errorf("%s is %q, which is neither true nor false: use 1 or 0", name, v)
	}
	return on
}
