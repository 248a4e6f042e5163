// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A Kind is a reporter that can be chosen by name.
type Kind struct {
	Name        string
	Description string // one line
	New         func(Options) (Reporter, error)
}

var registered struct {
	sync.Mutex
	kinds []Kind // others'; guarded by Mutex
}

// Register adds a reporter to those that New and Open find. A program does so before it chooses one, most easily by importing the package that registers it. It panics if the name is taken, empty or has one of the characters ":= ,".
// Safe from any goroutine. Twisted: plugins for IReporter.
func Register(name, description string, make func(Options) (Reporter, error)) {
	if name == "" || strings.ContainsAny(name, ":= ,") {
		panic(fmt.Sprintf("reporter: %q is no name for a reporter", name))
	}
	if _, ok := find(name); ok {
		panic(fmt.Sprintf("reporter: there is a reporter named %q already", name))
	}
	registered.Lock()
	defer registered.Unlock()
	registered.kinds = append(registered.kinds, Kind{name, description, make})
}

// All returns those of this package in the order of their use, and then those that were registered. Safe from any goroutine. Twisted: --help-reporters.
func All() []Kind {
	registered.Lock()
	defer registered.Unlock()
	return append(builtin(), registered.kinds...)
}

// Names returns the names of All.
func Names() []string {
	var names []string
	for _, k := range All() {
		names = append(names, k.Name)
	}
	return names
}

func find(name string) (Kind, bool) {
	all := All()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

// New makes the reporter with this name, or "exec:program args". Safe from any goroutine.
func New(name string, o Options) (Reporter, error) {
	if kind, arg, ok := strings.Cut(name, ":"); ok {
		name, o.Arg = kind, arg
	}
	k, ok := find(name)
	if !ok {
		return nil, fmt.Errorf("reporter: no reporter %q: there are %s", name, strings.Join(Names(), ", "))
	}
	return k.New(o.defaults())
}

func builtin() []Kind {
	return []Kind{
		{"tree", "packages, tests and subtests as a tree, with colours and progress on a terminal (the default)", newTree},
		{"verbose", "the same: Twisted's name for it", newTree},
		{"bwverbose", "a line for every test, with its whole name", newVerbose},
		{"text", "a character for every test: . passed, E error, F failure, S skipped, T todo, ! unexpected success, ~ flaky", newText},
		{"summary", "one line of numbers: seconds, tests, tests, errors, failures, skips", newSummary},
		{"timing", "bwverbose with times, percentiles, and what became slower since the last run", newTiming},
		{"progress", "one line that tells how far the run is", newProgress},
		{"subunit", "subunit, version 1", newSubunit1},
		{"subunit2", "subunit, version 2 (binary)", newSubunit2},
		{"junit", "JUnit XML, as Jenkins, GitLab and others read it", newJUnit},
		{"tap", "the Test Anything Protocol, version 14", newTAP14},
		{"tap13", "the Test Anything Protocol, version 13", newTAP13},
		{"github", "annotations and groups in the log of GitHub Actions", newGitHub},
		{"json", "the events of go test -json", newJSON},
		{"exec", "exec:program args: a program that reads JSON, an event a line", newExec},
	}
}
