// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"testing"
	"time"
	"unsafe"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

func plusOne(v int) (int, error)       { return v + 1, nil }
func same(err error) (int, error)      { return 0, err }
func text(v int) (string, error)       { return "", nil }
func both(v int, e error) (int, error) { return v, e }

// awaited is what awaitIt waits for: a variable of the package, so that no closure is allocated for it.
var awaited *deferred.Deferred[int]

func awaitIt(co coro) (int, error) { return deferred.Await(co, awaited) }

// benchLoop is a loop that costs nothing.
type benchLoop struct{ pool deferred.CoroutinePool }

func (*benchLoop) Now() time.Time                                                  { return time.Time{} }
func (*benchLoop) CallLater(d time.Duration, f func()) (call protocol.DelayedCall) { return call }
func (*benchLoop) CallFromThread(f func())                                         {}
func (*benchLoop) OnLoop() bool                                                    { return true }
func (*benchLoop) Done() <-chan struct{}                                           { return nil }
func (l *benchLoop) CoroutinePool() *deferred.CoroutinePool                        { return &l.pool }

func TestAlloc(t *testing.T) {
	if raceEnabled || deferred.Debugging() {
		t.Skip("allocations differ when checking")
	}
	if size := unsafe.Sizeof(deferred.Deferred[int]{}); size > 128 && unsafe.Sizeof(uintptr(0)) == 8 {
		t.Errorf("a Deferred has %d bytes", size)
	}
	loop := new(benchLoop)
	defer loop.pool.Close()
	for _, tt := range []struct {
		name string
		max  float64
		f    func()
	}{
		{"two callbacks", 1, func() {
			deferred.New[int](loop).AddCallbacks(plusOne, same).AddCallback(plusOne).Callback(1)
		}},
		{"three callbacks", 2, func() {
			deferred.New[int](loop).AddCallback(plusOne).AddErrback(same).AddBoth(both).Callback(1)
		}},
		{"already fired", 1, func() {
			deferred.SucceedOn(loop, 1).AddCallback(plusOne).AddErrback(same).AddBoth(both).AddCallback(plusOne)
		}},
		{"chained", 2, func() {
			awaited = deferred.New[int](loop)
			outer := deferred.New[int](loop).AddCallbackD(func(int) *deferred.Deferred[int] { return awaited })
			outer.Callback(1)
			awaited.Callback(2)
		}},
		{"then", 2, func() {
			d := deferred.New[int](loop)
			deferred.Then(d, text)
			d.Callback(1)
		}},
		{"coroutine with one wait", 2, func() {
			awaited = deferred.New[int](loop)
			deferred.Go(loop, awaitIt)
			awaited.Callback(1)
		}},
	} {
		if got := testing.AllocsPerRun(200, tt.f); got > tt.max {
			t.Errorf("%s: %v allocations, at most %v", tt.name, got, tt.max)
		}
	}
}

func BenchmarkFireTwoCallbacks(b *testing.B) {
	loop := new(benchLoop)
	b.ReportAllocs()
	for b.Loop() {
		deferred.New[int](loop).AddCallbacks(plusOne, same).AddCallback(plusOne).Callback(1)
	}
}

func BenchmarkFireThreeCallbacks(b *testing.B) {
	loop := new(benchLoop)
	b.ReportAllocs()
	for b.Loop() {
		deferred.New[int](loop).AddCallbacks(plusOne, same).AddCallback(plusOne).AddBoth(both).Callback(1)
	}
}

func BenchmarkCoroutineOneAwait(b *testing.B) {
	loop := new(benchLoop)
	defer loop.pool.Close()
	b.ReportAllocs()
	for b.Loop() {
		awaited = deferred.New[int](loop)
		deferred.Go(loop, awaitIt)
		awaited.Callback(1)
	}
}

func BenchmarkFailAndHandle(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		deferred.New[int](nil).AddErrback(func(error) (int, error) { return 0, nil }).Errback(errBoom)
	}
}
