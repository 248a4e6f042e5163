// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package check is the program tools/cmd/check: the steps that a change has to pass.
package check

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A step is one check. It writes what a person needs to mend a failure to out.
type step struct {
	name  string
	does  string // a line for -list
	asked bool   // runs only where -run names it: it takes long, or needs what a clone does not have
	run   func(c *checker, out io.Writer) error
}

// steps are in the order in which they run: that of cost.
var steps = []step{
	{"peers", "install the programs that tests talk to, where this is root on Debian; else tell what is missing", false, (*checker).peers},
	{"format", "gofmt finds nothing to change", false, (*checker).format},
	{"vet", "go vet over all modules", false, (*checker).vet},
	{"staticcheck", "staticcheck over all modules", false, (*checker).staticcheck},
	{"layering", "imports point down, within core and between modules", false, (*checker).layering},
	{"api", "the exported surfaces are those of the files api.txt", false, (*checker).api},
	{"test", "all tests of all modules under the race detector", false, (*checker).test},
	{"alloc", "the allocation tests, which mean something without the race detector only", false, (*checker).alloc},
	{"cross", "the types of everything check for " + strings.Join(allTargets, ", "), false, (*checker).cross},
	{"windows-some", "the tests of the pollers and some more pass on Windows, under wine", false, (*checker).windowsSome},
	{"release", "every module builds alone, out of its zip file; go.mod, go.sum and CHANGELOG.md are in order", false, (*checker).release},
	{"windows", "the tests of core, logger, trial and web pass on Windows, under wine, and twist serves", true, (*checker).windows},
	{"hosted", "the toolkit packages of core/hosted, vet and tests with a screen in memory; what is not installed is skipped", true, (*checker).hosted},
	{"cross-all", "go vet, and so the compiler, finds nothing wrong for the systems that -targets names, or those of cross", true, (*checker).crossAll},
	{"skew", "each module as last released works with the others as they are now", true, (*checker).skew},
	{"vuln", "govulncheck knows no vulnerability that the code reaches; asks vuln.go.dev", true, (*checker).vuln},
	{"fuzz", "every fuzz target, for -fuzztime each", true, (*checker).fuzz},
	{"soak", "the tests that are longer or larger behind a flag, for -soaktime each", true, (*checker).soak},
}

// A checker runs steps in the repository at root.
type checker struct {
	options
	ctx    context.Context
	root   string
	env    []string // of the commands; nil: that of this process
	note   string   // said behind the step's time
	counts counts
}

// Main runs the check with the given arguments and returns the exit status.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags, o := newFlags(stderr)
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return 0
		}
		return 2
	}
	if o.list {
		for _, s := range steps {
			mark := " "
			if s.asked {
				mark = "*"
			}
			fmt.Fprintf(stdout, "%-12s %s %s\n", s.name, mark, s.does)
		}
		return 0
	}
	chosen, err := choose(o.only)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err == nil {
		err = o.valid()
	}
	c := &checker{ctx: ctx, options: *o}
	if err == nil {
		c.root, err = findRoot()
	}
	if err == nil {
		_, err = c.dirs()
	}
	if err != nil {
		fmt.Fprintf(stderr, "check: error: %v\n", err)
		return 2
	}
	for _, s := range chosen {
		if ok := c.do(s, o.verbose, stdout); !ok && !o.keepGoing || ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "check: interrupted")
		c.counts.failed++
	}
	fmt.Fprintf(stdout, "%d passed, %d failed, %d skipped\n", c.counts.passed, c.counts.failed, c.counts.skipped)
	if c.counts.failed > 0 {
		return 1
	}
	return 0
}

// do runs one step and prints its line, and its output when it fails.
func (c *checker) do(s step, verbose bool, stdout io.Writer) bool {
	var out bytes.Buffer
	start := time.Now()
	c.note = ""
	before := c.counts.failed
	err := s.run(c, &out)
	mark := "ok  "
	if err != nil {
		mark = "FAIL"
		if c.counts.failed == before {
			c.counts.failed++
		}
		if c.note == "" {
			c.note = err.Error()
		}
	}
	fmt.Fprintf(stdout, "%s %-12s %8s  %s\n", mark, s.name, time.Since(start).Round(100*time.Millisecond), c.note)
	if out.Len() > 0 && (err != nil || verbose) {
		for line := range strings.Lines(out.String()) {
			fmt.Fprintf(stdout, "     | %s\n", strings.TrimRight(line, "\n"))
		}
	}
	return err == nil
}

func choose(only string) ([]step, error) {
	var chosen []step
	if only == "" {
		for _, s := range steps {
			if !s.asked {
				chosen = append(chosen, s)
			}
		}
		return chosen, nil
	}
	names := strings.Split(only, ",")
	for _, name := range names {
		if !slices.ContainsFunc(steps, func(s step) bool { return s.name == name }) {
			return nil, fmt.Errorf("no step is named %q; see check -list", name)
		}
	}
	for _, s := range steps {
		if slices.Contains(names, s.name) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}

// findRoot returns the folder of go.work at or above the working directory.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.work")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.work at or above %s: run this inside the repository", dir)
		}
	}
}

// command makes a command that runs at the root and dies with the check.
func (c *checker) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.ctx, name, args...)
	cmd.Dir = c.root
	cmd.Env = c.env
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// runTo runs a command with its output going to out.
func (c *checker) runTo(out io.Writer, name string, args ...string) error {
	cmd := c.command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(append([]string{filepath.Base(name)}, args...), " "), err)
	}
	return nil
}
