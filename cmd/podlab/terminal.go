package main

import (
	"os"

	"golang.org/x/term"

	"github.com/podlab/podlab/internal/say"
)

// rawTerminal passes every key on, Ctrl-C too, until restore is called.
func rawTerminal(f *os.File) (restore func(), err error) {
	old, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return nil, say.Errorf("cannot set up the terminal: %w", err)
	}
	return func() { _ = term.Restore(int(f.Fd()), old) }, nil // the terminal may be gone by then
}
