// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/logger/console"
	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/runner"
	"golang.org/x/term"
)

type cobraCommand = cobra.Command

// options are those of the command line.
type options struct {
	stdio Stdio
	cfg   runner.Config

	order, jobs, shard, random string
	profile                    []string
	timeout                    time.Duration
	reporters                  []string
	rterrors                   bool
	tbformat, color, timings   string
	slowest                    int
	without                    []string
	testmodule                 []string
	debug, watch, stdin        bool
	debugger, fromJSON         string
	completion, man            string
	helpOrders, helpReporters  bool
	helpReactors               bool
}

// A group is a part of the help.
type group struct {
	title string
	add   func(f *pflag.FlagSet)
}

// groups declare the options.
func (o *options) groups() []group {
	c := &o.cfg
	return []group{
		{"What to run", func(f *pflag.FlagSet) {
			f.StringVar(&c.Run, "run", "", "only tests that `REGEXP` matches, as go test has it")
			f.StringVar(&c.Skip, "skip", "", "no tests that `REGEXP` matches")
			f.StringSliceVar(&c.Tags, "tags", nil, "build `TAGS`, separated by commas")
			f.BoolVarP(&c.NoRecurse, "no-recurse", "N", false, "not what is below the packages and directories that are named")
			f.StringArrayVar(&o.testmodule, "testmodule", nil, "the tests that `FILE` means: its own, those that its comment \"// trial: test=...\" names, or those of its package")
			f.StringVar(&c.Since, "since", "", "only packages that differ from the git `REVISION`, or depend on such")
			f.StringVar(&o.shard, "shard", "", "part `I/N` of the packages, of parts that take about the same time")
			f.StringVar(&c.Durations, "durations", "", "`FILE` with how long packages took, for --shard (default: in the user's cache)")
			f.StringSliceVar(&o.without, "without-module", nil, "build as if `MODULES` were missing: with the tags without_NAME")
			f.BoolVarP(&c.DryRun, "dry-run", "n", false, "list the tests, build and run nothing")
		}},
		{"How", func(f *pflag.FlagSet) {
			f.StringVarP(&o.jobs, "jobs", "j", "", "`N` worker processes, a test at a time each, or auto: one for each usable CPU")
			f.BoolVar(&c.Race, "race", false, "with the race detector")
			f.BoolVar(&c.Short, "short", false, "tell the tests to be short")
			f.IntVar(&c.Count, "count", 0, "run each test `N` times, and none from the go command's cache")
			f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "the `TIME` that the tests of a package have; 0: no limit")
			f.DurationVar(&c.TestTimeout, "test-timeout", 0, "the `TIME` that each trial.Case has that sets none itself")
			f.IntVar(&c.Parallel, "parallel", 0, "at most `N` parallel tests in a package")
			f.IntVarP(&c.Packages, "packages", "p", 0, "at most `N` packages at a time")
			f.StringVar(&c.CPU, "cpu", "", "a `LIST` of values of GOMAXPROCS to run the tests with")
			f.StringVar(&c.Bench, "bench", "", "also benchmarks that `REGEXP` matches")
			f.StringVar(&c.Fuzz, "fuzz", "", "fuzz the one target that `REGEXP` matches")
			f.StringVar(&c.FuzzTime, "fuzztime", "", "how long, as a `TIME` or \"100x\"")
			f.StringArrayVar(&c.GoFlags, "goflag", nil, "one more `FLAG` of the go command, as -mod=mod")
			f.StringArrayVar(&c.Env, "env", nil, "`NAME=VALUE` in the environment of the tests")
			f.StringSliceVarP(&c.Reactors, "reactor", "r", nil, "run on `REACTORS`, one after the other")
			f.BoolVar(&c.UncleanWarnings, "unclean-warnings", false, "what a test leaves behind in the reactor is a warning and no error")
			f.BoolVar(&c.ForceGC, "force-gc", false, "collect garbage before and after each trial.Case")
			f.BoolVar(&c.DisableGC, "disablegc", false, "don't collect garbage")
			f.BoolVarP(&c.DeferredStacks, "debug-stacktraces", "B", false, "unhandled errors tell where their Deferred was made")
			f.BoolVar(&c.StrictTodo, "strict-todo", false, "a test that was expected to fail and passed fails the run")
		}},
		{"Order and repetition", func(f *pflag.FlagSet) {
			f.StringVarP(&o.order, "order", "o", "", "the `ORDER` of tests: see --help-orders")
			f.StringVarP(&o.random, "random", "z", "", "shuffle them with `SEED`; 0: one from the clock")
			f.BoolVarP(&c.ExitFirst, "exitfirst", "x", false, "stop after the first failure or error")
			f.BoolVarP(&c.UntilFailure, "until-failure", "u", false, "repeat the run until something fails")
			f.IntVar(&c.Passes, "passes", 0, "repeat the run `N` times; with --until-failure at most")
			f.IntVar(&c.Copies, "stress", 0, "`N` copies of each test at a time, and statistics of failures")
			f.IntVar(&c.RerunFails, "rerun-fails", 0, "run tests that failed again, up to `N` times; those that pass then are flaky, and the exit status is 3")
			f.IntVar(&c.RerunMax, "rerun-max", 10, "but none if more than `N` failed")
			f.BoolVar(&o.watch, "watch", false, "run again what is touched, until interrupted")
		}},
		{"Report", func(f *pflag.FlagSet) {
			f.StringArrayVar(&o.reporters, "reporter", nil, "a `REPORTER`, or REPORTER=FILE; several may be given (default tree): see --help-reporters")
			f.BoolVarP(&o.rterrors, "rterrors", "e", false, "show problems when they happen, too")
			f.StringVar(&o.tbformat, "tbformat", "plain", "the `FORMAT` of problems: plain (default), emacs (brief) or verbose (cgitb)")
			f.StringVar(&o.color, "color", "auto", "`WHEN` to use colours: auto, always or never")
			f.IntVar(&o.slowest, "slowest", 0, "list the `N` slowest tests")
			f.StringVar(&o.timings, "timings", "", "`FILE` with the times of the last run, which timing compares with")
			f.BoolVar(&c.CacheInfo, "cache-stats", false, "say how many packages came from the go command's cache")
			f.BoolVar(&o.stdin, "stdin", false, "run nothing: report what go test -json says on the standard input")
			f.StringVar(&o.fromJSON, "from-json", "", "the same from `FILE`")
			f.StringVarP(&c.LogFile, "logfile", "l", "test.log", "`FILE` in the folder of the run for what tests log; -: standard output")
			f.StringVar(&c.Temp, "temp-directory", runner.DefaultTemp, "the `FOLDER` of the run, which is made anew")
			f.IntVar(&c.Keep, "keep", 0, "keep the folders of the last `N` runs")
		}},
		{"Measuring and debugging", func(f *pflag.FlagSet) {
			f.BoolVar(&c.Coverage, "coverage", false, "measure coverage, with a summary and HTML")
			f.StringSliceVar(&c.CoverPkg, "coverpkg", nil, "of packages that match `PATTERNS`, instead of each test's own")
			f.StringSliceVar(&o.profile, "profile", nil, "measure `KINDS` of cpu, mem, block and mutex (default cpu), and list the top functions")
			f.Lookup("profile").NoOptDefVal = "cpu"
			f.BoolVar(&c.Trace, "spew", false, "write execution traces, for go tool trace")
			f.BoolVarP(&o.debug, "debug", "b", false, "run the tests of one package in a debugger")
			f.StringVar(&o.debugger, "debugger", "dlv", "that `DEBUGGER`: dlv or gdb")
		}},
		{"Help", func(f *pflag.FlagSet) {
			f.BoolP("help", "h", false, "this text")
			f.BoolVar(&o.helpOrders, "help-orders", false, "list the orders")
			f.BoolVar(&o.helpReporters, "help-reporters", false, "list the reporters")
			f.BoolVar(&o.helpReactors, "help-reactors", false, "list the reactors")
			f.StringVar(&o.completion, "completion", "", "write the script that completes command lines in `SHELL`: bash, zsh, fish or powershell")
			f.StringVar(&o.man, "man", "", "write the manual page into `FOLDER`")
		}},
	}
}

// answer does what needs no tests.
func (o *options) answer(cmd *cobra.Command) (bool, error) {
	out := o.stdio.Out
	switch {
	case o.helpOrders:
		for _, order := range runner.Orders() {
			fmt.Fprintf(out, "%-16s%s\n", order[0], order[1])
		}
	case o.helpReporters:
		for _, k := range reporter.All() {
			fmt.Fprintf(out, "%-16s%s\n", k.Name, k.Description)
		}
	case o.helpReactors:
		for _, p := range reactor.PollerStatus() {
			what := "works here"
			if p.Why != "" {
				what = "does not work here: " + p.Why
			} else if p.Default {
				what += ", the default"
			}
			fmt.Fprintf(out, "%-16s%s\n", p.Name, what)
		}
	case o.completion != "":
		return true, complete(cmd, o.completion, out)
	case o.man != "":
		return true, manual(cmd, o.man)
	default:
		return false, nil
	}
	return true, nil
}

// config makes a configuration of the options.
func (o *options) config(args []string) (runner.Config, error) {
	c := o.cfg
	c.Args = append(args, o.testmodule...)
	if len(c.Args) == 0 {
		c.Args = []string{"./..."}
	}
	c.Messages, c.Warnings = o.stdio.Out, o.stdio.Err
	if slices.ContainsFunc(o.reporters, func(s string) bool { return slices.Contains(formats, s) }) {
		c.Messages = o.stdio.Err // programs read the standard output
	}
	c.Order = runner.Order(o.order)
	c.Timeout = o.timeout
	if o.timeout == 0 {
		c.Timeout = -1
	}
	for _, p := range o.profile {
		c.Profile = append(c.Profile, runner.Profile(p))
	}
	for _, m := range o.without {
		c.Tags = append(c.Tags, "without_"+strings.Map(tagRune, m))
	}
	var err error
	switch {
	case o.jobs == "auto":
		c.Workers = runner.WorkersAuto
	case o.jobs != "":
		if c.Workers, err = strconv.Atoi(o.jobs); err != nil || c.Workers < 1 {
			return c, &runner.UsageError{Text: fmt.Sprintf("-j %s: it takes a number of workers from 1 up, or auto", o.jobs)}
		}
	}
	if o.random != "" {
		c.Shuffle = true
		if c.Seed, err = strconv.ParseInt(o.random, 10, 64); err != nil || c.Seed < 0 {
			return c, &runner.UsageError{Text: fmt.Sprintf("--random %s: a seed is a number from 0 up; 0 takes one from the clock", o.random)}
		}
	}
	if o.shard != "" {
		i, n, ok := strings.Cut(o.shard, "/")
		var err1, err2 error
		c.Shard.Index, err1 = strconv.Atoi(i)
		c.Shard.Count, err2 = strconv.Atoi(n)
		if !ok || err1 != nil || err2 != nil || c.Shard.Count < 1 {
			return c, &runner.UsageError{Text: fmt.Sprintf("--shard %s: it takes I/N, as 2/5", o.shard)}
		}
	}
	return c, nil
}

// formats are the reporters whose output is for programs.
var formats = []string{"json", "junit", "subunit", "subunit2", "tap", "tap13"}

// tagRune makes part of a build tag of part of the name of a module.
func tagRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}

// size tells whether w is a terminal, and how wide.
func size(w io.Writer) (terminal bool, width int) {
	f, ok := w.(*os.File)
	if !ok || !console.IsTerminal(w) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return true, width
}
