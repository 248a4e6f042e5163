// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/threadpool"
)

// The defaults of [Workers].
const (
	// DefaultWorkers is how many checks run at a time.
	DefaultWorkers = 4
	// DefaultQueue is how many more may wait.
	DefaultQueue = 256
)

// Workers run what costs time in a check, such as hashing a password or reading a file, beside the loops: a few at a time, with a bounded queue, so that strangers
// cannot use up the machine. The zero Workers is ready to use; it must not be copied. Its fields are immutable after the first use, [Run] is loop only.
// Its goroutines end when there is nothing to do.
type Workers struct {
	// Max is how many run at a time. 0 means DefaultWorkers.
	Max int
	// Queue is how many wait beyond that; one more fails with ErrBusy. 0 means DefaultQueue, negative lets none wait.
	Queue int

	start   sync.Once
	pool    *threadpool.Pool
	pending atomic.Int64 // those that run or wait
	refused atomic.Uint64
}

// Refused returns how many were turned away with ErrBusy. Safe from any goroutine.
func (w *Workers) Refused() uint64 { return w.refused.Load() }

func (w *Workers) limits() (running, all int) {
	running, queue := w.Max, w.Queue
	if running <= 0 {
		running = DefaultWorkers
	}
	if queue == 0 {
		queue = DefaultQueue
	}
	return running, running + max(queue, 0)
}

// Run runs f on a goroutine of w and fires on loop with its result. When too many wait it fails with [ErrBusy] at once. Cancelling drops the result, and keeps f from
// being called if it still waits. A panic in f becomes a *deferred.Failure. Loop only.
func Run[T any](w *Workers, loop protocol.Loop, f func() (T, error)) *deferred.Deferred[T] {
	running, all := w.limits()
	w.start.Do(func() {
		w.pool = threadpool.New(threadpool.Config{Max: running})
		w.pool.Start()
	})
	if w.pending.Add(1) > int64(all) {
		w.pending.Add(-1)
		w.refused.Add(1)
		return deferred.FailOn[T](loop, ErrBusy)
	}
	var dropped atomic.Bool
	d := deferred.NewCancellable(loop, func(*deferred.Deferred[T]) { dropped.Store(true) })
	w.pool.CallInThread(func() {
		if dropped.Load() {
			w.pending.Add(-1)
			return
		}
		v, err := protect(f)
		w.pending.Add(-1)
		loop.CallFromThread(func() {
			switch {
			case dropped.Load():
			case err != nil:
				_ = d.Errback(err) // fired nowhere else unless dropped
			default:
				_ = d.Callback(v)
			}
		})
	})
	return d
}

func protect[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = deferred.Recovered(p)
		}
	}()
	return f()
}
