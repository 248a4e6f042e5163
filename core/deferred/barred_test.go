// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
)

// A barredClock is a loop on which coroutines cannot be switched to at times.
type barredClock struct {
	*pooledClock
	barred bool
	later  []func()
}

func (c *barredClock) SwitchBarred() bool          { return c.barred }
func (c *barredClock) CallWhenSwitchable(f func()) { c.later = append(c.later, f) }

// allow calls what was put off.
func (c *barredClock) allow() {
	c.barred = false
	later := c.later
	c.later = nil
	for _, f := range later {
		f()
	}
}

func TestBarredCoroutine(t *testing.T) {
	wantHandled(t)
	errGate := errors.New("gate")
	for _, tt := range []struct {
		name string
		act  func(gate *deferred.Deferred[int], result *deferred.Deferred[int])
		want string
	}{
		{"value", func(gate, _ *deferred.Deferred[int]) { gate.Callback(7) }, "value 7"},
		{"error", func(gate, _ *deferred.Deferred[int]) { gate.Errback(errGate) }, "error gate"},
		{"cancelled before", func(_, result *deferred.Deferred[int]) { result.Cancel() }, "error " + deferred.ErrCancelled.Error()},
		{"cancelled after", func(gate, result *deferred.Deferred[int]) { gate.Callback(7); result.Cancel() }, "value 7, then error " + deferred.ErrCancelled.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &barredClock{pooledClock: newPooledClock(t)}
			gate, never := deferred.New[int](c), deferred.New[int](c)
			got := ""
			d := deferred.Go(c, func(co coro) (int, error) {
				n, err := deferred.Await(co, gate)
				if got = "value 7"; n != 7 {
					got = ""
				}
				if tt.name != "cancelled after" {
					return n, err
				}
				n, err = deferred.Await(co, never) // is cut short
				return n, err
			})
			c.barred = true
			tt.act(gate, d)
			wantOutcome(t, d, "pending")
			c.allow()
			r, _ := d.Peek()
			switch {
			case r.Err == nil:
			case got != "":
				got += ", then error " + r.Err.Error()
			default:
				got = "error " + r.Err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			outcome(d)
		})
	}
}

func TestBarredGo(t *testing.T) {
	c := &barredClock{pooledClock: newPooledClock(t), barred: true}
	started := false
	d := deferred.Go(c, func(coro) (int, error) { started = true; return 1, nil })
	wantOutcome(t, d, "pending")
	if c.allow(); !started {
		t.Error("not started")
	}
	wantOutcome(t, d, "value 1")
}

// A coroutine that waits for its turn ends with its loop.
func TestBarredPoolClose(t *testing.T) {
	c := &barredClock{pooledClock: newPooledClock(t)}
	gate := deferred.New[int](c)
	ended := false
	deferred.Go(c, func(co coro) (int, error) {
		defer func() { ended = true }()
		return deferred.Await(co, gate)
	})
	c.barred = true
	gate.Callback(1)
	c.pool.Close()
	c.allow()
	if !ended {
		t.Error("the coroutine stays")
	}
}
