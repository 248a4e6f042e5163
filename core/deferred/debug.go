// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"os"
	"sync/atomic"
)

var debug atomic.Bool

// SetDebug turns debugging on or off for Deferreds made from now on: they record where they were made and where they fired, which [AlreadyCalledError] and
// [UnhandledError] show. It starts on with the build tag torsion_debug or when the environment variable TORSION_DEBUG is set and neither empty nor "0". Safe from
// any goroutine. Twisted: setDebugging.
func SetDebug(on bool) { debug.Store(on) }

// Debugging reports whether debugging is on. Safe from any goroutine. Twisted: getDebugging.
func Debugging() bool { return debug.Load() }

// Created returns where d was made, if debugging was on then; else nil. Loop only.
func (d *Deferred[T]) Created() Stack {
	if d.x == nil {
		return nil
	}
	return d.x.created
}

func init() {
	env := os.Getenv("TORSION_DEBUG")
	debug.Store(debugBuild || env != "" && env != "0")
}
