// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package posts

import (
	"slices"
	"sync"
	"testing"
)

// A loop plays the toolkit: it counts wake-ups, and turn runs one.
type loop struct {
	queue *Queue
	mu    sync.Mutex // guards what follows
	there bool
	wakes int
}

func newLoop(there bool) *loop {
	l := &loop{there: there}
	l.queue = New(func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.there {
			l.wakes++
		}
		return l.there
	})
	return l
}

func (l *loop) turn() bool {
	l.mu.Lock()
	ok := l.wakes > 0
	if ok {
		l.wakes--
	}
	l.mu.Unlock()
	if ok {
		l.queue.Run()
	}
	return ok
}

func (l *loop) turns() (n int) {
	for l.turn() {
		n++
	}
	return n
}

func TestOrderWithOneWakeUpAtATime(t *testing.T) {
	l := newLoop(true)
	var got []int
	for i := range 1000 {
		l.queue.Post(func() { got = append(got, i) })
		if l.wakes != 1 {
			t.Fatalf("%d wake-ups under way after %d posts, want 1", l.wakes, i+1)
		}
	}
	l.turn()
	if len(got) != 1000 || !slices.IsSorted(got) {
		t.Errorf("got %v: want 0 to 999 in order", got)
	}
	if n := l.turns(); n > 1 {
		t.Errorf("%d more wake-ups, want 1 at most", n)
	}
}

func TestPostedInsideWaitsForAnotherTurn(t *testing.T) {
	l := newLoop(true)
	rounds := 0
	var again func()
	again = func() {
		if rounds++; rounds < 5 {
			l.queue.Post(again)
		}
	}
	l.queue.Post(again)
	for want := 1; want <= 5; want++ {
		if !l.turn() || rounds != want {
			t.Fatalf("%d rounds after %d turns", rounds, want)
		}
	}
	if l.turn() {
		t.Error("a wake-up although nothing is queued")
	}
}

func TestModalLoopKeepsTheOrder(t *testing.T) {
	l := newLoop(true)
	var got []string
	say := func(s string) func() { return func() { got = append(got, s) } }
	l.queue.Post(func() {
		got = append(got, "dialog")
		l.queue.Post(say("posted inside"))
		l.turns() // the dialog's own main loop
		got = append(got, "dialog ends")
	})
	l.queue.Post(say("second"))
	l.queue.Post(say("third"))
	l.turns()
	want := []string{"dialog", "second", "third", "posted inside", "dialog ends"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPostBeforeTheToolkitIsThere(t *testing.T) {
	l := newLoop(false)
	ran := false
	l.queue.Post(func() { ran = true })
	l.there = true
	l.queue.Open()
	l.turns()
	if !ran {
		t.Error("what was posted before Open did not run")
	}
}

func TestClose(t *testing.T) {
	l := newLoop(true)
	l.queue.Post(func() { t.Error("ran after Close") })
	l.queue.Close()
	l.queue.Post(func() { t.Error("posted and ran after Close") })
	l.turns()
	l.queue.Open()
	ran := false
	l.queue.Post(func() { ran = true })
	l.turns()
	if !ran {
		t.Error("what was posted after the second Open did not run")
	}
}

func TestCloseInsideRun(t *testing.T) {
	l := newLoop(true)
	l.queue.Post(l.queue.Close)
	l.queue.Post(func() { t.Error("ran after Close") })
	l.turns()
}

func TestPostFromManyGoroutines(t *testing.T) {
	l := newLoop(true)
	const goroutines, each = 8, 1000
	got := make([][]int, goroutines)
	var posters sync.WaitGroup
	for g := range goroutines {
		posters.Go(func() {
			for i := range each {
				l.queue.Post(func() { got[g] = append(got[g], i) })
			}
		})
	}
	posted := make(chan struct{})
	go func() { posters.Wait(); close(posted) }()
	for done := false; !done; {
		select {
		case <-posted:
			done = true
		default:
		}
		l.turns()
	}
	l.turns()
	for g := range got {
		if len(got[g]) != each || !slices.IsSorted(got[g]) {
			t.Errorf("goroutine %d: %d functions ran, sorted %v: want %d in order", g, len(got[g]), slices.IsSorted(got[g]), each)
		}
	}
}
