// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Check runs everything that a change has to pass, in the order of cost, one line a step with its time.
//
// Usage:
//
//	go run ./tools/cmd/check [flags]
//
// The steps:
//
//	peers        install the programs that tests talk to, where this is root on Debian; else tell what is missing and which tests skip
//	format       gofmt finds nothing to change
//	vet          go vet over all modules
//	staticcheck  staticcheck over all modules
//	layering     imports point down only, within core and between modules
//	api          the exported surfaces are those of the files api.txt
//	test         all tests of all modules under the race detector
//	alloc        the allocation tests, which mean something without the race detector only
//	cross        the types of everything check for darwin, freebsd, netbsd, openbsd, windows on amd64 and arm64, linux/arm64 and linux/386
//	windows-some the tests of the pollers and some more pass on Windows, under wine
//	release      every module builds alone, out of its zip file; go.mod, go.sum and CHANGELOG.md are in order (go run ./tools/cmd/release check --no-tests)
//
// The steps that run only where -run names them, as they take long or ask the network:
//
//	windows      the tests of core, logger, trial and web pass on Windows, under wine, and twist serves
//	hosted       the packages of core/hosted, which need GTK, Qt or wxWidgets, pass their tests on a screen in memory
//	cross-all    go vet, and so the compiler, finds nothing wrong for darwin, freebsd, netbsd, openbsd and windows on amd64 and arm64, for linux/arm64 and linux/386
//	skew         each module as last released works with the others as they are now (go run ./tools/cmd/release skew)
//	vuln         govulncheck knows no vulnerability that the code reaches; asks vuln.go.dev
//	fuzz         every fuzz target, for -fuzztime each; an input that fails is shown, and stays below testdata
//	soak         the tests that are longer or larger behind a flag, for -soaktime each
//
// The flags:
//
//	-run steps     run only these, separated by commas: -run format,vet
//	-list          print the steps and exit; * marks those that run only where -run names them
//	-v             show the output of the steps that pass, too
//	-keep-going    run the later steps although an earlier one failed (default true)
//	-modules dirs  look at these modules only, by folder: -modules core,tools/bench; format, layering and api look at all in any case
//	-race          of test: with the race detector (default true)
//	-targets list  of cross-all: these systems only: -targets netbsd/amd64,windows/arm64
//	-since rev     of release: demand entries in CHANGELOG.md for what changed since this revision, too
//	-fuzztime d    of fuzz: for how long each target runs, or how often: 30s, 1000x (default 10s)
//	-soaktime d    of soak: for how long each part runs that can be told (default 1m)
//	-vulndb url    of vuln: another vulnerability database
//
// The last line counts the tests and subtests that ran: "N passed, N failed, N skipped". A step that is not a test run and fails counts as one
// failure. The exit status is 0 when nothing failed, 1 when something did, 2 for a usage error.
//
// Examples:
//
//	go run ./tools/cmd/check
//	go run ./tools/cmd/check -run test -v
//	go run ./tools/cmd/check -run vet,test -modules web
//	go run ./tools/cmd/check -run fuzz -modules core -fuzztime 1m
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/tools/internal/check"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := check.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
