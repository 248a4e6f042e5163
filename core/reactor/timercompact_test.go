// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// TestCancelEveryCall cancels so many calls that the heap is compacted, with nothing left in it.
func TestCancelEveryCall(t *testing.T) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var calls []protocol.DelayedCall
	for range 51 {
		calls = append(calls, r.CallLater(time.Hour, func() { t.Error("a cancelled call ran") }))
	}
	for _, c := range calls {
		if err := c.Cancel(); err != nil {
			t.Error(err)
		}
	}
	if left := r.DelayedCalls(); len(left) != 0 {
		t.Errorf("%d calls are left", len(left))
	}
	calls[0].Rearm(0)
	if left := r.DelayedCalls(); len(left) != 1 {
		t.Errorf("%d calls are left after one was armed again", len(left))
	}
	calls[0].Cancel()
}

// TestMoveCallsForward moves calls to earlier times again and again, which leaves dead nodes behind, and compacts in the middle of a move.
func TestMoveCallsForward(t *testing.T) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var calls []protocol.DelayedCall
	for range 30 {
		calls = append(calls, r.CallLater(1000*time.Hour, func() {}))
	}
	for i := range 500 {
		if err := calls[i%len(calls)].Reset(time.Duration(999-i) * time.Hour); err != nil {
			t.Fatal(err)
		}
		if n := len(r.DelayedCalls()); n != len(calls) {
			t.Fatalf("%d calls after %d moves, want %d", n, i+1, len(calls))
		}
	}
}

// The memory of many calls is given back when they have run.
func TestTimersShrink(t *testing.T) {
	m := reactortest.NewMemory(t)
	ran := 0
	for i := range 100_000 {
		m.CallLater(time.Duration(i%10)*time.Millisecond, func() { ran++ })
	}
	m.Advance(time.Second)
	if ran != 100_000 {
		t.Fatalf("%d calls ran", ran)
	}
	if n := reactor.TimerMemory(m.Loops()[0]); n > 1024 {
		t.Errorf("room for %d calls after all have run", n)
	}
}
