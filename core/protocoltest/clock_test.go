// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestClockOrder(t *testing.T) {
	clock := protocoltest.NewClock()
	var got []string
	note := func(s string) func() { return func() { got = append(got, s) } }
	clock.CallLater(0, func() {
		note("a")()
		clock.CallLater(0, note("nested"))
		clock.CallLater(-time.Second, note("nested, negative"))
	})
	for _, s := range []string{"b", "c", "d", "e", "f"} {
		clock.CallLater(0, note(s))
	}
	clock.CallLater(time.Second, note("later"))
	if len(got) != 0 {
		t.Fatal("a call ran inside CallLater")
	}
	clock.Advance(0)
	if want := []string{"a", "b", "c", "d", "e", "f"}; !slices.Equal(got, want) {
		t.Fatalf("first pass: got %q, want %q", got, want)
	}
	got = nil
	clock.Advance(0)
	if want := []string{"nested, negative", "nested"}; !slices.Equal(got, want) {
		t.Fatalf("second pass: got %q, want %q", got, want)
	}
	got = nil
	clock.Pump(time.Second-1, 1)
	if want := []string{"later"}; !slices.Equal(got, want) {
		t.Fatalf("after a second: got %q, want %q", got, want)
	}
}

func TestClockCallsCountFromTheNewTime(t *testing.T) {
	var clock protocoltest.Clock
	var inner protocol.DelayedCall
	clock.CallLater(time.Second, func() {
		inner = clock.CallLater(time.Second, func() {})
		clock.CallFromThread(func() {})
	})
	clock.Advance(5 * time.Second)
	if want := protocoltest.Epoch.Add(6 * time.Second); !inner.Time().Equal(want) {
		t.Errorf("due at %v, want %v", inner.Time(), want)
	}
	if got := clock.Elapsed(); got != 5*time.Second || !clock.Now().Equal(protocoltest.Epoch.Add(got)) {
		t.Errorf("Elapsed %v, Now %v", got, clock.Now())
	}
}

func TestClockDelayedCallErrors(t *testing.T) {
	states := []struct {
		name string
		make func(*protocoltest.Clock) protocol.DelayedCall
		want error
	}{
		{"active", func(c *protocoltest.Clock) protocol.DelayedCall { return c.CallLater(time.Second, func() {}) }, nil},
		{"called", func(c *protocoltest.Clock) protocol.DelayedCall {
			dc := c.CallLater(0, func() {})
			c.Advance(0)
			return dc
		}, protocol.ErrAlreadyCalled},
		{"cancelled", func(c *protocoltest.Clock) protocol.DelayedCall {
			dc := c.CallLater(0, func() {})
			dc.Cancel()
			return dc
		}, protocol.ErrAlreadyCancelled},
	}
	operations := []struct {
		name   string
		do     func(protocol.DelayedCall) error
		active bool // afterwards, where it succeeds
		due    time.Duration
	}{
		{"Cancel", protocol.DelayedCall.Cancel, false, time.Second},
		{"Reset", func(dc protocol.DelayedCall) error { return dc.Reset(3 * time.Second) }, true, 3 * time.Second},
		{"Delay", func(dc protocol.DelayedCall) error { return dc.Delay(3 * time.Second) }, true, 4 * time.Second},
	}
	for _, s := range states {
		for _, op := range operations {
			t.Run(op.name+" "+s.name, func(t *testing.T) {
				clock := protocoltest.NewClock()
				dc := s.make(clock)
				if err := op.do(dc); err != s.want {
					t.Fatalf("got %v, want %v", err, s.want)
				}
				active := s.want == nil && op.active
				if dc.Active() != active {
					t.Errorf("Active is %v", dc.Active())
				}
				if got := len(clock.Calls()) == 1; got != active {
					t.Errorf("in Calls: %v", got)
				}
				if s.want == nil && !dc.Time().Equal(protocoltest.Epoch.Add(op.due)) {
					t.Errorf("due at %v, want Epoch + %v", dc.Time(), op.due)
				}
			})
		}
	}
}

func TestClockRearm(t *testing.T) {
	clock := protocoltest.NewClock()
	n := 0
	dc := clock.CallLater(time.Second, func() { n++ })
	clock.Advance(time.Second)
	dc.Rearm(time.Second) // it ran
	clock.Advance(time.Second)
	dc.Rearm(time.Second)
	dc.Cancel()
	dc.Rearm(2 * time.Second) // it was cancelled
	clock.Advance(time.Second)
	dc.Rearm(2 * time.Second) // it is active
	clock.Advance(time.Second)
	if n != 2 {
		t.Fatalf("ran %d times before it was due, want 2", n)
	}
	clock.Advance(time.Second)
	if n != 3 || dc.Active() {
		t.Fatalf("ran %d times, active %v; want 3, false", n, dc.Active())
	}
}

func TestClockChangesDuringAPass(t *testing.T) {
	clock := protocoltest.NewClock()
	var got []string
	var b, c, d protocol.DelayedCall
	clock.CallLater(0, func() {
		got = append(got, "a")
		if n := len(clock.Calls()); n != 3 {
			t.Errorf("Calls tells %d of the 3 that are left", n)
		}
		b.Cancel()
		c.Reset(time.Second)
		d.Reset(0)
	})
	b = clock.CallLater(0, func() { got = append(got, "b") })
	c = clock.CallLater(0, func() { got = append(got, "c") })
	d = clock.CallLater(0, func() { got = append(got, "d") })
	clock.Advance(0)
	clock.Advance(0)
	clock.Advance(time.Second)
	if want := []string{"a", "d", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClockAdvanceInsideACallMovesTheTimeOnly(t *testing.T) {
	clock := protocoltest.NewClock()
	ran := false
	clock.CallLater(2*time.Second, func() { ran = true })
	clock.CallLater(time.Second, func() {
		clock.Advance(5 * time.Second)
		if ran {
			t.Error("calls overlap")
		}
	})
	clock.Advance(time.Second)
	if clock.Elapsed() != 6*time.Second || ran {
		t.Errorf("elapsed %v, ran %v", clock.Elapsed(), ran)
	}
	clock.Advance(0)
	if !ran {
		t.Error("the call that fell due meanwhile did not run")
	}
}

func TestClockPosted(t *testing.T) {
	clock := protocoltest.NewClock()
	var got []string
	clock.CallLater(0, func() { got = append(got, "timer") })
	clock.CallFromThread(func() {
		got = append(got, "posted")
		clock.CallFromThread(func() { got = append(got, "posted later") })
	})
	if n := clock.Turn(); n != 1 {
		t.Errorf("Turn ran %d, want 1", n)
	}
	clock.Advance(0)
	if want := []string{"posted", "posted later", "timer"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClockUntil(t *testing.T) {
	clock := protocoltest.NewClock()
	n := 0
	for range 3 {
		go clock.CallFromThread(func() { n++ })
	}
	if err := clock.Until(t.Context(), func() bool { return n == 3 }); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := clock.Until(gone, func() bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	clock.End()
	if err := clock.Until(t.Context(), func() bool { return false }); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func TestClockOnLoop(t *testing.T) {
	clock := protocoltest.NewClock()
	if !clock.OnLoop() {
		t.Error("not on the loop where the clock was made")
	}
	elsewhere := make(chan bool)
	go func() { elsewhere <- clock.OnLoop() }()
	if <-elsewhere {
		t.Error("another goroutine is on the loop")
	}
	next, stop := iter.Pull(func(yield func(bool) bool) { yield(clock.OnLoop()) })
	defer stop()
	if on, _ := next(); !on {
		t.Error("a coroutine of the loop is not on it")
	}
	go func() {
		clock.Advance(0)
		elsewhere <- clock.OnLoop()
	}()
	if !<-elsewhere {
		t.Error("the goroutine that advanced the clock is not on the loop")
	}
	if clock.OnLoop() {
		t.Error("the goroutine that lost the clock is on the loop")
	}
}

func TestClockEnd(t *testing.T) {
	clock := protocoltest.NewClock()
	fail := func() { t.Error("ran after End") }
	clock.CallFromThread(clock.End)
	clock.CallFromThread(fail)
	clock.CallLater(0, fail)
	select {
	case <-clock.Done():
		t.Fatal("Done before End")
	default:
	}
	clock.Advance(time.Second)
	clock.CallFromThread(fail)
	clock.End()
	clock.Advance(time.Second)
	<-clock.Done()
	if !clock.Ended() || clock.Posted() != 0 {
		t.Errorf("Ended %v, Posted %d", clock.Ended(), clock.Posted())
	}
}

func scheduleOne(clock *protocoltest.Clock) { clock.CallLater(0, panicHere) }
func panicHere()                            { panic(fmt.Errorf("broken: %w", net.ErrClosed)) }

func TestClockDebugShowsBothPlaces(t *testing.T) {
	clock := protocoltest.NewClock()
	clock.Debug = true
	scheduleOne(clock)
	rest := false
	clock.CallLater(0, func() { rest = true })
	func() {
		defer func() {
			p, ok := recover().(*protocoltest.TimerPanic)
			if !ok || !errors.Is(p, net.ErrClosed) {
				t.Fatalf("recovered %v", p)
			}
			for _, place := range []string{"broken", "scheduleOne", "panicHere"} {
				if !strings.Contains(p.Error(), place) {
					t.Errorf("no %s in:\n%v", place, p)
				}
			}
		}()
		clock.Advance(0)
	}()
	clock.Advance(0)
	if !rest {
		t.Error("a panic lost the calls after it")
	}
}

func TestClockRejects(t *testing.T) {
	for name, f := range map[string]func(c *protocoltest.Clock){
		"negative Advance":      func(c *protocoltest.Clock) { c.Advance(-1) },
		"nil in CallLater":      func(c *protocoltest.Clock) { c.CallLater(0, nil) },
		"nil in CallFromThread": func(c *protocoltest.Clock) { c.CallFromThread(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f(protocoltest.NewClock())
		})
	}
}
