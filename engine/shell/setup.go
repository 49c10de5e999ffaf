package shell

import (
	"crypto/rand"
	_ "embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/podlab/podlab/internal/say"
)

//go:embed rc.bash
var rules string

const inputrc = `$include /etc/inputrc
set bell-style none
set completion-ignore-case on
set enable-bracketed-paste off
`

// setup is what a shell needs to start.
type setup struct {
	rc    string
	nonce string
	env   []string
}

// prepare writes the shell's files below the working folder.
func prepare(cfg Config) (setup, error) {
	own := filepath.Join(cfg.Dir, ".podlab")
	bin := filepath.Join(own, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return setup{}, say.Errorf("cannot make the terminal's folder: %w", err)
	}
	s := setup{rc: filepath.Join(own, "bashrc"), nonce: rand.Text()}
	files := map[string]string{
		s.rc:                          strings.ReplaceAll(rules, "@ID@", s.nonce),
		filepath.Join(own, "inputrc"): inputrc,
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return setup{}, say.Errorf("cannot write the terminal's rules: %w", err)
		}
	}
	if cfg.Podlab != "" {
		for _, name := range names {
			if err := link(cfg.Podlab, filepath.Join(bin, name)); err != nil {
				return setup{}, err
			}
		}
	}
	s.env = environment(cfg, own, bin)
	return s, nil
}

// names are the commands that the podlab executable is when called by them.
var names = []string{"kubectl", "node-shell"}

func link(target, name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return say.Errorf("cannot renew the lab's %s: %w", filepath.Base(name), err)
	}
	if err := os.Symlink(target, name); err != nil {
		return say.Errorf("cannot make the lab's %s: %w", filepath.Base(name), err)
	}
	return nil
}

// environment is the caller's own, without what would lead to another cluster or
// change the shell, and with the lab's.
func environment(cfg Config, own, bin string) []string {
	drop := []string{
		"BASH_ENV", "ENV", "HISTCONTROL", "HISTFILE", "HISTIGNORE", "HISTTIMEFORMAT", "KUBECONFIG", "KUBECTX",
		"POSIXLY_CORRECT", "PROMPT_COMMAND", "PROMPT_DIRTRIM", "PS0", "PS1", "PS2", "PS4", "SHELLOPTS", "BASHOPTS",
		"TMOUT", "COLUMNS", "LINES", "KUBECTL_EXTERNAL_DIFF",
	}
	var env []string
	utf8 := false
	for _, e := range os.Environ() {
		name, value, _ := strings.Cut(e, "=")
		if slices.Contains(drop, name) || strings.HasPrefix(name, "BASH_FUNC_") {
			continue
		}
		if name == "LC_ALL" || name == "LC_CTYPE" || name == "LANG" {
			folded := strings.ToLower(strings.ReplaceAll(value, "-", ""))
			utf8 = utf8 || strings.HasSuffix(folded, "utf8")
		}
		env = append(env, e)
	}
	if !utf8 {
		env = append(env, "LC_ALL=C.UTF-8")
	}
	env = append(env,
		"TERM=xterm-256color",
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"KUBECONFIG="+cfg.Kubeconfig,
		// kubectl's cache and preferences would be in the user's ~/.kube.
		"KUBECACHEDIR="+filepath.Join(own, "kube-cache"),
		"KUBERC=off",
		"INPUTRC="+filepath.Join(own, "inputrc"),
		"PODLAB_HISTORY="+filepath.Join(own, "history"),
		"PODLAB_KEEP="+strings.Join(cfg.Keep, " "),
		"PODLAB_KEPT="+filepath.Join(own, "kept"),
	)
	return append(env, cfg.Env...)
}
