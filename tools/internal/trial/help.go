// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/runner"
)

const long = `Trial runs the tests of Go packages and reports on them.

A NAME is a package or a pattern as the go command has them, a directory, a file, or a test as reporters print it, "example.com/pkg.TestA/sub". Packages and directories mean those below them too, unless --no-recurse is given. A test file means its tests, another Go file the tests that a comment such as "// trial: test=./server/..." in its first ten lines names, or those of its package. What comes after -- is for the tests themselves.

By default the go command runs the tests, with its cache and a process per package. With --jobs, --order alphabetical and --stress each test is a process of its own; with --order toptobottom, --profile and --spew each package is, one after the other.

Flags of go test may have one dash, as there: -run, -race, -count=1.`

const examples = `  trial ./...                               all tests, from the cache if nothing has changed
  trial ./server.TestLogin/expired          one test
  trial -j auto -race ./...                 workers, with the race detector
  trial -u -x --random 0 ./queue            until it fails, in another order each time
  trial --rerun-fails 2 --reporter tree --reporter junit=report.xml ./...
  trial --since main --cache-stats ./...    what a branch has touched
  trial --coverage --slowest 10 ./...
  trial --watch ./...
  go test -json ./... | trial --stdin`

const statuses = `Exit status:
  0    all passed
  1    a test or a package failed, or the command line is wrong
  3    with --rerun-fails: what failed passed when it was run again
  130  interrupted: what ran was reported

The first Ctrl-C lets the tests end that run, for five seconds; the second one ends them at once.`

// command makes the command without what it does.
func (o *options) command() *cobra.Command {
	cmd := &cobra.Command{
		Use:                   "trial [OPTIONS] NAME... [-- ARGUMENTS]",
		Short:                 "Run the tests of Go packages",
		Long:                  long,
		Example:               examples,
		Args:                  cobra.ArbitraryArgs,
		DisableFlagsInUseLine: true,
		SilenceUsage:          true,
		SilenceErrors:         true,
		RunE:                  func(*cobra.Command, []string) error { return nil },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.Flags().SortFlags = false
	var sets []*pflag.FlagSet
	groups := o.groups()
	for _, g := range groups {
		f := pflag.NewFlagSet(g.title, pflag.ContinueOnError)
		f.SortFlags = false
		g.add(f)
		cmd.Flags().AddFlagSet(f)
		sets = append(sets, f)
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		out := cmd.OutOrStdout()
		fmt.Fprintf(out, "%s\n\nUsage:\n  %s\n\nExamples:\n%s\n", fold(long), cmd.UseLine(), examples)
		for i, f := range sets {
			fmt.Fprintf(out, "\n%s:\n%s", groups[i].title, f.FlagUsagesWrapped(100))
		}
		fmt.Fprintf(out, "\n%s\n", statuses)
	})
	choices := map[string]func() []string{
		"order":      func() []string { return []string{string(runner.Alphabetical), string(runner.TopToBottom)} },
		"reporter":   reporter.Names,
		"tbformat":   func() []string { return []string{"plain", "emacs", "verbose", "default", "brief", "cgitb"} },
		"color":      func() []string { return []string{"auto", "always", "never"} },
		"profile":    func() []string { return []string{"cpu", "mem", "block", "mutex"} },
		"debugger":   runner.Debuggers,
		"jobs":       func() []string { return []string{"auto"} },
		"completion": func() []string { return shells },
		"reactor": func() []string {
			var names []string
			for _, p := range reactor.PollerStatus() {
				names = append(names, p.Name)
			}
			return names
		},
	}
	for name, words := range choices {
		if err := cmd.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return words(), cobra.ShellCompDirectiveNoFileComp
		}); err != nil {
			panic(err) // no such flag
		}
	}
	return cmd
}

// fold breaks lines of text for a terminal.
func fold(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		at := 0
		for i, word := range strings.Fields(line) {
			switch {
			case i > 0 && at+1+len(word) > 100:
				b.WriteByte('\n')
				at = 0
			case i > 0:
				b.WriteByte(' ')
				at++
			}
			b.WriteString(word)
			at += len(word)
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}

var shells = []string{"bash", "zsh", "fish", "powershell"}

// complete writes the script for a shell.
func complete(cmd *cobra.Command, shell string, out io.Writer) error {
	switch shell {
	case "bash":
		return cmd.GenBashCompletionV2(out, true)
	case "zsh":
		return cmd.GenZshCompletion(out)
	case "fish":
		return cmd.GenFishCompletion(out, true)
	case "powershell":
		return cmd.GenPowerShellCompletionWithDesc(out)
	}
	return &runner.UsageError{Text: fmt.Sprintf("no script for the shell %q: there are %s", shell, strings.Join(shells, ", "))}
}

// manual writes the manual page.
func manual(cmd *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	cmd.Long = long + "\n\n" + strings.ReplaceAll(statuses, "\n  ", "\n\n    ")
	return doc.GenManTree(cmd, &doc.GenManHeader{Title: "TRIAL", Section: "1", Source: "Torsion", Manual: "Torsion"}, dir)
}

// goFlags are flags of go test that people write with one dash.
var goFlags = []string{
	"run", "skip", "tags", "race", "short", "count", "timeout", "parallel", "cpu", "bench", "fuzz", "fuzztime", "coverpkg", "debug", "profile", "coverage", "help", "watch",
}

// normalize gives those flags two dashes.
func normalize(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && slices.Contains(goFlags, name) {
			args[i] = "-" + arg
		}
	}
	return args
}
