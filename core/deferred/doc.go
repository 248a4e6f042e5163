// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package deferred has results that are still to come: [Deferred], its chain of callbacks, coroutines that wait for it, and what coordinates several of them.
//
// Typical use, by the one who makes the result:
//
//	d := deferred.New[string](loop)
//	loop.CallLater(time.Second, func() { d.Callback("hello") })
//	return d
//
// and by those who want it, in any of three ways:
//
//	d.AddCallbacks(onValue, onError)                     // on the loop
//
//	deferred.Go(loop, func(co *deferred.Coroutine) (int, error) {
//		s, err := deferred.Await(co, d)                  // on the loop, written as if it blocked
//		return len(s), err
//	})
//
//	s, err := d.Wait(ctx)                                // from any other goroutine
//
// # Chains
//
// A Deferred fires once, by Callback or Errback. Its steps run one after the other, in the stack of whoever fires it, or of whoever adds a step to one that has fired:
// a call that may fire something may come back into the caller's object. Each step gets the result of the one before: a value or an error. A step that is added while
// one runs waits for its turn.
//
// The names form a grid. Rows say when a step is taken, columns what its function returns:
//
//	             a result            a Deferred, waited for    nothing, the end
//	value        AddCallback         AddCallbackD
//	error        AddErrback          AddErrbackD
//	either       AddBoth             AddBothD                  Done
//	two in one   AddCallbacks
//	other type   Then, ThenBoth      ThenD
//
// A result moves: when a callback returns a Deferred, and with Then, Done, Await and Wait, the result is taken, and what is added to the Deferred later sees the zero
// value and nil.
//
// Long chains, and loops that await results which are already there, run in constant stack.
//
// # Errors
//
// An error that stands at the end of a chain when the Deferred is collected as garbage is logged; see [SetReporter] and, for tests, [TrackUnhandled]. A panic in a
// callback becomes a [*Failure], which has the stack. [SetDebug] adds where a Deferred was made and fired.
//
// # Several at once
//
// [List] with its short forms [All], [Gather] and [First], and [Race]; [Lock], [Semaphore] and [Queue]; [FilesystemLock] between processes. [ToThread], [FromFunc],
// [FromChan], [ToChan], [FromContext] and AddContext lead to and from ordinary Go code.
//
// # Concurrency
//
// Everything is loop only unless its comment says otherwise, and nothing here has a lock: a Deferred belongs to one loop, or, without a loop, to one goroutine at a
// time. With the race detector or the build tag torsion_debug a call from elsewhere panics. Safe from any goroutine are [Deferred.Wait] and
// [BlockingCallFromThread], which refuse to run on the loop, and the functions about unhandled errors and debugging.
//
// # Twisted
//
// inlineCallbacks and ensureDeferred are [Go]; maybeDeferred and execute are [Execute]; DeferredList is [List], gatherResults is [Gather], race is [Race];
// deferToThread is [ToThread]; a Failure's trap and check are errors.As and errors.Is; asFuture and fromFuture are [ToChan] and [FromFunc].
package deferred
