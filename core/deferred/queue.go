// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"errors"
	"slices"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// The errors of [Queue].
var (
	// ErrQueueOverflow is returned by Put when the queue is full. Twisted: QueueOverflow.
	ErrQueueOverflow = errors.New("deferred: queue is full")
	// ErrQueueUnderflow is the result of Get when too many wait already. Twisted: QueueUnderflow.
	ErrQueueUnderflow = errors.New("deferred: too many wait for the queue")
)

// QueueLimits bounds a [Queue].
type QueueLimits struct {
	// Size is how many values are stored; negative stores none, so that Put works only while somebody waits. 0 means no limit.
	Size int
	// Backlog is how many may wait; negative lets nobody wait. 0 means no limit.
	Backlog int
}

// A Queue hands values from those who put to those who get, both in order. Loop only. Twisted: DeferredQueue.
type Queue[T any] struct {
	loop    protocol.Loop
	limits  QueueLimits
	values  []T
	waiters []*Deferred[T]
}

// NewQueue returns an empty Queue. loop may be nil.
func NewQueue[T any](loop protocol.Loop, limits QueueLimits) *Queue[T] {
	return &Queue[T]{loop: loop, limits: limits}
}

// Put gives v to the one who has waited longest, whose callbacks run before Put returns, or stores it. Without room it returns [ErrQueueOverflow].
func (q *Queue[T]) Put(v T) error {
	loopcheck.Check(q.loop, "deferred: Put")
	if len(q.waiters) > 0 {
		d := q.waiters[0]
		q.waiters = slices.Delete(q.waiters, 0, 1)
		d.resolve(v, nil)
		return nil
	}
	if full(len(q.values), q.limits.Size) {
		return ErrQueueOverflow
	}
	q.values = append(q.values, v)
	return nil
}

// Get fires with the oldest value, as soon as there is one. If too many wait already it fails with [ErrQueueUnderflow]. Cancelling it stops waiting.
func (q *Queue[T]) Get() *Deferred[T] {
	loopcheck.Check(q.loop, "deferred: Get")
	if v, ok := q.TryGet(); ok {
		return SucceedOn(q.loop, v)
	}
	if full(len(q.waiters), q.limits.Backlog) {
		return FailOn[T](q.loop, ErrQueueUnderflow)
	}
	d := NewCancellable(q.loop, func(d *Deferred[T]) {
		if i := slices.Index(q.waiters, d); i >= 0 {
			q.waiters = slices.Delete(q.waiters, i, i+1)
		}
	})
	q.waiters = append(q.waiters, d)
	return d
}

// TryGet returns the oldest value if there is one.
func (q *Queue[T]) TryGet() (v T, ok bool) {
	if len(q.values) == 0 {
		return v, false
	}
	v = q.values[0]
	var zero T
	q.values[0] = zero
	if q.values = q.values[1:]; len(q.values) == 0 {
		q.values = nil
	}
	return v, true
}

// Len returns how many values are stored.
func (q *Queue[T]) Len() int { return len(q.values) }

// Waiting returns how many wait in Get.
func (q *Queue[T]) Waiting() int { return len(q.waiters) }

func full(n, limit int) bool { return limit != 0 && n >= max(limit, 0) }
