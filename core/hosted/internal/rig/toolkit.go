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

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/core/task"
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

// A Toolkit is a package for a toolkit, and a modal dialog of the toolkit.
type Toolkit struct {
	Run  func(r *reactor.Reactor) error
	Post func(f func())

	RunDialog func() // opens the dialog and returns when it is closed
	EndDialog func() // closes it
}

// TestToolkit tests a package for a toolkit. The test program has to have Main.
func TestToolkit(t *testing.T, toolkit Toolkit) {
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
		{"Coroutines", testCoroutines},
		{"Dialog", testDialog},
		{"StopWithADialog", testStopWithADialog},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(newSuite(t, toolkit)) })
	}
}

// A suite is a reactor for one test.
type suite struct {
	*testing.T
	toolkit Toolkit
	r       *reactor.Reactor
}

func newSuite(t *testing.T, toolkit Toolkit) *suite {
	t.Helper()
	s := &suite{T: t, toolkit: toolkit}
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
		if err := s.toolkit.Run(s.r); err != nil {
			s.Error(err)
		}
	})
}

func testAnotherGoroutine(s *suite) {
	if err := s.toolkit.Run(s.r); err == nil || errors.Is(err, reactor.ErrAlreadyRunning) {
		s.Errorf("Run on a goroutine of its own: %v, want an error that tells so", err)
	}
	_ = s.r.Close()
}

func testOrder(s *suite) {
	const n = 10_000
	var got []int
	s.r.CallWhenRunning(func() {
		for i := range n {
			s.toolkit.Post(func() { got = append(got, i) })
		}
		if len(got) > 0 {
			s.Error("Post called the functions itself")
		}
		s.toolkit.Post(s.stop)
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
					s.toolkit.Post(func() {
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
			s.toolkit.Post(again)
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
		s.toolkit.Post(again)
		tick()
	})
	s.main()
}

// testLoopOnly: what the toolkit calls may use what is loop only, and the reactor wakes for it.
func testLoopOnly(s *suite) {
	s.r.CallLater(time.Hour, func() {})
	s.r.CallWhenRunning(func() {
		go s.toolkit.Post(func() { // the program's other goroutines; main waits for what it posts
			if !s.r.OnLoop() {
				s.Error("a posted function does not run on the loop")
			}
			s.r.CallLater(time.Millisecond, func() { s.toolkit.Post(s.stop) })
		})
	})
	s.main()
}

func testRunInside(s *suite) {
	s.r.CallWhenRunning(func() {
		if err := s.toolkit.Run(s.r); err != reactor.ErrAlreadyRunning {
			s.Errorf("Run in Run: %v, want %v", err, reactor.ErrAlreadyRunning)
		}
		s.toolkit.Post(s.stop) // the outer one is as it was
	})
	s.main()
}

func testSecondReactor(s *suite) {
	ran := false
	second := s.reactor()
	s.r.CallWhenRunning(func() {
		s.toolkit.Post(func() {
			h, err := second.StartHosted(s.toolkit.Post)
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
	s.toolkit.Post(func() { s.Error("what was posted after the end ran") })
	s.r = s.reactor()
	s.r.CallWhenRunning(func() { s.toolkit.Post(s.stop) })
	s.main()
}

func testNotRestartable(s *suite) {
	s.r.CallWhenRunning(s.stop)
	s.main()
	OnMain(func() {
		if err := s.toolkit.Run(s.r); err != reactor.ErrNotRestartable {
			s.Errorf("the second Run: %v, want %v", err, reactor.ErrNotRestartable)
		}
	})
}

// testCoroutines: a coroutine goes on in the main loop, and at the end of Run when that has ended.
func testCoroutines(s *suite) {
	var steps []string
	coroutine := func(name string) *deferred.Deferred[struct{}] {
		return deferred.Go(s.r, func(co *deferred.Coroutine) (struct{}, error) {
			for range 2 {
				_, err := deferred.Await(co, task.Sleep(s.r, time.Millisecond))
				if err != nil {
					return struct{}{}, err
				}
			}
			steps = append(steps, name)
			return struct{}{}, nil
		})
	}
	_, err := s.r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] { return coroutine("shutdown") })
	if err != nil {
		s.Fatal(err)
	}
	s.r.CallWhenRunning(func() {
		coroutine("main loop").AddCallbacks(func(struct{}) (struct{}, error) { s.stop(); return struct{}{}, nil }, nil)
	})
	s.main()
	if want := []string{"main loop", "shutdown"}; !slices.Equal(steps, want) {
		s.Errorf("coroutines ran to their ends: %q, want %q", steps, want)
	}
}

// testDialog: the reactor goes on while a dialog is open.
func testDialog(s *suite) {
	var steps []string
	note := func(step string) func() { return func() { steps = append(steps, step) } }
	s.r.CallWhenRunning(func() {
		s.toolkit.Post(func() {
			note("opened")()
			s.r.CallLater(time.Millisecond, func() {
				note("timer")()
				s.toolkit.Post(s.toolkit.EndDialog)
			})
			s.toolkit.RunDialog()
			note("closed")()
			s.stop()
		})
		s.toolkit.Post(note("posted"))
	})
	s.main()
	if want := []string{"opened", "posted", "timer", "closed"}; !slices.Equal(steps, want) {
		s.Errorf("got %q, want %q", steps, want)
	}
}

// testStopWithADialog: a dialog does not keep the main loop from ending.
func testStopWithADialog(s *suite) {
	closed := false
	s.r.CallWhenRunning(func() {
		s.toolkit.Post(func() {
			s.r.CallLater(time.Millisecond, s.stop)
			s.toolkit.RunDialog()
			closed = true
		})
	})
	s.main()
	if !closed {
		s.Error("Run has returned, the dialog has not")
	}
}
