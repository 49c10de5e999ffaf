package main

import (
	"testing"

	"k8s.io/kubectl/pkg/cmd"

	"github.com/podlab/podlab/engine/mistype"
)

// No command of kubectl's is taken for a mistyped one.
func TestEveryKubectlCommandIsKnown(t *testing.T) {
	for _, c := range cmd.NewDefaultKubectlCommand().Commands() {
		if c.Hidden || c.Name() == "alpha" {
			continue
		}
		if m, ok := mistype.Find("kubectl "+c.Name(), 1, mistype.Known{}); ok {
			t.Errorf("kubectl %s is taken for %+v", c.Name(), m)
		}
	}
}
