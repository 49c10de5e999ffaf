package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/tui/wrap"
)

// speakHelp makes a command tree give help in the learner's language.
func speakHelp(root *cobra.Command, o *options) {
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { o.help(c) })
	root.SetUsageFunc(func(c *cobra.Command) error {
		o.usage(c.OutOrStderr(), c)
		return nil
	})
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelpCommand(o))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			describeCompletion(c)
		}
	}
}

func newHelpCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Show the help of a command",
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			switch {
			case err == nil && len(rest) == 0:
				o.help(found)
				return nil
			case found == nil:
				found = c.Root()
			}
			if len(rest) == 0 {
				rest = args
			}
			return say.Errorf("unknown command %q for %q%w", rest[0], found.CommandPath(), meant(found, rest[0]))
		},
	}
}

// describeCompletion puts podlab's words in the place of cobra's.
func describeCompletion(c *cobra.Command) {
	c.Use, c.RunE = "completion", func(c *cobra.Command, _ []string) error { return c.Help() }
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return say.Errorf("unknown shell %q: use bash, fish, powershell or zsh", args[0])
	}
	c.Short = "Print a script by which a shell completes podlab's commands"
	c.Long = ""
	for _, shell := range c.Commands() {
		shell.Short = "Print the script for this shell"
		shell.Long = ""
		shell.Args = noArgs
		shell.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "no-descriptions" {
				f.Usage = "leave the descriptions out"
			}
		})
	}
}

// help prints all there is to say of a command. Cobra takes no error of it.
func (o *options) help(c *cobra.Command) {
	w := new(bytes.Buffer)
	defer func() { _, o.unsaid = c.OutOrStdout().Write(w.Bytes()) }()
	text := c.Long
	if text == "" {
		text = c.Short
	}
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = strings.Join(strings.Fields(paragraph), " "); paragraph != "" {
			o.wrap(w, 0, "", o.sentence(paragraph))
			_, _ = fmt.Fprintln(w)
		}
	}
	o.usage(w, c)
}

// sentence is an English text of a command in the learner's language.
func (o *options) sentence(english string) string { return o.tell(say.Fixed(english)) }

// usage prints how a command is called.
func (o *options) usage(w io.Writer, c *cobra.Command) {
	line := func(format string, a ...any) { _, _ = fmt.Fprintf(w, format+"\n", a...) }
	line("%s", o.sayf("Usage:"))
	if c.Runnable() {
		line("  %s", c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		line("  %s COMMAND", c.CommandPath())
		line("\n%s", o.sayf("Commands:"))
		width := 0
		for _, sub := range c.Commands() {
			width = max(width, len(sub.Name()))
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				o.wrap(w, width+5, fmt.Sprintf("  %-*s   ", width, sub.Name()), o.sentence(sub.Short))
			}
		}
	}
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	if c.HasAvailableLocalFlags() {
		line("\n%s", o.sayf("Flags:"))
		o.flags(w, c.LocalFlags())
	}
	if c.HasAvailableInheritedFlags() {
		line("\n%s", o.sayf("Flags of all commands:"))
		o.flags(w, c.InheritedFlags())
	}
	if c.HasAvailableSubCommands() {
		line("")
		o.wrap(w, 0, "", o.sayf("'%s COMMAND --help' tells more about a command.", c.CommandPath()))
	}
}

// flags prints a line or more for each flag.
func (o *options) flags(w io.Writer, f *pflag.FlagSet) {
	type row struct{ name, text string }
	var rows []row
	width := 0
	f.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "    "
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", "
		}
		name += "--" + f.Name
		if kind, _ := pflag.UnquoteUsage(f); kind != "" {
			name += " " + kind
		}
		var text string
		switch f.Name {
		case "help":
			text = o.sayf("show this help")
		case "version":
			text = o.sayf("print podlab's version")
		default:
			text = o.sentence(f.Usage)
		}
		if f.DefValue != "" && f.DefValue != "false" && !strings.Contains(f.Usage, "default ") {
			text += " " + o.sayf("(default %s)", f.DefValue)
		}
		rows = append(rows, row{name, text})
		width = max(width, len(name))
	})
	for _, r := range rows {
		o.wrap(w, width+5, fmt.Sprintf("  %-*s   ", width, r.name), r.text)
	}
}

// wrap prints a text behind its first words, its lines below one another.
func (o *options) wrap(w io.Writer, indent int, first, text string) {
	for i, l := range wrap.String(max(columns(o.streams.Out)-indent, 20), text) {
		if i > 0 {
			first = strings.Repeat(" ", indent)
		}
		_, _ = fmt.Fprintln(w, strings.TrimRight(first+l, " "))
	}
}

// columns is how wide help is set: as the terminal, but no wider than can be read.
func columns(stream any) int {
	const least, most = 40, 100
	f, ok := stream.(*os.File)
	if !ok {
		return most
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return most
	}
	return min(max(width, least), most)
}
