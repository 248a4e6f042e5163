// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package threadpool_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/threadpool"
)

// steps is a Config.Go that keeps the work, so that the test runs it piece by piece.
type steps struct{ work []func() }

func (s *steps) add(w func()) { s.work = append(s.work, w) }

func (s *steps) step(i int) {
	w := s.work[i]
	s.work = slices.Delete(s.work, i, i+1)
	w()
}

func TestStepByStep(t *testing.T) {
	var s steps
	p := threadpool.New(threadpool.Config{Max: 2, Go: s.add})
	check := func(what string, want threadpool.Stats, ready int) {
		t.Helper()
		if got := p.Stats(); got != want || len(s.work) != ready {
			t.Errorf("%s: %+v with %d ready, want %+v with %d", what, got, len(s.work), want, ready)
		}
	}
	var order []int
	for i := range 5 {
		p.CallInThread(func() { order = append(order, i) })
	}
	check("before Start", threadpool.Stats{Max: 2, Backlog: 5}, 0)
	p.Start()
	p.Start()
	check("started", threadpool.Stats{Max: 2, Busy: 2, Backlog: 3}, 2)
	s.step(1) // the second is faster
	check("one done", threadpool.Stats{Max: 2, Busy: 2, Backlog: 2}, 2)
	p.Resize(3)
	check("grown", threadpool.Stats{Max: 3, Busy: 3, Backlog: 1}, 3)
	p.Resize(0)
	s.step(0)
	check("shrunk", threadpool.Stats{Max: 1, Busy: 2, Backlog: 1}, 2)
	p.Quit()
	p.CallInThread(func() { t.Error("taken after Quit") })
	check("quit", threadpool.Stats{Max: 1, Busy: 2, Backlog: 1}, 2)
	for len(s.work) > 0 {
		select {
		case <-p.Done():
			t.Error("done with work left")
		default:
		}
		s.step(0)
	}
	<-p.Done()
	p.Stop()
	if want := []int{1, 0, 2, 3, 4}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestBound(t *testing.T) {
	const bound, jobs = 4, 40
	p := threadpool.New(threadpool.Config{Max: bound})
	p.Start()
	var mu sync.Mutex
	busy, most := 0, 0
	full := make(chan struct{})
	for range jobs {
		p.CallInThread(func() {
			mu.Lock()
			busy++
			if most = max(most, busy); most == bound {
				select {
				case <-full:
				default:
					close(full)
				}
			}
			mu.Unlock()
			<-full // so that as many as may run do
			mu.Lock()
			busy--
			mu.Unlock()
		})
	}
	p.Stop()
	if most != bound || busy != 0 {
		t.Errorf("%d ran at a time, want %d; %d run still", most, bound, busy)
	}
}

func TestPanics(t *testing.T) {
	var got []any
	p := threadpool.New(threadpool.Config{Max: 1, Panic: func(v any, stack []byte) {
		if len(stack) == 0 {
			t.Error("no stack")
		}
		got = append(got, v)
	}})
	p.CallMultipleInThread(func() { panic(1) }, func() { got = append(got, "ran") }, func() { panic(2) })
	p.Start()
	p.Stop()
	if want := []any{1, "ran", 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestQuitWithoutStart(t *testing.T) {
	p := threadpool.New(threadpool.Config{})
	p.CallInThread(func() { t.Error("ran") })
	p.Stop()
	p.Start()
	if s := p.Stats(); s.Max != threadpool.DefaultMax || s.Backlog != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCallback(t *testing.T) {
	p := threadpool.New(threadpool.Config{Max: 1})
	p.Start()
	bad := errors.New("bad")
	threadpool.CallInThreadWithCallback(p, func() (int, error) { return 7, bad }, func(v int, err error) {
		if v != 7 || err != bad {
			t.Errorf("got %v, %v", v, err)
		}
	})
	p.Stop()
}

// Whoever waits for a function that panics hears of it.
func TestCallbackOfAPanic(t *testing.T) {
	p := threadpool.New(threadpool.Config{Max: 1, Panic: func(v any, _ []byte) { t.Errorf("lost: %v", v) }})
	p.Start()
	called := false
	threadpool.CallInThreadWithCallback(p, func() (int, error) { panic("oops") }, func(v int, err error) {
		called = true
		if panicked := (*protocol.PanicError)(nil); v != 0 || !errors.As(err, &panicked) || panicked.Value != "oops" || len(panicked.Stack) == 0 {
			t.Errorf("got %v, %v", v, err)
		}
	})
	p.Stop()
	if !called {
		t.Error("nobody was told")
	}
}

func Example() {
	pool := threadpool.New(threadpool.Config{Max: 1})
	pool.Start()
	for i := range 3 {
		pool.CallInThread(func() { fmt.Println("job", i) })
	}
	pool.Stop()
	// Output:
	// job 0
	// job 1
	// job 2
}
