// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task

import (
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// DeferLater calls f when delay has passed and fires with its result. A panic in f becomes a *deferred.Failure. Cancelling it before that removes the timer: f isn't
// called. Loop only. Twisted: deferLater.
func DeferLater[T any](loop protocol.Loop, delay time.Duration, f func() (T, error)) *deferred.Deferred[T] {
	var call protocol.DelayedCall
	d := deferred.NewCancellable(loop, func(*deferred.Deferred[T]) { call.Cancel() })
	call = loop.CallLater(delay, func() { deferred.Execute(loop, f).ChainDeferred(d) })
	return d
}

// Sleep fires when delay has passed. Cancelling it removes the timer. In a coroutine, deferred.Await(co, task.Sleep(loop, delay)) pauses. Loop only.
func Sleep(loop protocol.Loop, delay time.Duration) *deferred.Deferred[struct{}] {
	return DeferLater(loop, delay, func() (v struct{}, err error) { return v, nil })
}
