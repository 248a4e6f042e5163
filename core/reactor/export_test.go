// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"time"
	"unsafe"
)

// TimerNodes returns the size of a loop's heap.
func TimerNodes(l *Loop) int { return len(l.timers.heap) }

// TimerMemory returns how many nodes the timers have room for.
func TimerMemory(l *Loop) int { return cap(l.timers.heap) }

// ConnSize is the size of a connection.
const ConnSize = unsafe.Sizeof(tcpConn{})

// Goroutine is identity where threads have no numbers.
func Goroutine() uint64 { return goroutine() }

// MaxConnections returns the bound of the whole reactor.
func MaxConnections(r *Reactor) int { return r.cfg.MaxConnections }

// SetNow gives a reactor that does not run yet another clock.
func SetNow(r *Reactor, now func() time.Time) { r.now = now }

// BuffersInUse returns how many chunks and outboxes of the loop are in use, and how many buffers its poller has lent, where it counts them. Loop only.
func BuffersInUse(l *Loop) (own, pollers int) {
	if p, ok := l.poller.(interface{ InUse() int }); ok {
		pollers = p.InUse()
	}
	return l.free.lent, pollers
}

// SetDepth makes a goroutine that belongs to a host look as if it were n callbacks from C deep, until undo.
func SetDepth(n int) (undo func()) {
	old := depths
	depths = func() (int, bool) {
		_, coroutine := old()
		return n, coroutine
	}
	return func() { depths = old }
}

// Depths tells how deep in callbacks from C the caller is, and whether it is a coroutine.
func Depths() (callbacks int, coroutine bool) { return depths() }
