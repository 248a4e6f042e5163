// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// onThread calls f on another goroutine while the clock turns, and returns its result.
func onThread[T any](t *testing.T, c *protocoltest.Clock, f func() (T, error)) (T, error) {
	t.Helper()
	results := make(chan deferred.Result[T], 1)
	go func() {
		v, err := f()
		results <- deferred.Result[T]{Value: v, Err: err}
		c.CallFromThread(func() {})
	}()
	if err := c.Until(t.Context(), func() bool { return len(results) > 0 || c.Ended() }); err != nil {
		t.Fatal(err)
	}
	r := <-results
	return r.Value, r.Err
}

func TestWait(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	d := deferred.New[int](c)
	c.CallFromThread(func() { d.Callback(3) })
	if v, err := onThread(t, c, func() (int, error) { return d.Wait(t.Context()) }); v != 3 || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
	if v, err := onThread(t, c, func() (int, error) { return d.Wait(t.Context()) }); v != 0 || err != nil {
		t.Errorf("a result that was taken gives %v, %v", v, err)
	}
	failed := deferred.FailOn[int](c, errBoom)
	if _, err := onThread(t, c, func() (int, error) { return failed.Wait(t.Context()) }); err != errBoom {
		t.Errorf("got %v", err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	cancelled := false
	d := deferred.NewCancellable(c, func(*deferred.Deferred[int]) { cancelled = true })
	ctx, cancel := context.WithCancelCause(t.Context())
	c.CallFromThread(func() { cancel(errBoom) })
	if _, err := onThread(t, c, func() (int, error) { return d.Wait(ctx) }); err != errBoom {
		t.Errorf("got %v", err)
	}
	if c.Settle(); !cancelled {
		t.Error("the Deferred was not cancelled")
	}
}

func TestWaitEndsWithTheLoop(t *testing.T) {
	c := protocoltest.NewClock()
	d := deferred.New[int](c)
	errs := make(chan error, 1)
	go func() {
		_, err := d.Wait(context.Background())
		errs <- err
	}()
	c.End()
	if err := <-errs; err != deferred.ErrLoopEnded {
		t.Errorf("got %v", err)
	}
}

func TestWaitOnTheLoopPanics(t *testing.T) {
	defer func() {
		text, _ := recover().(string)
		if !strings.Contains(text, "AddCallbacks") || !strings.Contains(text, "Await") {
			t.Errorf("panic %q", text)
		}
	}()
	deferred.New[int](protocoltest.NewClock()).Wait(t.Context())
}

func TestWaitWithoutLoop(t *testing.T) {
	if v, err := deferred.Succeed(3).Wait(t.Context()); v != 3 || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
	paused := deferred.Succeed(3)
	paused.Pause()
	for name, d := range map[string]*deferred.Deferred[int]{"unfired": deferred.New[int](nil), "paused": paused} {
		if _, err := d.Wait(t.Context()); err != deferred.ErrNoLoop {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestBlockingCallFromThread(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	ctx := t.Context()
	v, err := onThread(t, c, func() (int, error) {
		return deferred.BlockingCallFromThread(ctx, c, func() *deferred.Deferred[int] {
			if !c.OnLoop() {
				t.Error("called off the loop")
			}
			return deferred.Succeed(6)
		})
	})
	if v != 6 || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
	_, err = onThread(t, c, func() (int, error) {
		return deferred.BlockingCallFromThread(ctx, c, func() *deferred.Deferred[int] { panic(errBoom) })
	})
	if !errors.Is(err, errBoom) {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = onThread(t, c, func() (int, error) {
		return deferred.BlockingCallFromThread(ended, c, func() *deferred.Deferred[int] { t.Error("called in vain"); return nil })
	})
	if err != context.Canceled {
		t.Errorf("got %v", err)
	}
	c.Settle()
}

// threads is a Clock with goroutines.
type threads struct{ *protocoltest.Clock }

func (threads) CallInThread(f func()) { go f() }

func TestToThread(t *testing.T) {
	wantHandled(t)
	c := threads{protocoltest.NewClock()}
	value := deferred.ToThread(c, func() (int, error) { return 3, nil })
	panicked := deferred.ToThread(c, func() (int, error) { panic("in thread") })
	gate := make(chan struct{})
	dropped := deferred.ToThread(c, func() (int, error) { <-gate; return 1, nil })
	dropped.Cancel()
	close(gate)
	err := c.Until(t.Context(), func() bool { return value.Called() && panicked.Called() })
	if err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, value, "value 3")
	wantOutcome(t, panicked, "error panic: in thread")
	wantOutcome(t, dropped, "error deferred: cancelled")
}

func TestFromFunc(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	d := deferred.FromFunc(t.Context(), c, func(context.Context) (int, error) { return 3, nil })
	if err := c.Until(t.Context(), d.Called); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, d, "value 3")

	causes := make(chan error, 2)
	block := func(ctx context.Context) (int, error) {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return 0, ctx.Err()
	}
	d = deferred.FromFunc(t.Context(), c, block)
	d.Cancel()
	wantOutcome(t, d, "error deferred: cancelled")
	if err := <-causes; err != deferred.ErrCancelled {
		t.Errorf("cause %v", err)
	}
	deferred.FromFunc(t.Context(), c, block)
	c.End()
	if err := <-causes; err != deferred.ErrLoopEnded {
		t.Errorf("cause %v", err)
	}
}

func TestChannels(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	ch := make(chan int, 1)
	ch <- 4
	d := deferred.FromChan(c, ch)
	if err := c.Until(t.Context(), d.Called); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, d, "value 4")
	d = deferred.FromChan(c, ch)
	d.Cancel()
	wantOutcome(t, d, "error deferred: cancelled")
	d = deferred.FromChan(c, ch)
	close(ch)
	if err := c.Until(t.Context(), d.Called); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, d, "error "+deferred.ErrClosed.Error())

	out := deferred.ToChan(deferred.Fail[int](errBoom))
	if r := <-out; r.Err != errBoom {
		t.Errorf("got %v", r)
	}
	if _, open := <-out; open {
		t.Error("the channel is open")
	}
}

func TestContexts(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	ctx, cancel := context.WithCancelCause(t.Context())
	from := deferred.FromContext(ctx, c)
	tied := deferred.New[int](c).AddContext(ctx)
	early := deferred.New[int](c).AddContext(ctx)
	early.Callback(1)
	dropped := deferred.FromContext(ctx, c)
	dropped.Cancel()
	wantOutcome(t, tied, "pending")
	cancel(errBoom)
	if err := c.Until(t.Context(), func() bool { return from.Called() && tied.Called() }); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, from, "error boom")
	wantOutcome(t, tied, "error boom")
	wantOutcome(t, early, "value 1")
	wantOutcome(t, dropped, "error deferred: cancelled")
}
