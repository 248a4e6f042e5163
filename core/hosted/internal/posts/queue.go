// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package posts

import "sync"

// A Queue holds functions until the toolkit's main thread runs them. Make one with New.
type Queue struct {
	wake func() bool // Immutable.

	mu     sync.Mutex // guards what follows, and is held while wake is called
	calls  []func()
	closed bool
	awake  bool // a wake-up is under way: the toolkit will call Run
}

// New returns a queue that calls wake when Run has to be called. wake may be called from any goroutine, one at a time, and must not call the queue. It returns false where the
// toolkit is not there yet: Open tries again.
func New(wake func() bool) *Queue { return &Queue{wake: wake} }

// Post queues f. After Close it drops f. Safe from any goroutine.
func (q *Queue) Post(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.calls = append(q.calls, f)
	q.wakeUp()
}

// Open tells that the toolkit is there: what was posted before will run. After Close posts are taken again. Safe from any goroutine.
func (q *Queue) Open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.awake = false, false
	q.wakeUp()
}

// Close drops what is queued, and what will be posted. When it has returned, wake is not called any more. Safe from any goroutine.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.calls = true, nil
}

// Run calls what was queued when it began, in order. What these functions post waits for another wake-up, so that the toolkit gets its turn in between.
// On the main thread only.
func (q *Queue) Run() {
	q.mu.Lock()
	q.awake = false
	n := len(q.calls)
	q.mu.Unlock()
	for ; n > 0; n-- {
		f := q.next()
		if f == nil {
			return // a Run inside of one of the functions was here
		}
		f()
	}
}

// next takes the first function. What stays in the queue has a wake-up under way, for a main loop that the function may start.
func (q *Queue) next() func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.calls) == 0 {
		return nil
	}
	f := q.calls[0]
	q.calls[0] = nil
	q.calls = q.calls[1:]
	if len(q.calls) > 0 {
		q.wakeUp()
	}
	return f
}

// wakeUp has one wake-up under way. q.mu is held.
func (q *Queue) wakeUp() {
	if !q.awake && !q.closed && len(q.calls) > 0 {
		q.awake = q.wake()
	}
}
