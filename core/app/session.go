// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/torsion-go/torsion/core/handover"
	"github.com/torsion-go/torsion/core/usage"
)

// A session is one run of a program, from its arguments to its exit status.
type session struct {
	app     App
	ctx     context.Context // the program's lifetime
	stdio   Stdio
	args    []string
	replace bool // the process is the program's own: an external command may take its place

	from    *handover.Inheritance // nil for a process without predecessor
	origin  origin
	options runnerOptions

	chosen   map[*usage.Options]action // what New returned
	external map[string]string         // paths of external commands by name
	signal   os.Signal                 // stopped it
}

// An action is what a sub-command does.
type action struct {
	plugin  Plugin
	make    Maker
	command func(ctx context.Context, stdio Stdio) error
}

// declare makes the Options of the program.
func (s *session) declare() *usage.Options {
	a := &s.app
	s.chosen = map[*usage.Options]action{}
	o := &usage.Options{
		Name: a.Name, Short: a.Short, Long: a.Long, Example: a.Example, Version: a.Version,
		EnvPrefix: envPrefix(a.Name), Noun: a.Noun,
	}
	s.options.declare(o, s)
	for _, p := range a.Plugins.All() {
		o.AddCommand(usage.Command{Name: p.Name, Short: p.Short, Group: "Services", New: func(sub *usage.Options) {
			sub.Inherit, sub.Long, sub.Example = true, p.Long, p.Example
			s.chosen[sub] = action{plugin: p, make: p.New(sub)}
		}})
	}
	for _, c := range a.Commands {
		o.AddCommand(usage.Command{Name: c.Name, Short: c.Short, New: func(sub *usage.Options) {
			sub.Long, sub.Example, sub.EnvPrefix = c.Long, c.Example, ""
			s.chosen[sub] = action{command: c.New(sub)}
		}})
	}
	o.AddCommand(usage.Command{Name: "help", Short: "show the help of a command, or another text", New: func(sub *usage.Options) { s.declareHelp(o, sub) }})
	if !a.DisableExternal {
		o.More = s.findExternal
	}
	return o
}

// envPrefix makes the name of a program the beginning of variables.
func envPrefix(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}

// declareHelp makes "help NAME".
func (s *session) declareHelp(o, sub *usage.Options) {
	sub.EnvPrefix = ""
	var name string
	arg := sub.Argument(&name, "NAME", "a command or a text")
	arg.Min = 0
	for _, t := range s.app.Topics {
		arg.Choices = append(arg.Choices, t.Name)
		sub.Long += fmt.Sprintf("  %-12s %s\n", t.Name, t.Short)
	}
	if sub.Long != "" {
		sub.Long = "The texts that belong to no command:\n\n" + sub.Long
	}
	s.chosen[sub] = action{command: func(_ context.Context, stdio Stdio) error { return s.help(o, name, stdio.Out) }}
	for c := range o.Commands() {
		if !c.Hidden {
			arg.Choices = append(arg.Choices, c.Name)
		}
	}
}

func (s *session) help(o *usage.Options, name string, w io.Writer) error {
	text := o.Help()
	for _, t := range s.app.Topics {
		if t.Name == name {
			text = strings.Trim(t.Text, "\n") + "\n"
		}
	}
	for c := range o.Commands() {
		if c.Name != name {
			continue
		}
		if c.Raw {
			return s.runExternal(c.Name, []string{"--help"})
		}
		text = o.Sub(c).Help()
	}
	_, err := io.WriteString(w, text)
	return err
}

// run does what the arguments say, reports errors, and returns the exit status.
func (s *session) run() int {
	status, err := takeStatusPipe()
	if err == nil {
		err = s.inherit()
	}
	if err == nil {
		err = s.perform(status)
	}
	help, ok := errors.AsType[*usage.HelpError](err)
	if ok {
		_, err = io.WriteString(s.stdio.Out, help.Text)
	}
	if err != nil {
		s.report(err)
		s.from.Fail(err)
	}
	status.end(err)
	if err != nil {
		s.signal = nil // it is not what ended the program
		return exitCode(err)
	}
	if s.signal != nil {
		return 128 + signalNumber(s.signal)
	}
	return ExitOK
}

func (s *session) perform(status *statusPipe) error {
	o := s.declare()
	if err := o.Parse(s.args); err != nil {
		return err
	}
	c, sub := o.Chosen()
	if c.Raw {
		if o.Given() {
			return usage.Errorf("", "options of %s have to stand behind the name of a command that is a program of its own", s.app.Name)
		}
		return s.runExternal(c.Name, sub.Raw())
	}
	act := s.chosen[sub]
	if act.command != nil {
		return act.command(s.ctx, s.stdio)
	}
	p := &program{session: s, action: act, status: status}
	return p.run()
}

// report tells the user what is wrong.
func (s *session) report(err error) {
	if e, ok := errors.AsType[exitStatus](err); ok && e > 0 {
		return // the external command has said why
	}
	fmt.Fprintf(s.stdio.Err, "%s: error: %v\n", s.app.Name, err)
	if e, ok := errors.AsType[*usage.Error](err); ok {
		command := s.app.Name
		if e.Command != "" {
			command = e.Command
		}
		fmt.Fprintf(s.stdio.Err, "%s: hint: see \"%s --help\"\n", s.app.Name, command)
	}
	if e, ok := errors.AsType[*ExitError](err); ok && e.Hint != "" {
		fmt.Fprintf(s.stdio.Err, "%s: hint: %s\n", s.app.Name, e.Hint)
	}
}
