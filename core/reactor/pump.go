// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"slices"
	"time"
)

// Pump is Iterate(0) again and again, until there is nothing more to do or limit has passed, and then reports whether there is more. It is for a loop of the
// program's own that turns at a rate, such as a game's: it gives the reactor a slice of each frame. It never waits, and makes one pass at least; the last pass may take longer than
// limit, since nothing interrupts a callback. A program with time left in its frame waits for the reactor by Iterate instead of sleeping:
//
//	for d := time.Until(next); d > 0; d = time.Until(next) {
//		err = r.Iterate(d)
//
// The errors are those of Iterate.
func (r *Reactor) Pump(limit time.Duration) (more bool, err error) {
	r.control("Pump")
	for end := time.Now().Add(limit); ; { // the reactor's own clock may stand still
		if err := r.iterate(0); err != nil {
			return false, err
		}
		if r.state.Load() == over || !slices.ContainsFunc(r.Loops(), (*Loop).unfinished) {
			return false, nil
		}
		if !time.Now().Before(end) {
			return true, nil
		}
	}
}

// unfinished reports whether a pass would have something to do, as far as one can tell without asking the poller.
func (l *Loop) unfinished() bool { return l.Pending() || l.timeout(-1) == 0 }
