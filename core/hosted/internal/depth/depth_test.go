// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package depth

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestCall(t *testing.T) {
	inside := 0
	Call(func() {
		Call(func() {
			for _, f := range stack() {
				if f == "runtime.cgocallbackg" {
					inside++
				}
			}
		})
	})
	if inside != 2 {
		t.Errorf("in two calls the stack shows %d callbacks from C", inside)
	}
}

// stack returns the functions that the caller is in.
func stack() (names []string) {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	for {
		f, more := frames.Next()
		names = append(names, f.Function)
		if !more {
			return names
		}
	}
}

// Coroutines of a hosted reactor go on only where they began, whatever calls what they wait for. Were they to go on elsewhere, the process would end.
func TestCoroutinesOfAHostedReactor(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	wait := func(co *deferred.Coroutine, what string) {
		d := deferred.New[struct{}](r)
		r.CallLater(time.Millisecond, func() { d.Callback(struct{}{}) })
		_, _ = deferred.Await(co, d)
		steps = append(steps, what)
	}
	posted := make(chan func(), 10) // more than there are at a time
	post := func(f func()) { posted <- f }
	h, err := r.StartHosted(post)
	if err != nil {
		t.Fatal(err)
	}
	// What is called in a callback of the toolkit's, before the first pass, at its depth, deeper, and in none.
	gate := deferred.New[int](r)
	awaits := func(name string) {
		deferred.Go(r, func(co *deferred.Coroutine) (int, error) {
			steps = append(steps, name)
			n, err := deferred.Await(co, gate)
			deferred.Go(r, func(co *deferred.Coroutine) (int, error) { wait(co, name+" inner"); return 0, nil })
			wait(co, name+" outer")
			return n, err
		})
	}
	awaits("before")
	_, err = r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		return deferred.Go(r, func(co *deferred.Coroutine) (struct{}, error) {
			wait(co, "shutdown")
			return struct{}{}, nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	turn := func() { Call(<-posted) }
	post(func() { awaits("inside") })
	for len(steps) < 2 {
		turn()
	}
	post(func() {
		Call(func() { // a dialog opens, with a main loop of its own
			awaits("dialog")
			gate.Callback(1)
			delayed := false
			r.CallLater(50*time.Millisecond, func() { delayed = true })
			for !delayed {
				turn()
			}
			steps = append(steps, "dialog ends")
		})
	})
	for len(steps) < 10 {
		turn()
	}
	Call(func() { err = h.Finish(context.Background()) })
	if err != nil {
		t.Error(err)
	}
	first, rest := steps[:min(3, len(steps))], steps[min(3, len(steps)):]
	if want := []string{"before", "inside", "dialog ends"}; !slices.Equal(first, want) {
		t.Errorf("in the dialog: %q, want %q", first, want)
	}
	slices.Sort(rest)
	want := []string{"before inner", "before outer", "dialog", "dialog inner", "dialog outer", "inside inner", "inside outer", "shutdown"}
	if !slices.Equal(rest, want) {
		t.Errorf("after the dialog: %q, want %q", rest, want)
	}
}

// Where Finish is called less deep, the reactor ends all the same, without what only coroutines could do.
func TestFinishElsewhere(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	posted := make(chan func(), 10) // more than there are at a time
	h, err := r.StartHosted(func(f func()) { posted <- f })
	if err != nil {
		t.Fatal(err)
	}
	Call(<-posted)
	ran := false
	_, err = r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		deferred.Go(r, func(*deferred.Coroutine) (int, error) { ran = true; return 0, nil })
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := h.Finish(context.Background()); err != nil || ran {
		t.Errorf("Finish: %v; the coroutine ran: %t", err, ran)
	}
}
