package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/spf13/pflag"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/internal/say"
)

// voice tells sentences in the learner's language. It decides that by the raw
// command line, so that also a mistyped one, or a request for help, is answered in
// the language that it asks for.
type voice struct {
	args    []string // the command line without the program's name
	once    sync.Once
	printer *content.Printer
}

// tell is v, a text or an error, in the learner's language. It is safe for
// concurrent use.
func (o *options) tell(v any) string {
	o.voice.once.Do(func() { o.voice.printer = listen(o.voice.args) })
	return o.voice.printer.Say(v)
}

// sayf is the sentence of an English format in the learner's language.
func (o *options) sayf(format string, args ...any) string { return o.tell(say.T(format, args...)) }

// print writes a sentence as a command's result, a line of its own.
func (o *options) print(v any) error {
	_, err := fmt.Fprintln(o.streams.Out, o.tell(v))
	return err
}

// listen finds the language that a command line asks for, else that of the
// configuration or the locale. What is wrong with any of these is for the command
// itself to report.
func listen(args []string) *content.Printer {
	var o options
	f := pflag.NewFlagSet("podlab", pflag.ContinueOnError)
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.SetOutput(io.Discard)
	o.register(f)
	f.BoolP("help", "h", false, "")
	_ = f.Parse(args)
	_ = o.configure()
	from, err := o.folders()
	if err != nil {
		from = nil
	}
	lib, err := messagesOf(from)
	if err != nil {
		if lib, err = messagesOf(nil); err != nil {
			lib = new(content.Library)
		}
	}
	lang, _, err := o.language(lib)
	if err != nil {
		o.lang = ""
		lang, _, _ = o.language(lib)
	}
	return lib.Printer(lang)
}
