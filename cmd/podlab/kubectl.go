package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

// kubectl runs as kubectl itself: the lesson's terminal has podlab on PATH
// under that name. On an error it ends the process with kubectl's own message
// and exit status.
func kubectl(args []string) {
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(args)) // an odd -v is kubectl's to report
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
