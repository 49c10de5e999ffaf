package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"

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
	// noted is set once the learner has been told that the language is not as
	// asked for, or if they are not to be told.
	noted atomic.Bool
}

// tell is v, a text or an error, in the learner's language. The first time it
// says on standard error what is not as asked for about the language, unless
// that has been said. It is safe for concurrent use.
func (o *options) tell(v any) string {
	o.voice.once.Do(func() {
		var note string
		o.voice.printer, note = listen(o.voice.args)
		o.note(note)
	})
	return o.voice.printer.Say(v)
}

// note writes a note on the language to standard error unless that has been told.
func (o *options) note(note string) {
	for _, n := range o.unnoted(note) {
		_, _ = fmt.Fprintln(o.streams.Err, "podlab: "+n)
	}
}

// unnoted is a note on the language that the caller now tells; nothing if there is
// none or it has been told.
func (o *options) unnoted(note string) []string {
	if note == "" || o.voice.noted.Swap(true) {
		return nil
	}
	return []string{note}
}

// sayf is the sentence of an English format in the learner's language.
func (o *options) sayf(format string, args ...any) string { return o.tell(say.T(format, args...)) }

// print writes a sentence as a command's result, a line of its own.
func (o *options) print(v any) error {
	_, err := fmt.Fprintln(o.streams.Out, o.tell(v))
	return err
}

// listen finds the language that a command line asks for, else that of the
// configuration or the locale, and what is to be noted about it. What is wrong with any of these is for the command
// itself to report.
func listen(args []string) (*content.Printer, string) {
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
	lang, note, err := o.language(lib)
	if err != nil {
		o.lang = ""
		lang, note, _ = o.language(lib)
	}
	return lib.Printer(lang), note
}
