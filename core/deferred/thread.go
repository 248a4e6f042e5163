// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import "github.com/torsion-go/torsion/core/protocol"

// Threads is a loop that can run blocking work beside itself: a reactor's pool of goroutines.
type Threads interface {
	protocol.Loop
	// CallInThread calls f on another goroutine. Safe from any goroutine.
	CallInThread(f func())
}

// ToThread runs f, which may block, on another goroutine and fires on the loop with its result. A panic in f becomes a [*Failure]. Cancelling it drops the result but
// doesn't stop f. Loop only. Twisted: deferToThread.
func ToThread[T any](l Threads, f func() (T, error)) *Deferred[T] {
	d := New[T](l)
	l.CallInThread(func() {
		v, err := protect(f)
		l.CallFromThread(func() { d.resolve(v, err) })
	})
	return d
}

// resolve is Callback or Errback where firing twice is nobody's fault.
func (d *Deferred[T]) resolve(v T, err error) {
	if next := d.start(v, err); next != nil {
		d.drain()
	}
}
