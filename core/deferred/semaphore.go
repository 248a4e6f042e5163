// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"fmt"
	"slices"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Semaphore hands out a number of tokens, in the order of asking. Loop only. Twisted: DeferredSemaphore.
type Semaphore struct {
	loop    protocol.Loop
	limit   int
	tokens  int
	waiters []*Deferred[struct{}]
}

// NewSemaphore returns a Semaphore with the given number of tokens; it panics if that is below 1. loop may be nil.
func NewSemaphore(loop protocol.Loop, tokens int) *Semaphore {
	if tokens < 1 {
		panic(fmt.Sprintf("deferred: NewSemaphore with %d tokens", tokens))
	}
	return &Semaphore{loop: loop, limit: tokens, tokens: tokens}
}

// Acquire fires when the caller has a token, which it has to give back by Release. Cancelling it leaves the queue.
func (s *Semaphore) Acquire() *Deferred[struct{}] {
	loopcheck.Check(s.loop, "deferred: Acquire")
	if s.tokens > 0 {
		s.tokens--
		return SucceedOn(s.loop, struct{}{})
	}
	d := NewCancellable(s.loop, func(d *Deferred[struct{}]) {
		if i := slices.Index(s.waiters, d); i >= 0 {
			s.waiters = slices.Delete(s.waiters, i, i+1)
		}
	})
	s.waiters = append(s.waiters, d)
	return d
}

// Release gives a token back. The first in the queue gets it, and its callbacks run, before Release returns. It panics if no token is out.
func (s *Semaphore) Release() {
	loopcheck.Check(s.loop, "deferred: Release")
	if s.tokens == s.limit {
		panic("deferred: Release without Acquire")
	}
	s.tokens++
	if len(s.waiters) > 0 {
		s.tokens--
		d := s.waiters[0]
		s.waiters = slices.Delete(s.waiters, 0, 1)
		d.resolve(struct{}{}, nil)
	}
}

// Tokens returns how many tokens are free.
func (s *Semaphore) Tokens() int { return s.tokens }

// Limit returns how many tokens there are in all.
func (s *Semaphore) Limit() int { return s.limit }

// Waiting returns the length of the queue.
func (s *Semaphore) Waiting() int { return len(s.waiters) }

// A Lock lets one at a time through, in the order of asking. Loop only. In a coroutine:
//
//	if _, err := deferred.Await(co, lock.Acquire()); err != nil {
//		return err
//	}
//	defer lock.Release()
//
// Twisted: DeferredLock.
type Lock struct{ s Semaphore }

// NewLock returns a free Lock. loop may be nil.
func NewLock(loop protocol.Loop) *Lock {
	return &Lock{Semaphore{loop: loop, limit: 1, tokens: 1}}
}

// Acquire fires when the caller has the lock. Cancelling it leaves the queue.
func (l *Lock) Acquire() *Deferred[struct{}] { return l.s.Acquire() }

// Release hands the lock to the first in the queue, whose callbacks run before Release returns. It panics if the lock is free.
func (l *Lock) Release() { l.s.Release() }

// Locked reports whether the lock is taken.
func (l *Lock) Locked() bool { return l.s.tokens == 0 }

// Waiting returns the length of the queue.
func (l *Lock) Waiting() int { return l.s.Waiting() }

// An Acquirer is a [Lock] or a [Semaphore].
type Acquirer interface {
	Acquire() *Deferred[struct{}]
	Release()
}

var (
	_ Acquirer = (*Lock)(nil)
	_ Acquirer = (*Semaphore)(nil)
)

// RunWith acquires a, calls f, and releases a when what f returned has its result, whatever that is, and passes it on. Cancelling cancels the wait for a, or what f
// returned. A panic in f becomes a [*Failure]. Twisted: DeferredLock.run, DeferredSemaphore.run.
func RunWith[T any](a Acquirer, f func() *Deferred[T]) *Deferred[T] {
	return ThenD(a.Acquire(), func(struct{}) *Deferred[T] {
		return ExecuteD(nil, f).AddBoth(func(v T, err error) (T, error) {
			a.Release()
			return v, err
		})
	})
}
