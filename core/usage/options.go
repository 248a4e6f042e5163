// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"iter"
	"slices"
	"strings"
)

// Options is what a command takes: its options, its positional arguments, its sub-commands, and the words for its help. The zero Options takes nothing but --help.
// Declare first, then Parse, once. Its methods are for one goroutine at a time. Twisted: usage.Options.
type Options struct {
	// Name is what the command is called in help and errors: "twist web". Parse sets it for a sub-command.
	Name string
	// Short is one line about the command, Long the rest, in paragraphs of any width that are wrapped again; lines that begin with a space stay as they are.
	Short, Long string
	// Example are command lines, one a line, that Help shows as they are.
	Example string
	// Version is what --version tells; with "" there is no such option.
	Version string
	// EnvPrefix makes the environment a source: option --log-level is then PREFIX_LOG_LEVEL, that of sub-command web PREFIX_WEB_LOG_LEVEL. "" means none.
	EnvPrefix string
	// Interspersed lets options stand behind positional arguments. Without it the first argument that is no option ends the options.
	Interspersed bool
	// Inherit makes a sub-command understand the options of the command above it too.
	Inherit bool
	// DefaultCommand is the sub-command that is meant when none is named. "" means that one has to be named, unless arguments are declared.
	DefaultCommand string
	// More, if not nil, is asked once for sub-commands besides those declared, when help lists them or a name is not found: for what is costly to find.
	More func() []Command
	// Noun is what errors call a sub-command. "" means "command".
	Noun string

	options  []*Option
	group    string // of the options that are declared next
	args     []*Argument
	commands []*Command
	checks   []func() error
	parent   *Options
	section  []string // of a configuration file, and of the names of variables
	chosen   *Command
	sub      *Options
	lookup   func(name string) (string, bool) // os.LookupEnv, but in tests
	config   *configured
	raw      []string // the arguments of a Raw command
	given    bool     // an option of its own was on the command line
	settings []setting
	words    []string  // the positional arguments
	builtin  []*Option // --version and --help
	listed   bool      // More was asked
}

// A Command is a sub-command.
type Command struct {
	// Name is what chooses it. Alias is a shorter name, or "".
	Name, Alias string
	// Short is its line in the help of the command above.
	Short string
	// New declares its options. It is called when they are wanted: when the command was chosen, or when something looks at it, each time with new Options.
	New func(o *Options)
	// Raw means that its arguments are not parsed: see Options.Raw. New isn't called then.
	Raw bool
	// Hidden leaves it out of help and completion.
	Hidden bool
	// Group is the heading under which help lists it. "" means "Commands".
	Group string
}

// AddCommand adds a sub-command. It panics if the name is taken.
func (o *Options) AddCommand(c Command) *Command {
	for _, have := range o.commands {
		if c.Name == have.Name || c.Alias != "" && (c.Alias == have.Alias || c.Alias == have.Name) || c.Name == have.Alias {
			panic("usage: AddCommand: " + c.Name + " is declared twice")
		}
	}
	o.commands = append(o.commands, &c)
	return &c
}

// Commands returns the sub-commands in order of declaration, those of More last.
func (o *Options) Commands() iter.Seq[*Command] {
	o.findMore()
	return slices.Values(o.commands)
}

// findMore adds what More knows and nobody declared.
func (o *Options) findMore() {
	if o.More == nil || o.listed {
		return
	}
	o.listed = true
	for _, c := range o.More() {
		if o.command(c.Name) == nil {
			o.commands = append(o.commands, &c)
		}
	}
}

func (o *Options) hasCommands() bool { return len(o.commands) > 0 || o.More != nil }

// Each returns the options in order of declaration, --version and --help last, for whoever generates completion or manuals.
func (o *Options) Each() iter.Seq[*Option] {
	return func(yield func(*Option) bool) {
		for _, opt := range o.all() {
			if !yield(opt) {
				return
			}
		}
	}
}

// Arguments returns the positional arguments in order.
func (o *Options) Arguments() iter.Seq[*Argument] { return slices.Values(o.args) }

// Parent returns the Options of the command above a sub-command, or nil.
func (o *Options) Parent() *Options { return o.parent }

// Chosen returns the sub-command that Parse found, and its Options, or nil.
func (o *Options) Chosen() (*Command, *Options) { return o.chosen, o.sub }

// Raw returns the arguments of a Raw command as they were given.
func (o *Options) Raw() []string { return o.raw }

// Given reports whether an option of this command itself was on the command line.
func (o *Options) Given() bool { return o.given }

// Check adds a function that Parse calls when all values are there, before it goes on with a sub-command. It returns an error for values that do not go together. Twisted: postOptions.
func (o *Options) Check(f func() error) { o.checks = append(o.checks, f) }

// Sub returns new Options of a sub-command with its declarations made.
func (o *Options) Sub(c *Command) *Options {
	sub := &Options{
		Name: strings.TrimSpace(o.Name + " " + c.Name), Short: c.Short, Version: o.Version, parent: o, section: append(slices.Clip(o.section), c.Name),
		lookup: o.lookup, config: o.config, EnvPrefix: o.EnvPrefix,
	}
	if c.New != nil {
		c.New(sub)
	}
	return sub
}

// command returns the sub-command of that name or alias, asking More if need be.
func (o *Options) command(name string) *Command {
	is := func(c *Command) bool { return c.Name == name || c.Alias == name && name != "" }
	i := slices.IndexFunc(o.commands, is)
	if i < 0 && o.More != nil && !o.listed {
		o.findMore()
		i = slices.IndexFunc(o.commands, is)
	}
	if i < 0 {
		return nil
	}
	return o.commands[i]
}

// all returns the options with --version and --help.
func (o *Options) all() []*Option {
	if o.builtin == nil {
		if o.Version != "" {
			o.builtin = append(o.builtin, &Option{Long: "version", Doc: "show the version and exit", CommandLineOnly: true, action: func() error {
				return &HelpError{o.Version + "\n"}
			}})
		}
		help := &Option{Long: "help", Short: "h", Doc: "show this help and exit", CommandLineOnly: true, action: func() error { return &HelpError{o.Help()} }}
		for _, opt := range o.options {
			if opt.Short == "h" {
				help.Short = ""
			}
		}
		o.builtin = append(o.builtin, help)
	}
	return slices.Concat(o.options, o.builtin)
}
