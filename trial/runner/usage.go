// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/reactor"
)

// A UsageError says that a Config can't be run, and what to do instead.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return "runner: " + e.Text }

func usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// check reports what does not fit together.
func (c Config) check() error {
	for _, tt := range []struct {
		wrong bool
		text  string
	}{
		{c.Shuffle && c.Seed < 0, "a seed is not negative: 0 takes one from the clock"},
		{c.Shuffle && c.Order != "", "--random and --order exclude each other: leave one of them out"},
		{c.Order != "" && c.Order != Alphabetical && c.Order != TopToBottom, fmt.Sprintf("no order %q: there are %s and %s", c.Order, Alphabetical, TopToBottom)},
		{c.Workers < WorkersAuto, "the number of workers is not negative"},
		{c.Workers != 0 && len(c.Profile) > 0, "--profile measures a package in one process: leave -j out"},
		{c.Workers != 0 && c.Trace, "--spew traces a package in one process: leave -j out"},
		{c.Workers != 0 && c.DeferredStacks, "--debug-stacktraces does not go with -j: leave one of them out"},
		{c.Workers != 0 && (c.Bench != "" || c.Fuzz != ""), "benchmarks and fuzzing are no tests for workers: leave -j out"},
		{c.Order != "" && (c.Bench != "" || c.Fuzz != ""), "benchmarks and fuzzing have no order: leave --order out"},
		{c.DryRun && (c.UntilFailure || c.Passes > 1 || c.Copies > 1), "--dry-run runs nothing, so nothing can be repeated: leave one of them out"},
		{c.DryRun && (c.Coverage || len(c.Profile) > 0 || c.Trace), "--dry-run runs nothing, so there is nothing to measure: leave it out"},
		{c.Copies < 0 || c.Passes < 0 || c.RerunFails < 0 || c.Count < 0 || c.Keep < 0, "numbers of copies, passes, repetitions and folders are not negative"},
		{c.Copies > 1 && c.Workers != 0, "--stress runs its copies in as many workers: leave -j out"},
		{c.Copies > 1 && c.RerunFails > 0, "--stress counts failures, --rerun-fails repeats them: leave one of them out"},
		{c.UntilFailure && c.RerunFails > 0, "--until-failure stops at what --rerun-fails would repeat: leave one of them out"},
		{c.ExitFirst && c.RerunFails > 0, "-x stops at what --rerun-fails would repeat: leave one of them out"},
		{c.Shard.Count < 0 || c.Shard.Count > 0 && (c.Shard.Index < 1 || c.Shard.Index > c.Shard.Count), "a shard is i/n with i from 1 to n"},
		{len(c.Profile) > 0 && c.Copies > 1, "--profile measures one copy: leave --stress out"},
	} {
		if tt.wrong {
			return &UsageError{tt.text}
		}
	}
	for _, arg := range c.Args {
		if strings.HasPrefix(arg, "-") {
			return usage("%q is no package: what is meant for the tests comes after --", arg)
		}
	}
	for _, p := range c.Profile {
		if !slices.Contains([]Profile{ProfileCPU, ProfileMem, ProfileBlock, ProfileMutex}, p) {
			return usage("no profile %q: there are cpu, mem, block and mutex", p)
		}
	}
	for name, expr := range map[string]string{"--run": c.Run, "--skip": c.Skip, "--bench": c.Bench} {
		for _, alternative := range alternatives(expr) {
			for _, part := range splitRegexp(alternative) {
				if _, err := regexp.Compile(part); err != nil {
					return usage("%s: %v", name, err)
				}
			}
		}
	}
	for _, name := range c.Reactors {
		known := false
		var names []string
		for _, p := range reactor.PollerStatus() {
			names = append(names, p.Name)
			if p.Name == name {
				known = true
				if p.Why != "" {
					return usage("reactor %s does not work here: %s", name, p.Why)
				}
			}
		}
		if !known {
			return usage("no reactor %q: there are %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// splitRegexp splits what go test -run takes at its slashes, those in brackets left out.
func splitRegexp(s string) []string { return splitOutside(s, '/') }

// alternatives splits it at its bars, which go test does first.
func alternatives(s string) []string { return splitOutside(s, '|') }

func splitOutside(s string, sep byte) []string {
	var parts []string
	square, round, from := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '[':
			square++
		case c == ']':
			square = max(square-1, 0)
		case c == '(' && square == 0:
			round++
		case c == ')' && square == 0:
			round--
		case c == sep && square == 0 && round == 0:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}
