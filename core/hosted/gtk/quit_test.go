// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gtk

import (
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/hosted/internal/depth"
	"github.com/torsion-go/torsion/core/hosted/internal/rig"
	"github.com/torsion-go/torsion/core/reactor"
)

// Coroutines come to their ends when GTK's main loop has ended first, and go on after a callback that runs in another one.
func TestCoroutines(t *testing.T) {
	rig.NeedDisplay(t)
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
	_, err = r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		return deferred.Go(r, func(co *deferred.Coroutine) (struct{}, error) { wait(co, "shutdown"); return struct{}{}, nil })
	})
	if err != nil {
		t.Error(err)
	}
	r.CallWhenRunning(func() {
		gate := deferred.New[int](r)
		deferred.Go(r, func(co *deferred.Coroutine) (int, error) {
			_, _ = deferred.Await(co, gate)
			wait(co, "after the inner callback")
			Post(quit)
			return 0, nil
		})
		Post(func() {
			depth.Call(func() { gate.Callback(1) })
			steps = append(steps, "inner callback")
		})
	})
	rig.OnMain(func() { err = Run(r) })
	if err != nil {
		t.Error(err)
	}
	if want := []string{"inner callback", "after the inner callback", "shutdown"}; !slices.Equal(steps, want) {
		t.Errorf("got %q, want %q", steps, want)
	}
}
