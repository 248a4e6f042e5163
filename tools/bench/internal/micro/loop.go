// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package micro

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// freeLoop is a loop that costs nothing.
type freeLoop struct{ pool deferred.CoroutinePool }

func (*freeLoop) Now() time.Time                                           { return time.Time{} }
func (*freeLoop) CallLater(time.Duration, func()) (c protocol.DelayedCall) { return c }
func (*freeLoop) CallFromThread(func())                                    {}
func (*freeLoop) OnLoop() bool                                             { return true }
func (*freeLoop) Done() <-chan struct{}                                    { return nil }
func (l *freeLoop) CoroutinePool() *deferred.CoroutinePool                 { return &l.pool }

func plusOne(v int) (int, error)  { return v + 1, nil }
func same(err error) (int, error) { return 0, err }

func deferredFired(b *testing.B) {
	loop := new(freeLoop)
	b.ReportAllocs()
	for b.Loop() {
		deferred.New[int](loop).AddCallbacks(plusOne, same).AddCallback(plusOne).Callback(1)
	}
}

// awaited is what awaitIt waits for: a variable of the package, so that no closure is allocated for it.
var awaited *deferred.Deferred[int]

func awaitIt(co *deferred.Coroutine) (int, error) { return deferred.Await(co, awaited) }

func coroutine(b *testing.B) {
	loop := new(freeLoop)
	defer loop.pool.Close()
	b.ReportAllocs()
	for b.Loop() {
		awaited = deferred.New[int](loop)
		deferred.Go(loop, awaitIt)
		awaited.Callback(1)
	}
}

func timers(b *testing.B) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	calls := make([]protocol.DelayedCall, 1_000_000)
	for i := range calls {
		calls[i] = r.CallLater(time.Minute+time.Duration(i), func() {})
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		calls[i%len(calls)].Rearm(time.Minute + time.Duration(i))
		i += 7919
	}
}
