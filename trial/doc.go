// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package trial makes tests of package testing asynchronous, and proves that they leave nothing behind.
//
// # Typical use
//
//	func TestEcho(t *testing.T) {
//		trial.Run(t, func(tc *trial.Case) {
//			r := tc.Reactor()
//			port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(newEcho), reactor.ListenOptions{})
//			if err != nil {
//				tc.Fatal(err)
//			}
//			trial.CleanupD(tc, port.StopListening)
//			c := r.ConnectTCP(port.Addr().String(), factory, reactor.ConnectOptions{})
//			p := trial.Must(tc, c.WhenConnected())
//			...
//		})
//	}
//
// It is an ordinary test: go test runs it, and so does any tool that runs go test. The command trial and package trial/runner understand more of what a Case says.
//
// # Nouns
//
// A [Case] is a testing.TB, so helpers that take one work with it. It owns a reactor of one loop, made when it is first asked for, which the goroutine of the test turns
// while it waits in [Await], [Must] or [Case.Until]. So the test may call everything that is "loop only" directly, and callbacks run on the goroutine of the test: no locks. With
// [Case.Memory] the reactor has no sockets and a clock that the test moves; in a [Bubble] time is virtual and goroutines may take part. [Config] holds what can be
// chosen. [RunSuite] runs the methods of a type, with SetUp and TearDown, as Twisted does.
//
// # What makes a test fail
//
// A failure is an assertion that did not hold: Error, Fatal and their kin. An error is anything else:
//
//   - a panic on the goroutine of the test; the tests after it still run;
//   - a phase (SetUp, the test, each cleanup, TearDown) that is still running at its time-out, 120 seconds unless told otherwise; what it waits for is told, with all that is open and
//     the goroutines;
//   - an event at the level of errors in the log of its reactor or of [Case.Logger], unless [Case.FlushLoggedErrors] took it;
//   - an error at the end of a Deferred that nobody handled;
//   - what is left when everything is over: "Reactor was unclean.", with delayed calls, ports, attempts to connect, connections, readers, writers and child processes, and where each was made;
//     goroutines and file descriptors, and other children of the process. All that can be ended is, so that the next test begins clean.
//
// A test may say by [Case.Todo] that it is expected to fail. [Main], in a TestMain, also tells what goes wrong when its test is over.
//
// # Parallel tests
//
// A Case and its reactor belong to one goroutine, so Cases may run in parallel. What belongs to the whole process can then not be told apart: of goroutines only those that descend from
// the test's own are counted, of Deferreds those of its reactor, and descriptors and foreign child processes not at all. Patch, CaptureDefault and the environment are not for parallel tests.
//
// # Environment
//
// TORSION_REACTOR names the poller. TORSION_TRIAL_TIMEOUT is the time-out of a phase, as "30s", 0 for none; TORSION_TRIAL_UNCLEAN_WARNINGS=1 makes what is left behind a warning; TORSION_TRIAL_STRICT=1
// makes an unexpected success a failure; TORSION_TRIAL_STACKS=1 has Deferreds keep the stacks of their creation; TORSION_TRIAL_FORCE_GC=1 collects garbage before and after each test;
// TORSION_TRIAL_TEMP is the folder of [Case.Mktemp]; TORSION_TRIAL_LOG a file that the log is appended to.
//
// # Concurrency
//
// The methods of a Case are for the goroutine of its test, with the callbacks of its reactor, except those of testing.TB that are safe from any goroutine: Log, Error, Fail and their kin.
//
// # Not supported
//
// A goroutine cannot be ended from outside: one that is left is told, and stays. A test that blocks outside of Await is told by a watchdog, which ends the process if the test does
// not come back. Descriptors that were not made by the reactor are told by what they are open on, not by where they were opened.
//
// Twisted: twisted.trial.unittest.
package trial
