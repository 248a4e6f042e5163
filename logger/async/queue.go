// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package async

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Config configures a queue. The zero Config is good.
type Config struct {
	// MaxEvents is how many events, or Writes, the queue holds. Zero means 8192.
	MaxEvents int
	// MaxBytes is how much the queue holds, in octets: of an event its texts are counted. Zero means 4 MiB.
	MaxBytes int
	// Lost makes the line of a Writer that tells how many events were lost. Nil means "N events lost".
	Lost func(n uint64) []byte
	// CriticalWait is how long Observe waits for an event of level Critical to be with the sink. After it waited in vain once, it does not
	// until the sink moves again. Zero means 50 ms, less than zero never.
	CriticalWait time.Duration
	// CloseTimeout is how long Close waits for the sink. Zero means 5 s.
	CloseTimeout time.Duration
}

func (c *Config) withDefaults() Config {
	var d Config
	if c != nil {
		d = *c
	}
	if d.MaxEvents <= 0 {
		d.MaxEvents = 8192
	}
	if d.MaxBytes <= 0 {
		d.MaxBytes = 4 << 20
	}
	if d.Lost == nil {
		d.Lost = func(n uint64) []byte { return fmt.Appendf(nil, "%d events lost\n", n) }
	}
	if d.CriticalWait == 0 {
		d.CriticalWait = 50 * time.Millisecond
	}
	if d.CloseTimeout <= 0 {
		d.CloseTimeout = 5 * time.Second
	}
	return d
}

const (
	reserve = 64  // how many critical events find room in a full queue
	burst   = 256 // how many entries the sink is given at a time
)

// An entry is one thing queued, and how many were lost just before it.
type entry[T any] struct {
	v    T
	size int
	lost uint64
}

// A queue holds entries for a sink. One goroutine gives them to it.
type queue[T any] struct {
	config  Config
	deliver func([]entry[T]) error // an entry of size 0 tells only what was lost
	wake    chan struct{}          // 1: a wake-up that was not seen yet
	ended   chan struct{}          // closed when the goroutine is gone

	mu      sync.Mutex // guards all below
	ring    []entry[T]
	head, n int
	bytes   int    // of those queued and of those with the sink
	held    int    // how many are with the sink
	queued  uint64 // all that ever were
	done    uint64 // all that the sink had
	lost    uint64 // since the last entry
	dropped uint64 // all that ever were
	failed  uint64 // how often the sink failed
	stuck   bool   // a critical event waited in vain since the sink moved last
	closed  bool
	waiters []waiter
}

// A waiter waits until so many are done.
type waiter struct {
	until uint64
	done  chan struct{}
}

func newQueue[T any](c *Config, deliver func([]entry[T]) error) *queue[T] {
	q := &queue[T]{config: c.withDefaults(), deliver: deliver, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go q.run() // Close waits for it
	return q
}

// room tells whether an entry of this size can be queued; it counts it as lost otherwise. mu is held.
func (q *queue[T]) room(size int, critical bool) bool {
	full := q.n+q.held >= q.config.MaxEvents || q.bytes+size > q.config.MaxBytes
	if critical && q.n+q.held < q.config.MaxEvents+reserve {
		full = false
	}
	if full || q.closed {
		q.lost++
		q.dropped++
		if q.n+q.held == 0 {
			q.signal() // it alone was too much: nothing else would have this told
		}
		return false
	}
	return true
}

// push queues v. mu is held, and room was there.
func (q *queue[T]) push(v T, size int) {
	if q.n == len(q.ring) {
		bigger := make([]entry[T], max(64, 2*len(q.ring)))
		for i := range q.n {
			bigger[i] = q.ring[(q.head+i)%len(q.ring)]
		}
		q.ring, q.head = bigger, 0
	}
	q.ring[(q.head+q.n)%len(q.ring)] = entry[T]{v, size, q.lost}
	q.n++
	q.lost = 0
	q.bytes += size
	if q.queued++; q.n == 1 && q.held == 0 {
		q.signal()
	}
}

func (q *queue[T]) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue[T]) run() {
	defer close(q.ended)
	var batch []entry[T]
	for {
		batch = q.take(batch[:0])
		if len(batch) == 0 {
			q.mu.Lock()
			closed := q.closed
			q.mu.Unlock()
			if closed {
				return
			}
			<-q.wake
			continue
		}
		err := q.give(batch)
		q.finish(batch, err)
		clear(batch)
	}
}

// take moves entries to the batch. If there are none but some were lost, it makes one that tells so.
func (q *queue[T]) take(batch []entry[T]) []entry[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.n > 0 && len(batch) < burst {
		e := &q.ring[q.head]
		batch = append(batch, *e)
		*e = entry[T]{}
		q.head = (q.head + 1) % len(q.ring)
		q.n--
		q.held++
	}
	if len(batch) == 0 && q.lost > 0 {
		batch = append(batch, entry[T]{lost: q.lost})
		q.lost = 0
	}
	return batch
}

// give gives the batch to the sink.
func (q *queue[T]) give(batch []entry[T]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("async: panic in the sink: %v", p)
		}
	}()
	return q.deliver(batch)
}

func (q *queue[T]) finish(batch []entry[T], err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range batch {
		q.bytes -= e.size
	}
	q.done += uint64(q.held)
	q.held = 0
	q.stuck = false
	if err != nil {
		q.failed++
	}
	q.release()
}

// release wakes those whose wait is over. mu is held.
func (q *queue[T]) release() {
	kept := q.waiters[:0]
	for _, w := range q.waiters {
		if q.done >= w.until {
			close(w.done)
		} else {
			kept = append(kept, w)
		}
	}
	clear(q.waiters[len(kept):])
	q.waiters = kept
}

// Flush waits until all that was queued before is with the sink, or ctx ends, and returns the context's cause then. It may not be called on a loop.
func (q *queue[T]) Flush(ctx context.Context) error {
	q.mu.Lock()
	if q.done >= q.queued {
		q.mu.Unlock()
		return nil
	}
	w := waiter{q.queued, make(chan struct{})}
	q.waiters = append(q.waiters, w)
	q.mu.Unlock()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		q.mu.Lock()
		defer q.mu.Unlock()
		for i := range q.waiters {
			if q.waiters[i] == w {
				q.waiters = append(q.waiters[:i], q.waiters[i+1:]...)
				break
			}
		}
		return fmt.Errorf("async: flush: %w", context.Cause(ctx))
	}
}

// FlushCritical is Flush for at most CriticalWait; it returns at once if the sink did not move since that was waited for in vain.
func (q *queue[T]) FlushCritical() {
	q.mu.Lock()
	skip := q.stuck || q.config.CriticalWait < 0
	q.mu.Unlock()
	if skip {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), q.config.CriticalWait)
	defer cancel()
	if q.Flush(ctx) != nil {
		q.mu.Lock()
		q.stuck = true
		q.mu.Unlock()
	}
}

// Close waits until all that is queued is with the sink and the goroutine is gone, for CloseTimeout at most: then it returns an error that matches context.DeadlineExceeded, and the
// goroutine ends with the call of the sink that it is in. The sink itself stays open. What comes after Close is dropped. A second call returns an error that matches net.ErrClosed.
func (q *queue[T]) Close() error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return fmt.Errorf("async: close: %w", net.ErrClosed)
	}
	q.closed = true
	q.signal()
	q.mu.Unlock()
	timer := time.NewTimer(q.config.CloseTimeout)
	defer timer.Stop()
	select {
	case <-q.ended:
		return nil
	case <-timer.C:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.n + q.held
	q.dropped += uint64(q.n)
	q.done += uint64(q.n) // which nobody has to wait for
	q.n, q.ring, q.head, q.lost = 0, nil, 0, 0
	q.release()
	return fmt.Errorf("async: close: the sink is stuck: %d events lost: %w", left, context.DeadlineExceeded)
}

// Dropped returns how many found no room.
func (q *queue[T]) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}

// Errors returns how often the sink failed.
func (q *queue[T]) Errors() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failed
}
