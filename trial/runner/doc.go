// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package runner runs the tests of Go packages and tells a reporter how it goes. It is what the command trial is made of.
//
// # Typical use
//
//	s, err := runner.Run(ctx, runner.Config{
//		Args:     []string{"./..."},
//		Reporter: rep,
//	})
//	if err == nil && !s.Passed {
//		os.Exit(runner.ExitFailed)
//	}
//
// # Nouns
//
// [Config] says what to run and how; [Run] runs it and returns a [result.Summary]. [Report] makes one of a recorded stream instead of a run. [Watch] runs again what is touched,
// [Debug] starts a debugger.
//
// # Two ways to run
//
// By default there is one "go test -json" for all packages: with the go command's cache, its parallel builds, and a process per package. Where the order of tests matters, or
// who runs them, each package's test binary is built once and started for one test after the other: that is so with Workers, alphabetical Order, Copies, and, with a process per package,
// one after the other, Profile, Trace and the other Order. A test that has a process of its own shares no variables with others, TestMain runs for each, and parallel tests of a package run beside each other only as
// far as there are workers.
//
// # What ends
//
// The children of a run are a process group, which is killed when the run ends, and when the process of the runner does. When the context of Run ends, no more tests are started,
// those that run get Config.Grace to end, and are then interrupted; what did run is reported. Config.Kill ends it at once.
//
// # Concurrency
//
// Run and the others may be called from any goroutine, several at a time if their Temp differs. The Reporter is called from one goroutine at a time.
//
// Twisted: twisted.trial.runner, twisted.scripts.trial and twisted.trial._dist. Not supported: workers on other machines; --shard splits a run between them.
package runner
