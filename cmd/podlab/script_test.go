package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	run := func() { os.Exit(program()) }
	testscript.Main(m, map[string]func(){"podlab": run, "kubectl": run, "node-shell": run})
}

// TestScripts runs the command line as a user would, in a home of its own and
// without a cluster. What needs one is tested live, in test/live.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			home := e.WorkDir + "/home"
			e.Setenv("HOME", home)
			e.Setenv("XDG_STATE_HOME", home+"/state")
			e.Setenv("XDG_DATA_HOME", home+"/data")
			e.Setenv("XDG_CONFIG_HOME", home+"/config")
			e.Setenv("XDG_CACHE_HOME", home+"/cache")
			e.Setenv("PODLAB_IMAGES", "offline")
			e.Setenv("PODLAB_NODE_DIR", e.WorkDir+"/no-node")
			e.Setenv("LANG", "C.UTF-8")
			return os.MkdirAll(home, 0o700)
		},
	})
}
