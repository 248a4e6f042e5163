// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"iter"

	"github.com/torsion-go/torsion/core/protocol"
)

// maxIdle is how many idle coroutines a pool keeps: each has a goroutine with its stack.
const maxIdle = 128

// A CoroutinePool keeps the coroutines of one loop. A loop that has a method CoroutinePool() *CoroutinePool makes [Go] take them from there: an ended coroutine is
// used again, and Close ends all. On a loop without one, a coroutine ends with its function, and one whose function waits for something that never comes stays
// for ever: cancel what Go returned. The zero CoroutinePool is ready for use. Its methods are loop only.
type CoroutinePool struct {
	all    *Coroutine // list of the idle and the waiting
	idle   []*Coroutine
	closed bool
}

// Idle returns the number of coroutines that are kept for reuse.
func (p *CoroutinePool) Idle() int { return len(p.idle) }

// Close ends every coroutine, the idle and the waiting: in a waiting one the function's deferred calls run, and what Go returned never fires. Go fails with
// [ErrLoopEnded] afterwards. A loop calls it on its own goroutine, as its last act. It panics if called in a coroutine.
func (p *CoroutinePool) Close() {
	for co := p.all; co != nil; co = co.next {
		if co.state == coRunning {
			panic("deferred: CoroutinePool.Close in a coroutine")
		}
	}
	p.closed = true
	p.idle = nil
	for p.all != nil {
		co := p.all
		p.remove(co)
		if co.state == coIdle {
			co.state = coDead
		}
		co.stop()
	}
}

func (p *CoroutinePool) add(co *Coroutine) {
	co.pool, co.next = p, p.all
	if p.all != nil {
		p.all.prev = co
	}
	p.all = co
}

func (p *CoroutinePool) remove(co *Coroutine) {
	if co.prev != nil {
		co.prev.next = co.next
	} else {
		p.all = co.next
	}
	if co.next != nil {
		co.next.prev = co.prev
	}
	co.prev, co.next = nil, nil
}

// newCoroutine returns a coroutine for a job on loop, or nil if the loop's pool is closed.
func newCoroutine(loop protocol.Loop) *Coroutine {
	var p *CoroutinePool
	if h, ok := loop.(interface{ CoroutinePool() *CoroutinePool }); ok {
		p = h.CoroutinePool()
	}
	if p != nil {
		if p.closed {
			return nil
		}
		if n := len(p.idle) - 1; n >= 0 {
			co := p.idle[n]
			p.idle[n], p.idle = nil, p.idle[:n]
			return co
		}
	}
	co := &Coroutine{loop: loop}
	co.resume, co.stop = iter.Pull(co.body())
	if p != nil {
		p.add(co)
	}
	return co
}

// release takes back a coroutine whose function has returned.
func (co *Coroutine) release() {
	co.cancelled = false
	p := co.pool
	if co.state == coIdle && p != nil && !p.closed && len(p.idle) < maxIdle {
		p.idle = append(p.idle, co)
		return
	}
	if p != nil && !p.closed {
		p.remove(co)
	}
	co.state = coDead
	co.stop()
}
