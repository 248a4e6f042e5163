// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/usage"
)

// The declared options are made a tree of cobra commands, which makes completion and manuals and runs nothing.

// A declared value is one of those options. It stands for the type and default in what cobra writes.
type declared struct{ opt *usage.Option }

func (d declared) Set(string) error { return nil }
func (d declared) String() string   { return d.opt.Default }
func (d declared) Type() string     { return d.opt.Metavar }

// tree makes the command of o and those below it.
func tree(a app.App) *cobra.Command {
	o := a.Options()
	root := command(o, o.Name)
	for c := range o.Commands() {
		if c.Hidden {
			continue
		}
		sub := &cobra.Command{Use: c.Name, Short: c.Short, Run: nothing, DisableFlagParsing: true} // a program of its own
		if !c.Raw {
			sub = command(o.Sub(c), c.Name)
		}
		if c.Name == "help" {
			root.SetHelpCommand(sub)
			continue
		}
		root.AddCommand(sub)
	}
	return root
}

func nothing(*cobra.Command, []string) {}

// command makes one command.
func command(o *usage.Options, name string) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: o.Short, Long: o.Long, Run: nothing, DisableFlagsInUseLine: true, SilenceUsage: true, SilenceErrors: true}
	if o.Example != "" {
		cmd.Example = "  " + strings.ReplaceAll(strings.TrimSpace(o.Example), "\n", "\n  ")
	}
	for at := o; at != nil; at = at.Parent() {
		for opt := range at.Each() {
			addFlag(cmd, opt)
		}
		if !at.Inherit {
			break
		}
	}
	cmd.ValidArgsFunction = completeArguments(slices.Collect(o.Arguments()))
	for a := range o.Arguments() {
		cmd.Use += " " + a.Name
	}
	return cmd
}

// addFlag adds an option, unless the command has one of that name, or of that letter, from below.
func addFlag(cmd *cobra.Command, opt *usage.Option) {
	flags := cmd.Flags()
	short := opt.Short
	if short != "" && flags.ShorthandLookup(short) != nil {
		short = ""
	}
	switch {
	case flags.Lookup(opt.Long) != nil || opt.Hidden:
	case !opt.HasValue():
		flags.BoolP(opt.Long, short, false, opt.Doc)
	default:
		flags.VarP(declared{opt}, opt.Long, short, opt.Doc)
		if err := cmd.RegisterFlagCompletionFunc(opt.Long, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return offer(opt.Choices, opt.Complete)
		}); err != nil {
			panic(err) // two functions for one flag
		}
	}
}

func completeArguments(args []*usage.Argument) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		a := args[min(len(given), len(args)-1)]
		if a.Max >= 0 && len(given) >= len(args)-1+a.Max {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return offer(a.Choices, a.Complete)
	}
}

// offer returns the words for a value.
func offer(choices []string, kind usage.Completion) ([]string, cobra.ShellCompDirective) {
	switch kind {
	case usage.Files:
		return nil, cobra.ShellCompDirectiveDefault
	case usage.Folders:
		return nil, cobra.ShellCompDirectiveFilterDirs
	case usage.Users:
		choices = firstFields("/etc/passwd", ":")
	case usage.Groups:
		choices = firstFields("/etc/group", ":")
	case usage.Hosts:
		choices = hosts()
	}
	return choices, cobra.ShellCompDirectiveNoFileComp
}

// firstFields returns what stands before sep in the lines of a file; nothing if there is none.
func firstFields(file, sep string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, sep); ok && !strings.HasPrefix(name, "#") {
			names = append(names, name)
		}
	}
	return names
}

// hosts returns the names in /etc/hosts.
func hosts() []string {
	text, err := os.ReadFile("/etc/hosts")
	if err != nil {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 1 {
			names = append(names, fields[1:]...)
		}
	}
	return names
}

// isCompletion reports whether a shell asks for words, as the scripts of "twist completion" do.
func isCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// complete answers a shell.
func complete(a app.App, args []string, stdout, stderr io.Writer) int {
	root := tree(a)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if root.Execute() != nil {
		return app.ExitFailure
	}
	return app.ExitOK
}
