// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package procmon keeps programs running: it starts them, logs what they write, and starts them again when they end.
//
// # Typical use
//
//	m := procmon.New(r, procmon.Options{})
//	err := m.Add("worker", process.Config{Args: []string{"worker", "-v"}})
//	...
//	m.Start()
//
// # Nouns
//
// A [Monitor] is a service.Service with named programs, each described by a process.Config. Programs can be added, removed, started, stopped and restarted while it runs.
//
// # Restarting
//
// A program that ran for at least Options.Threshold is started again at once. One that ended sooner, or could not be started, waits first: MinRestartDelay, and twice as long
// each time that it happens again, up to MaxRestartDelay.
//
// # Stopping
//
// A program is ended by SIGTERM, and by SIGKILL after Options.KillTime. Each leads a process group of its own, so that what it started ends as well.
//
// # Output
//
// Each line of standard output and error is a log record with the attributes "program" and "stream". Lines are cut at [MaxLine] bytes.
//
// # Concurrency
//
// Everything is loop only.
//
// # Twisted names
//
// twisted.runner.procmon: ProcessMonitor is [Monitor], addProcess [Monitor.Add], removeProcess [Monitor.Remove], startProcess [Monitor.StartProgram], stopProcess
// [Monitor.RestartProgram], restartAll [Monitor.RestartAll]. [Monitor.StopProgram] has no counterpart: there a program that is stopped is started again.
package procmon
