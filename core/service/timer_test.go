// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/task"
)

func TestTimer(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	calls := 0
	s := service.NewTimer(clock, 2*second, func() error {
		if calls++; calls == 4 {
			return errBoom
		}
		return nil
	})
	want(t, "Start", s.Start(), "ok")
	equal(t, "calls", calls, 1)
	clock.Pump(second, second, second, second)
	equal(t, "calls", calls, 3)
	want(t, "Stop", s.Stop(), "ok")
	clock.Pump(2*second, 2*second)
	equal(t, "calls", calls, 3)
	m := service.NewMulti(clock, service.MultiConfig{Logger: quiet})
	m.Add("timer", s)
	m.Start()
	want(t, "Ended", s.Ended(), "boom")
	want(t, "Ended", m.Ended(), "service timer: boom")
	clock.Pump(2*second, 2*second)
	equal(t, "calls", calls, 4)
	want(t, "Start", service.NewTimer(clock, -1, nil).Start(), "service: negative interval: -1ns")
}

// A Timer outside of a group logs its failure itself.
func TestTimerLogs(t *testing.T) {
	var b bytes.Buffer
	clock := &logClock{Clock: protocoltest.NewClock()}
	clock.log = textLog(&b, clock)
	s := service.NewTimer(clock, second, func() error { return errBoom })
	want(t, "Start", s.Start(), "ok")
	want(t, "Stop", s.Stop(), "ok")
	equal(t, "log", lines(&b), `at=0s level=ERROR msg="service: timer failed" error=boom`)
}

func TestTimerStopWaitsForCall(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	var call *deferred.Deferred[struct{}]
	s := service.NewTimerD(clock, second, func() *deferred.Deferred[struct{}] {
		call = deferred.New[struct{}](clock)
		return call
	})
	s.Start()
	d := s.Stop()
	clock.Advance(10 * second)
	if d.Called() {
		t.Error("did not wait")
	}
	call.Callback(struct{}{})
	want(t, "Stop", d, "ok")
}

func TestCooperator(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	c := service.NewCooperator(clock, task.CooperatorOptions{})
	steps := 0
	work := func(n int) task.Work {
		return func(yield func(*deferred.Deferred[struct{}]) bool) {
			for range n {
				if steps++; !yield(nil) {
					return
				}
			}
		}
	}
	done := c.Coiterate(work(3))
	clock.Advance(second)
	equal(t, "steps before Start", steps, 0)
	c.Start()
	for range 10 {
		clock.Advance(second)
	}
	equal(t, "steps", steps, 3)
	want(t, "work", done, "ok")
	endless := c.Cooperate(func(yield func(*deferred.Deferred[struct{}]) bool) {
		for yield(deferred.New[struct{}](clock)) {
		}
	})
	clock.Advance(second)
	want(t, "Stop", c.Stop(), "ok")
	want(t, "endless work", endless.WhenDone(), task.ErrSchedulerStopped.Error())
	want(t, "work after Stop", c.Coiterate(work(1)), task.ErrSchedulerStopped.Error())
}

// until runs clock until d has fired.
func until(t *testing.T, clock *protocoltest.Clock, d signal) {
	t.Helper()
	if err := clock.Until(t.Context(), d.Called); err != nil {
		t.Fatal(err)
	}
}

func TestFunc(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	errBye := errors.New("bye")
	go1, result := make(chan bool), make(chan error)
	s := service.Func(clock, func(ctx context.Context, ready func()) error {
		if <-go1 {
			ready()
			ready()
		}
		select {
		case err := <-result:
			if err == errBoom {
				panic("oops")
			}
			return err
		case <-ctx.Done():
			if context.Cause(ctx) != service.ErrStopped {
				t.Errorf("cause: %v", context.Cause(ctx))
			}
			return <-result
		}
	})
	run := func(ready bool) signal {
		d := s.Start()
		go1 <- ready
		return d
	}
	d := run(true)
	until(t, clock, d)
	want(t, "Start", d, "ok")
	ended := s.Ended()
	result <- errBye
	until(t, clock, ended)
	want(t, "Ended", ended, "bye")
	want(t, "Stop", s.Stop(), "ok")

	d = run(false)
	result <- errBye
	until(t, clock, d)
	want(t, "Start", d, "bye")

	d = run(false)
	result <- nil
	until(t, clock, d)
	want(t, "Start of what is done at once", d, "ok")
	want(t, "Ended", s.Ended(), "ok")
	want(t, "Stop", s.Stop(), "ok")

	d = run(true)
	until(t, clock, d)
	ended = s.Ended()
	result <- errBoom
	until(t, clock, ended)
	r, _ := ended.Peek()
	if f, ok := errors.AsType[*deferred.Failure](r.Err); !ok || f.Panic != "oops" {
		t.Errorf("Ended: %v", r.Err)
	}
	want(t, "Ended", ended, "panic: oops")
	s.Stop()

	for _, tt := range []struct {
		err  error
		want string
	}{{context.Canceled, "ok"}, {service.ErrStopped, "ok"}, {nil, "ok"}, {errBye, "bye"}} {
		d = run(true)
		until(t, clock, d)
		stopped := s.Stop()
		clock.Turn()
		if stopped.Called() {
			t.Error("did not wait")
		}
		result <- tt.err
		until(t, clock, stopped)
		want(t, "Stop", stopped, tt.want)
	}
}
