// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestCancel(t *testing.T) {
	type D = *deferred.Deferred[int]
	cancelled := "error " + deferred.ErrCancelled.Error()
	calls := 0
	tests := []struct {
		name      string
		make      func() D
		want      string
		late      bool // a late Callback is an error
		cancelled int  // calls of the canceller
	}{
		{"no canceller: one late firing is swallowed", func() D { return deferred.New[int](nil) }, cancelled, false, 0},
		{"idle canceller: late firing is an error", func() D {
			return deferred.NewCancellable(nil, func(D) { calls++ })
		}, cancelled, true, 1},
		{"canceller fires a value", func() D {
			return deferred.NewCancellable(nil, func(d D) { calls++; d.Callback(7) })
		}, "value 7", true, 1},
		{"canceller fires an error", func() D {
			return deferred.NewCancellable(nil, func(d D) { calls++; d.Errback(errBoom) })
		}, "error boom", true, 1},
		{"canceller cancels again", func() D {
			return deferred.NewCancellable(nil, func(d D) { calls++; d.Cancel() })
		}, cancelled, true, 1},
		{"canceller panics", func() D {
			return deferred.NewCancellable(nil, func(D) { calls++; panic("no") })
		}, "error panic: no", true, 1},
		{"fired: no effect", func() D { return deferred.Succeed(3) }, "value 3", true, 0},
		{"waiting: the inner one is cancelled", func() D {
			inner := deferred.NewCancellable(nil, func(d D) { calls++; d.Errback(errBoom) })
			return deferred.Succeed(0).AddCallbackD(func(int) D { return inner })
		}, "error boom", true, 1},
		{"not final", func() D {
			return deferred.New[int](nil).AddErrback(func(err error) (int, error) {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("error is %v", err)
				}
				return 8, nil
			})
		}, "value 8", false, 0},
		{"Then hands it on", func() D {
			d := deferred.NewCancellable(nil, func(d D) { calls++ })
			return deferred.Then(d, func(v int) (int, error) { return v, nil })
		}, cancelled, true, 1},
		{"ThenD hands it to what the function returned", func() D {
			return deferred.ThenD(deferred.Succeed(1), func(int) D {
				return deferred.NewCancellable(nil, func(d D) { calls++; d.Callback(5) })
			})
		}, "value 5", true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantHandled(t)
			calls = 0
			d := tt.make()
			d.Cancel()
			if calls != tt.cancelled {
				t.Errorf("canceller was called %d times", calls)
			}
			err := d.Callback(1)
			if got := errors.Is(err, deferred.ErrAlreadyCalled); got != tt.late {
				t.Errorf("late firing gives %v", err)
			}
			if err := d.Callback(1); !errors.Is(err, deferred.ErrAlreadyCalled) {
				t.Errorf("second late firing gives %v", err)
			}
			d.Cancel()
			wantOutcome(t, d, tt.want)
		})
	}
}

func TestTimeout(t *testing.T) {
	const limit = 5 * time.Second
	tests := []struct {
		name string
		play func(c *protocoltest.Clock, d *deferred.Deferred[int])
		want string
	}{
		{"too late", func(c *protocoltest.Clock, d *deferred.Deferred[int]) { c.Advance(limit) }, "error deferred: timed out after 5s"},
		{"not yet", func(c *protocoltest.Clock, d *deferred.Deferred[int]) { c.Advance(limit - 1) }, "pending"},
		{"value in time", func(c *protocoltest.Clock, d *deferred.Deferred[int]) { d.Callback(4) }, "value 4"},
		{"error in time", func(c *protocoltest.Clock, d *deferred.Deferred[int]) { d.Errback(errBoom) }, "error boom"},
		{"cancelled in time", func(c *protocoltest.Clock, d *deferred.Deferred[int]) { d.Cancel() }, "error deferred: cancelled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := protocoltest.NewClock()
			d := deferred.New[int](c).AddTimeout(limit, nil)
			tt.play(c, d)
			if left := len(c.Calls()); left != 0 && tt.want != "pending" {
				t.Errorf("%d timers left", left)
			}
			wantOutcome(t, d, tt.want)
		})
	}
}

func TestTimeoutError(t *testing.T) {
	c := protocoltest.NewClock()
	d := deferred.New[int](nil).AddTimeout(time.Second, c)
	c.Advance(time.Second)
	r, _ := d.Peek()
	for _, target := range []error{os.ErrDeadlineExceeded, context.DeadlineExceeded} {
		if !errors.Is(r.Err, target) {
			t.Errorf("%v does not match %v", r.Err, target)
		}
	}
	outcome(d)
}

func TestTimeoutChangesOnlyACancellation(t *testing.T) {
	c := protocoltest.NewClock()
	d := deferred.NewCancellable(c, func(d *deferred.Deferred[int]) { d.Errback(errBoom) })
	d.AddTimeout(time.Second, nil)
	c.Advance(time.Second)
	wantOutcome(t, d, "error boom")
}

func TestTimeoutAppliesToTheChainAsItIs(t *testing.T) {
	c := protocoltest.NewClock()
	d := deferred.New[int](c).AddTimeout(time.Second, nil)
	inner := deferred.New[int](c)
	d.AddCallbackD(func(int) *deferred.Deferred[int] { return inner })
	d.Callback(1)
	c.Advance(time.Hour)
	wantOutcome(t, d, "pending")
	inner.Callback(2)
	wantOutcome(t, d, "value 2")
}

func TestTimeoutFunc(t *testing.T) {
	c := protocoltest.NewClock()
	d := deferred.New[int](c).AddTimeoutFunc(time.Second, c, func(v int, err error, after time.Duration) (int, error) {
		if !errors.Is(err, deferred.ErrCancelled) || after != time.Second {
			t.Errorf("got %v %v", err, after)
		}
		return 42, nil
	})
	c.Advance(time.Second)
	wantOutcome(t, d, "value 42")
}

// Deferreds that wait for each other never fire. Cancelling one of them, or one that waits for them, ends all the same.
func TestCancelCycle(t *testing.T) {
	for size := 2; size < 6; size++ {
		ring := make([]*deferred.Deferred[int], size)
		for i := range ring {
			ring[i] = deferred.New[int](nil)
		}
		for i, d := range ring {
			d.AddCallbackD(func(int) *deferred.Deferred[int] { return ring[(i+1)%size] })
		}
		outside := deferred.New[int](nil).AddCallbackD(func(int) *deferred.Deferred[int] { return ring[0] })
		for _, d := range ring {
			d.Callback(1)
		}
		outside.Callback(1)
		outside.Cancel()
		for _, d := range ring {
			d.Cancel()
			if _, ok := d.Peek(); ok {
				t.Errorf("one of %d has a result", size)
			}
		}
	}
}
