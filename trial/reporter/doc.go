// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package reporter tells people and programs how a run of tests goes.
//
// A [Reporter] is called by a runner. Those that come with this package are chosen by name, as others are that were registered.
//
// # Concurrency
//
// A runner calls the methods of a Reporter one at a time.
//
// Twisted: twisted.trial.reporter, IReporter.
package reporter
