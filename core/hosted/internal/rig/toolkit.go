// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rig

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// TestConformance runs the conformance suite of reactors inside of a toolkit's main loop. The test program has to have Main.
func TestConformance(t *testing.T, run func(r *reactor.Reactor) error) {
	NeedDisplay(t)
	config := func(*testing.T) reactor.Config { return reactor.Config{Loops: 1} }
	reactortest.RunWith(t, config, func(ctx context.Context, r *reactor.Reactor) (err error) {
		if r.OnLoop() && r.Running() {
			return run(r) // in itself
		}
		OnMain(func() {
			defer context.AfterFunc(ctx, func() { _ = r.Stop() })() // it may be stopping
			err = run(r)
		})
		return err
	})
}

// TestToolkit tests the functions Run and Post of a package for a toolkit. The test program has to have Main.
func TestToolkit(t *testing.T, run func(r *reactor.Reactor) error, post func(f func())) {
	NeedDisplay(t)
	for _, tt := range []struct {
		name string
		test func(s *suite)
	}{
		{"AnotherGoroutine", testAnotherGoroutine},
		{"Order", testOrder},
		{"Goroutines", testGoroutines},
		{"Posted", testPosted},
		{"LoopOnlyFromPosted", testLoopOnly},
		{"RunInside", testRunInside},
		{"SecondReactor", testSecondReactor},
		{"StopAtOnce", testStopAtOnce},
		{"AfterTheEnd", testAfterTheEnd},
		{"NotRestartable", testNotRestartable},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(newSuite(t, run, post)) })
	}
}

// A suite is a reactor for one test.
type suite struct {
	*testing.T
	r    *reactor.Reactor
	run  func(r *reactor.Reactor) error
	post func(f func())
}

func newSuite(t *testing.T, run func(r *reactor.Reactor) error, post func(f func())) *suite {
	t.Helper()
	s := &suite{T: t, run: run, post: post}
	s.r = s.reactor()
	return s
}

func (s *suite) reactor() *reactor.Reactor {
	s.Helper()
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		s.Fatal(err)
	}
	return r
}

func (s *suite) stop() {
	if err := s.r.Stop(); err != nil {
		s.Error(err)
	}
}

// main runs the reactor until the test stops it.
func (s *suite) main() {
	s.Helper()
	OnMain(func() {
		if err := s.run(s.r); err != nil {
			s.Error(err)
		}
	})
}

func testAnotherGoroutine(s *suite) {
	if err := s.run(s.r); err == nil || errors.Is(err, reactor.ErrAlreadyRunning) {
		s.Errorf("Run on a goroutine of its own: %v, want an error that tells so", err)
	}
	_ = s.r.Close()
}

func testOrder(s *suite) {
	const n = 10_000
	var got []int
	s.r.CallWhenRunning(func() {
		for i := range n {
			s.post(func() { got = append(got, i) })
		}
		if len(got) > 0 {
			s.Error("Post called the functions itself")
		}
		s.post(s.stop)
	})
	s.main()
	if len(got) != n || !slices.IsSorted(got) {
		s.Errorf("%d functions ran, in order %v: want %d", len(got), slices.IsSorted(got), n)
	}
}

func testGoroutines(s *suite) {
	const goroutines, each = 8, 2000
	var posters sync.WaitGroup
	got, all := make([][]int, goroutines), 0
	s.r.CallWhenRunning(func() {
		for g := range goroutines {
			posters.Go(func() {
				for i := range each {
					s.post(func() {
						if got[g], all = append(got[g], i), all+1; all == goroutines*each {
							s.stop()
						}
					})
				}
			})
		}
	})
	s.main()
	posters.Wait()
	for g := range got {
		if !slices.IsSorted(got[g]) {
			s.Errorf("what goroutine %d posted came out of order", g)
		}
	}
}

// testPosted: posts that post for ever leave the toolkit and the reactor their turn.
func testPosted(s *suite) {
	on := true
	var again func()
	again = func() {
		if on {
			s.post(again)
		}
	}
	left := 20
	var tick func()
	tick = func() {
		if left--; left == 0 {
			on = false
			s.stop()
			return
		}
		s.r.CallLater(time.Millisecond, tick)
	}
	s.r.CallWhenRunning(func() {
		s.post(again)
		tick()
	})
	s.main()
}

// testLoopOnly: what the toolkit calls may use what is loop only, and the reactor wakes for it.
func testLoopOnly(s *suite) {
	s.r.CallLater(time.Hour, func() {})
	s.r.CallWhenRunning(func() {
		go s.post(func() { // the program's other goroutines; main waits for what it posts
			if !s.r.OnLoop() {
				s.Error("a posted function does not run on the loop")
			}
			s.r.CallLater(time.Millisecond, func() { s.post(s.stop) })
		})
	})
	s.main()
}

func testRunInside(s *suite) {
	s.r.CallWhenRunning(func() {
		if err := s.run(s.r); err != reactor.ErrAlreadyRunning {
			s.Errorf("Run in Run: %v, want %v", err, reactor.ErrAlreadyRunning)
		}
		s.post(s.stop) // the outer one is as it was
	})
	s.main()
}

func testSecondReactor(s *suite) {
	ran := false
	second := s.reactor()
	s.r.CallWhenRunning(func() {
		s.post(func() {
			h, err := second.StartHosted(s.post)
			if err != nil {
				s.Error(err)
				s.stop()
				return
			}
			h.OnStop(s.stop)
			second.CallLater(time.Millisecond, func() {
				ran = true
				_ = second.Stop()
			})
		})
	})
	s.main()
	if !ran {
		s.Error("the second reactor's call did not run")
	}
}

func testStopAtOnce(s *suite) {
	s.r.CallWhenRunning(s.stop)
	s.main()
}

func testAfterTheEnd(s *suite) {
	s.r.CallWhenRunning(s.stop)
	s.main()
	s.post(func() { s.Error("what was posted after the end ran") })
	s.r = s.reactor()
	s.r.CallWhenRunning(func() { s.post(s.stop) })
	s.main()
}

func testNotRestartable(s *suite) {
	s.r.CallWhenRunning(s.stop)
	s.main()
	OnMain(func() {
		if err := s.run(s.r); err != reactor.ErrNotRestartable {
			s.Errorf("the second Run: %v, want %v", err, reactor.ErrNotRestartable)
		}
	})
}
