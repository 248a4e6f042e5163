// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"math"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// A delayed call's place in the heap may be out of date: a call that was cancelled keeps its node, and one that was moved to a later time keeps the node of
// the earlier time. Whoever comes upon such a node at the top of the heap drops it or puts it where it belongs. So the usual life of a timeout, which
// is moved again and again and never runs, costs two stores a move. For example:
//
//	CallLater(10)   node (10)
//	Reset(15)       node (10), deadline 15: nothing moves
//	at 10           the node is put back with (15)
//	Reset(3)        earlier than the node: a second node (3), the first one is dead

type delayedCall struct {
	loop    *Loop
	f       func()
	when    int64  // the deadline, in nanoseconds since the loop's epoch
	seq     uint64 // the order of arming: equal deadlines run first in, first out
	nodeKey int64  // of the node that counts
	nodeSeq uint64 // of the node that counts; 0 when there is none
	state   callState
	made    deferred.Stack // where it was made, with Config.Debug
}

type callState uint8

const (
	callActive callState = iota
	callRan
	callCancelled
)

var _ protocol.DelayedCall = (*delayedCall)(nil)

func (c *delayedCall) err() error {
	switch c.state {
	case callRan:
		return protocol.ErrAlreadyCalled
	case callCancelled:
		return protocol.ErrAlreadyCancelled
	}
	return nil
}

func (c *delayedCall) Cancel() error {
	loopcheck.Check(c.loop, "reactor: DelayedCall.Cancel")
	if err := c.err(); err != nil {
		return err
	}
	c.state = callCancelled
	if c.nodeSeq != 0 {
		c.loop.timers.dead++
		c.loop.timers.compact()
	}
	return nil
}

func (c *delayedCall) Reset(d time.Duration) error {
	loopcheck.Check(c.loop, "reactor: DelayedCall.Reset")
	if err := c.err(); err != nil {
		return err
	}
	c.loop.timers.arm(c, after(c.loop.nanos(), max(d, 0)))
	return nil
}

func (c *delayedCall) Delay(d time.Duration) error {
	loopcheck.Check(c.loop, "reactor: DelayedCall.Delay")
	if err := c.err(); err != nil {
		return err
	}
	c.loop.timers.arm(c, max(after(c.when, d), c.loop.nanos()))
	return nil
}

func (c *delayedCall) Rearm(d time.Duration) {
	loopcheck.Check(c.loop, "reactor: DelayedCall.Rearm")
	if c.state != callActive {
		c.state = callActive
		if c.nodeSeq != 0 {
			c.loop.timers.dead--
		}
	}
	c.loop.timers.arm(c, after(c.loop.nanos(), max(d, 0)))
}

func (c *delayedCall) Active() bool { return c.state == callActive }

func (c *delayedCall) Time() time.Time { return c.loop.epoch.Add(time.Duration(c.when)) }

// after returns t+d without overflow; t is not negative. No deadline may lie before the pass that sets it: it would go before those that are due already.
func after(t int64, d time.Duration) int64 {
	if d > 0 && t > math.MaxInt64-int64(d) {
		return math.MaxInt64
	}
	return t + int64(d)
}

// timers is a 4-ary heap with the key beside the pointer, so that sifting touches no call.
type timers struct {
	heap []timerNode
	dead int // nodes that are of no use any more
	seq  uint64
}

type timerNode struct {
	when int64
	seq  uint64
	call *delayedCall
}

func (n timerNode) before(m timerNode) bool {
	return n.when < m.when || n.when == m.when && n.seq < m.seq
}

// arm sets the deadline of an active call.
func (t *timers) arm(c *delayedCall, when int64) {
	t.seq++
	c.when, c.seq = when, t.seq
	if c.nodeSeq != 0 {
		if c.nodeKey <= when {
			return // the node in the heap comes up in time to be put right
		}
		c.nodeSeq = 0 // its node is dead from here on, for compact too
		t.dead++
		t.compact()
	}
	t.push(c)
}

func (t *timers) push(c *delayedCall) {
	c.loop.hosted.armed(c.when)
	c.nodeKey, c.nodeSeq = c.when, c.seq
	t.heap = append(t.heap, timerNode{c.when, c.seq, c})
	t.up(len(t.heap) - 1)
}

// due returns the next call that is due at now and was armed no later than seq limit, or nil. It takes the call's node away.
func (t *timers) due(now int64, limit uint64) *delayedCall {
	for len(t.heap) > 0 && t.heap[0].when <= now && t.heap[0].seq <= limit {
		n := t.heap[0]
		c := n.call
		switch {
		case c.nodeSeq != n.seq:
			t.dead--
		case c.state != callActive:
			t.dead--
			c.nodeSeq = 0
		case c.seq != n.seq: // moved since
			c.nodeKey, c.nodeSeq = c.when, c.seq
			t.heap[0].when, t.heap[0].seq = c.when, c.seq
			t.down(0)
			continue
		default:
			t.pop()
			c.nodeSeq = 0
			return c
		}
		t.pop()
	}
	return nil
}

// next returns when the heap wants to be looked at again.
func (t *timers) next() (when int64, ok bool) {
	for len(t.heap) > 0 {
		n := t.heap[0]
		if n.call.nodeSeq == n.seq && n.call.state == callActive {
			return n.when, true
		}
		if n.call.nodeSeq == n.seq {
			n.call.nodeSeq = 0
		}
		t.dead--
		t.pop()
	}
	return 0, false
}

// compact removes the dead nodes when they are many. Twisted does so at the same marks.
func (t *timers) compact() {
	if t.dead <= 50 || t.dead <= len(t.heap)/2 {
		return
	}
	live := t.heap[:0]
	for _, n := range t.heap {
		switch {
		case n.call.nodeSeq != n.seq:
		case n.call.state != callActive:
			n.call.nodeSeq = 0
		default:
			live = append(live, n)
		}
	}
	clear(t.heap[len(live):])
	t.heap, t.dead = live, 0
	t.shrink()
	for i := (len(t.heap)+2)/4 - 1; i >= 0; i-- { // the last parent first; none in a heap of one or none
		t.down(i)
	}
}

// shrink gives memory back that is needed no more.
func (t *timers) shrink() {
	if cap(t.heap) > 1024 && len(t.heap) < cap(t.heap)/8 {
		t.heap = append(make([]timerNode, 0, cap(t.heap)/4), t.heap...)
	}
}

func (t *timers) pop() {
	last := len(t.heap) - 1
	t.heap[0] = t.heap[last]
	t.heap[last] = timerNode{}
	t.heap = t.heap[:last]
	if last > 1 {
		t.down(0)
	}
	t.shrink()
}

func (t *timers) up(i int) {
	n := t.heap[i]
	for i > 0 {
		parent := (i - 1) / 4
		if !n.before(t.heap[parent]) {
			break
		}
		t.heap[i] = t.heap[parent]
		i = parent
	}
	t.heap[i] = n
}

func (t *timers) down(i int) {
	n := t.heap[i]
	for {
		first := 4*i + 1
		if first >= len(t.heap) {
			break
		}
		least := first
		for j := first + 1; j < min(first+4, len(t.heap)); j++ {
			if t.heap[j].before(t.heap[least]) {
				least = j
			}
		}
		if !t.heap[least].before(n) {
			break
		}
		t.heap[i] = t.heap[least]
		i = least
	}
	t.heap[i] = n
}

// CallLater calls f on this loop when d has passed; see [protocol.Clock]. Time is read once a pass, so d counts from the time that Now tells. Loop only.
func (l *Loop) CallLater(d time.Duration, f func()) protocol.DelayedCall {
	loopcheck.Check(l, "reactor: CallLater")
	c := &delayedCall{loop: l, f: f}
	if l.r.cfg.Debug { // asked here too, for it is a hot path
		c.made = l.r.origin()
	}
	l.timers.arm(c, after(l.nanos(), max(d, 0)))
	return c
}

// DelayedCalls returns the calls of this loop that are still to come, in no order. Twisted: getDelayedCalls. Loop only.
func (l *Loop) DelayedCalls() []protocol.DelayedCall {
	var calls []protocol.DelayedCall
	for _, n := range l.timers.heap {
		if n.call.nodeSeq == n.seq && n.call.state == callActive {
			calls = append(calls, n.call)
		}
	}
	return calls
}

func (l *Loop) runTimers(limit uint64) {
	if _, ok := l.timers.next(); !ok {
		return
	}
	now := l.nanos()
	for c := l.timers.due(now, limit); c != nil; c = l.timers.due(now, limit) {
		c.state = callRan
		l.busy = true
		l.run(c.f, c.made)
	}
}
