// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"context"
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
)

// FromChan returns a Deferred of loop that fires with the next value from ch, or with [ErrClosed]. A goroutine waits for it; it ends with the value, with Cancel,
// or with the loop. A value that arrives at the moment of a Cancel may be lost. Twisted: fromFuture.
func FromChan[T any](loop protocol.Loop, ch <-chan T) *Deferred[T] {
	stop := make(chan struct{})
	d := NewCancellable(loop, func(*Deferred[T]) { close(stop) })
	// The goroutine is d's: see above for its end.
	go func() {
		var v T
		var err error
		select {
		case got, open := <-ch:
			if v = got; !open {
				err = ErrClosed
			}
		case <-stop:
			return
		case <-loop.Done():
			return
		}
		loop.CallFromThread(func() { d.resolve(v, err) })
	}()
	return d
}

// ToChan takes the result of d and sends it on the channel, which is then closed. Nobody has to receive it. Loop only; other goroutines have [Deferred.Wait].
// Twisted: asFuture.
func ToChan[T any](d *Deferred[T]) <-chan Result[T] {
	ch := make(chan Result[T], 1) // one, so that the loop never waits
	d.Done(func(v T, err error) {
		ch <- Result[T]{v, err}
		close(ch)
	})
	return ch
}

// FromFunc calls f, ordinary Go code that may block, on a goroutine of its own and fires on loop with its result. A panic in f becomes a [*Failure]. Cancelling the
// Deferred ends the context that f gets, with the cause [ErrCancelled]; so does the end of the loop, with [ErrLoopEnded]. Unlike ToThread it takes no place in a
// reactor's pool.
func FromFunc[T any](ctx context.Context, loop protocol.Loop, f func(ctx context.Context) (T, error)) *Deferred[T] {
	ctx, cancel := context.WithCancelCause(ctx)
	d := NewCancellable(loop, func(*Deferred[T]) { cancel(ErrCancelled) })
	returned := make(chan struct{})
	// Ends with f.
	go func() {
		select {
		case <-loop.Done():
			cancel(ErrLoopEnded)
		case <-returned:
		}
	}()
	// Ends with f, which is to heed its context.
	go func() {
		defer close(returned)
		v, err := protect1(f, ctx)
		cancel(nil)
		loop.CallFromThread(func() { d.resolve(v, err) })
	}()
	return d
}

// FromContext returns a Deferred of loop that fails with context.Cause(ctx) when ctx ends.
func FromContext(ctx context.Context, loop protocol.Loop) *Deferred[struct{}] {
	var stop func() bool
	d := NewCancellable(loop, func(*Deferred[struct{}]) { stop() })
	stop = context.AfterFunc(ctx, func() {
		loop.CallFromThread(func() { d.resolve(struct{}{}, context.Cause(ctx)) })
	})
	return d
}

// AddContext ties d to ctx as [Deferred.AddTimeout] ties it to a time: when ctx ends before the chain as it is now has a result, d is cancelled, and the
// ErrCancelled that follows becomes context.Cause(ctx). d must have a loop. Returns d. Loop only.
func (d *Deferred[T]) AddContext(ctx context.Context) *Deferred[T] {
	over, ended := false, false // owned by the loop
	loop := d.loop
	stop := context.AfterFunc(ctx, func() {
		loop.CallFromThread(func() {
			if !over {
				ended = true
				d.Cancel()
			}
		})
	})
	return d.AddBoth(func(v T, err error) (T, error) {
		over = true
		stop()
		if ended && errors.Is(err, ErrCancelled) {
			err = context.Cause(ctx)
		}
		return v, err
	})
}
