// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"context"
	"net"
	"sync"
	"time"
)

// A portable poller runs on package net, so on every system that Go runs on. Goroutines do what blocks and post the outcome to a queue, which Poll
// drains. Each goroutine belongs to one of the things under the poller's care, or to the poller, whose Close ends them and waits.
//
// Where it differs from the other pollers: up to one chunk of each stream is read ahead while receiving is off, and one connection of each listener is
// accepted ahead while it is paused, both held until they are wanted; a reset behind a chunk so held is noticed after it, and one behind the end of stream
// only by sending; a listener that runs out of descriptors leaves the connections that wait in its backlog alone until its pause is over.
type portable struct {
	mu    sync.Mutex
	queue []task        // guarded by mu
	woken bool          // guarded by mu
	bell  chan struct{} // room for one: there is something to look at

	// What follows belongs to the loop.
	spare   []task
	timer   *time.Timer // of Wait
	upcalls int
	closed  bool
	care    map[carried]struct{}
	watcher watcher

	ctx    context.Context // of the poller's life; ends the goroutines of attempts and pauses
	cancel context.CancelFunc
	wg     sync.WaitGroup // of all goroutines
}

// maxSpare bounds the memory that the queue keeps, in tasks.
const maxSpare = 4096

// A task is an outcome that waits for Poll.
type task interface {
	// run makes the upcalls, unless what the outcome is of has been closed.
	run()
}

// A carried thing is under the poller's care.
type carried interface {
	// shut closes it and waits for its goroutines.
	shut()
}

type taskFunc func()

func (f taskFunc) run() { f() }

func newPortable() (Poller, error) {
	p := &portable{bell: make(chan struct{}, 1), timer: time.NewTimer(0), care: make(map[carried]struct{})}
	p.timer.Stop()
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p, nil
}

func (p *portable) Name() string { return "portable" }

func (p *portable) Poll(timeout time.Duration) (int, error) {
	if p.closed {
		return 0, net.ErrClosed
	}
	p.upcalls = 0
	tasks, woken := p.take()
	if len(tasks) == 0 && !woken && timeout != 0 {
		_ = p.Wait(timeout)
		tasks, _ = p.take()
	}
	for _, t := range tasks {
		t.run()
	}
	if tasks != nil {
		clear(tasks)
		if cap(tasks) <= maxSpare { // a burst is over: give its memory back
			p.spare = tasks[:0]
		}
	}
	return p.upcalls, nil
}

// Prepare returns timeout unless there is something to do: goroutines do all the rest.
func (p *portable) Prepare(timeout time.Duration) time.Duration {
	if p.closed || p.pending() {
		return 0
	}
	return timeout
}

// Wait waits for tasks or Wake.
func (p *portable) Wait(timeout time.Duration) error {
	var expired <-chan time.Time
	if timeout >= 0 {
		p.timer.Reset(timeout)
		defer p.timer.Stop()
		expired = p.timer.C
	}
	for !p.pending() {
		select {
		case <-p.bell:
		case <-expired:
			return nil
		}
	}
	return nil
}

func (p *portable) pending() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.woken || len(p.queue) > 0
}

// take returns the tasks that wait. What it gave before may not be in use any more.
func (p *portable) take() (tasks []task, woken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	woken, p.woken = p.woken, false
	if len(p.queue) > 0 {
		tasks, p.queue, p.spare = p.queue, p.spare, nil
	}
	return tasks, woken
}

// post hands t to the loop. Safe from any goroutine.
func (p *portable) post(t task) {
	p.mu.Lock()
	p.queue = append(p.queue, t)
	p.mu.Unlock()
	p.ring()
}

func (p *portable) Wake() {
	p.mu.Lock()
	p.woken = true
	p.mu.Unlock()
	p.ring()
}

func (p *portable) ring() {
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

func (p *portable) Close() error {
	if p.closed {
		return net.ErrClosed
	}
	p.closed = true
	p.cancel()
	for c := range p.care {
		c.shut()
	}
	p.watcher.stop()
	p.wg.Wait()
	// Tasks of what was shut do nothing but give back what they hold.
	tasks, _ := p.take()
	for _, t := range tasks {
		t.run()
	}
	return nil
}

var _ Hosted = (*portable)(nil)
