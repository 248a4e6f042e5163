// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"context"

	"github.com/torsion-go/torsion/core/protocol"
)

// Wait blocks until d has a result and takes it as the last callback would: an error counts as handled. It is for goroutines other than the loop's, and safe from
// any of them; on the loop, which would have to wait for itself, it panics. When ctx ends first, d is cancelled and context.Cause(ctx) is returned. When the
// loop ends first, the error is [ErrLoopEnded].
//
// A Deferred without a loop belongs to the goroutine that uses it. Wait then takes the result if there is one and otherwise returns [ErrNoLoop] at once, for nothing
// could ever fire d while its owner waits.
func (d *Deferred[T]) Wait(ctx context.Context) (T, error) {
	if d.loop == nil {
		if !d.settled() {
			return d.zero(), ErrNoLoop
		}
		return d.take()
	}
	return await(ctx, d.loop, func() *Deferred[T] { return d }, "Wait")
}

// BlockingCallFromThread calls f on the loop and waits for what it returned as [Deferred.Wait] does. When ctx ends before f was called, f isn't called. Safe from any
// goroutine but the loop's. Twisted: blockingCallFromThread.
func BlockingCallFromThread[T any](ctx context.Context, loop protocol.Loop, f func() *Deferred[T]) (T, error) {
	return await(ctx, loop, func() *Deferred[T] {
		if ctx.Err() != nil {
			return FailOn[T](loop, context.Cause(ctx))
		}
		return ExecuteD(loop, f)
	}, "BlockingCallFromThread")
}

func await[T any](ctx context.Context, loop protocol.Loop, get func() *Deferred[T], op string) (T, error) {
	if loop.OnLoop() {
		panic("deferred: " + op + " on the loop would wait for itself for ever; use AddCallbacks, or Await in a coroutine started by deferred.Go")
	}
	results := make(chan Result[T], 1) // one, so that the loop never waits for a caller who has left
	var d *Deferred[T]                 // owned by the loop
	loop.CallFromThread(func() {
		d = get()
		d.Done(func(v T, err error) { results <- Result[T]{v, err} })
	})
	var zero T
	select {
	case r := <-results:
		return r.Value, r.Err
	case <-ctx.Done():
		loop.CallFromThread(func() { d.Cancel() })
		return zero, context.Cause(ctx)
	case <-loop.Done():
	}
	select {
	case r := <-results: // the loop's last act
		return r.Value, r.Err
	default:
		return zero, ErrLoopEnded
	}
}
