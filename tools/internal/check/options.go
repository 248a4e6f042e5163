// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// options are what the flags choose.
type options struct {
	only      string // the steps
	list      bool
	verbose   bool
	keepGoing bool
	modules   []string // the folders of those that the steps look at; none means all
	targets   []string // of cross-all; none means all
	race      bool     // of test
	since     string   // of release
	fuzzTime  string   // of each target, as go test has it: 30s or 1000x
	soakTime  time.Duration
	vulnDB    string // "" for govulncheck's own
}

func newFlags(stderr io.Writer) (*flag.FlagSet, *options) {
	o := &options{}
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.only, "run", "", "run only these `steps`, separated by commas; without it those that -list does not mark with *")
	flags.BoolVar(&o.list, "list", false, "print the steps and exit; * marks those that run only where -run names them")
	flags.BoolVar(&o.verbose, "v", false, "show the output of the steps that pass, too")
	flags.BoolVar(&o.keepGoing, "keep-going", true, "run the later steps although an earlier one failed")
	flags.Func("modules", "look at these `modules` only, by folder, separated by commas: core,tools/bench; format, layering and api look at all in any case", names(&o.modules))
	flags.Func("targets", "of cross-all: these `systems`, separated by commas: netbsd/amd64,windows/arm64", names(&o.targets))
	flags.BoolVar(&o.race, "race", true, "of test: with the race detector")
	flags.StringVar(&o.since, "since", "", "of release: demand entries in CHANGELOG.md for what changed since this `revision`, too")
	flags.StringVar(&o.fuzzTime, "fuzztime", "10s", "of fuzz: for how `long` each target runs, or how often (1000x)")
	flags.DurationVar(&o.soakTime, "soaktime", time.Minute, "of soak: for how long each part runs that can be told")
	flags.StringVar(&o.vulnDB, "vulndb", "", "of vuln: the `URL` of the vulnerability database, if not https://vuln.go.dev")
	return flags, o
}

// names sets a list.
func names(to *[]string) func(string) error {
	return func(s string) error {
		*to = strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
		return nil
	}
}

// valid tells what is wrong with options that parse; -run and -modules are looked at where they are used.
func (o *options) valid() error {
	for _, target := range o.targets {
		if !slices.Contains(allTargets, target) {
			return fmt.Errorf("%q is none of the systems that cross-all knows: %s", target, strings.Join(allTargets, ", "))
		}
	}
	return nil
}
