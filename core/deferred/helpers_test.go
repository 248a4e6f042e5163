// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

var errBoom = errors.New("boom")

// pooledClock is a Clock whose coroutines are pooled.
type pooledClock struct {
	*protocoltest.Clock
	pool deferred.CoroutinePool
}

func (c *pooledClock) CoroutinePool() *deferred.CoroutinePool { return &c.pool }

func newPooledClock(t testing.TB) *pooledClock {
	c := &pooledClock{Clock: protocoltest.NewClock()}
	t.Cleanup(c.pool.Close)
	return c
}

// outcome tells what is known about d: "pending", "value V" or "error E". It takes the result.
func outcome[T any](d *deferred.Deferred[T]) string {
	r, ok := d.Peek()
	if !ok {
		return "pending"
	}
	d.AddErrback(func(error) (zero T, _ error) { return })
	if r.Err != nil {
		return "error " + r.Err.Error()
	}
	return fmt.Sprintf("value %v", r.Value)
}

func wantOutcome[T any](t testing.TB, d *deferred.Deferred[T], want string) {
	t.Helper()
	if got := outcome(d); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// wantHandled fails the test if a Deferred that fires in it keeps an error.
func wantHandled(t *testing.T) {
	stop := deferred.TrackUnhandled()
	t.Cleanup(func() {
		for _, u := range stop() {
			t.Error(u)
		}
	})
}
