// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package kqueuetest imitates kqueue(2) on Linux over poll(2), so that tests run there what is made for macOS and the BSDs.
//
// It follows the manual pages, FreeBSD's where they differ: adding again changes a filter's data and fflags but not EV_CLEAR; errors of changes come back alone; a
// descriptor that is closed takes its filters along. Of filters there are those for reading, for writing and for what the program triggers.
//
// What Linux does not tell is weaker: an EV_CLEAR filter fires when its state has changed since it fired last, so data that was read and has come again in the same
// amount is missed; and the error that waits on a socket cannot be had without taking it, so fflags is ECONNRESET for all of them.
package kqueuetest
