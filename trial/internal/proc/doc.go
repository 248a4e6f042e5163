// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package proc runs the children of a test run so that none of them outlives it.
//
// # Nouns
//
// A [Group] is a process group for all of them, those that tests start included. It is killed when the run closes it, and, where the system has process groups, by a
// small shell that watches over it when the process of the runner is killed itself. A [Cmd] is a child in it.
//
// # Concurrency
//
// A Group is safe from any goroutine.
//
// What is not supported: children that leave the group by setsid. Other systems than UNIX have no groups: there the children that were started directly are killed.
package proc
