// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

// How a chain runs. advance runs the steps of one Deferred until none is left or it must wait. A step may make another Deferred ready to run: the one that
// waited for this one, or the result of Then. It isn't run from within the step but handed back, and drain runs it before it goes on with the first, as the
// nested call would have. So the stack stays flat however long a chain of Deferreds is:
//
//	a waits for b waits for c; c fires: drain runs c, whose step returns b, whose step returns a.

// A step is one link of a chain. bad is set only where the link is an okFunc.
type step[T any] struct {
	do  link[T]
	bad func(error) (T, error)
}

// A link works on the result of d, which it may change, and returns what has to run before d goes on.
type link[T any] interface {
	run(d *Deferred[T], bad func(error) (T, error)) runnable
}

// A runnable is a Deferred of any type.
type runnable interface {
	// advance runs steps. next must run before it is called again; more is false when it need not be.
	advance() (next runnable, more bool)
}

func (d *Deferred[T]) drain() {
	if d.flags&running == 0 {
		drain(d)
	}
}

func drain(cur runnable) {
	var room [8]runnable
	stack := room[:0]
	for {
		next, more := cur.advance()
		if next != nil {
			if more {
				stack = append(stack, cur)
			}
			cur = next
			continue
		}
		if len(stack) == 0 {
			return
		}
		last := len(stack) - 1
		cur, stack[last] = stack[last], nil
		stack = stack[:last]
	}
}

func (d *Deferred[T]) advance() (next runnable, more bool) {
	if d.flags&waiting != 0 {
		return nil, false
	}
	d.flags |= running
	for d.n > 0 && d.pauses == 0 && d.flags&waiting == 0 {
		if next = d.runSteps(); next != nil && d.n > 0 {
			return next, true
		}
		if next != nil {
			break
		}
	}
	d.flags &^= running
	if d.n == 0 && d.err != nil && d.flags&waiting == 0 {
		d.arm()
	}
	return next, false
}

// runSteps runs steps until one panics, hands over, or makes d wait.
func (d *Deferred[T]) runSteps() (next runnable) {
	busy := false
	defer func() {
		if !busy {
			return
		}
		if v := recover(); v != nil {
			d.set(d.zero(), Recovered(v))
			return
		}
		d.flags &^= running // runtime.Goexit
	}()
	for d.n > 0 && d.pauses == 0 && d.flags&waiting == 0 && next == nil {
		s := d.pop()
		busy = true
		next = s.do.run(d, s.bad)
		busy = false
	}
	return next
}

// add appends a step and runs it if it is its turn.
func (d *Deferred[T]) add(s step[T]) {
	d.push(s)
	if d.flags&(fired|running) == fired && d.pauses == 0 {
		d.drain()
	}
}

func (d *Deferred[T]) push(s step[T]) {
	d.disarm()
	if int(d.n) < len(d.slots) {
		d.slots[d.n] = s
		d.n++
		return
	}
	x := d.extra()
	x.more = append(x.more, s)
}

func (d *Deferred[T]) pop() step[T] {
	s := d.slots[0]
	d.slots[0] = d.slots[1]
	if d.x == nil || len(d.x.more) == 0 {
		d.slots[1] = step[T]{}
		d.n--
		return s
	}
	x := d.x
	d.slots[1], x.more[0] = x.more[0], step[T]{}
	if x.more = x.more[1:]; len(x.more) == 0 {
		x.more = x.first[:0]
	}
	return s
}

// settled reports whether d has a result that nothing more will change.
func (d *Deferred[T]) settled() bool {
	return d.flags&(fired|running|waiting) == fired && d.pauses == 0 && d.n == 0
}

// follow makes the result of inner that of d: now if there is one, else d waits.
func (d *Deferred[T]) follow(inner *Deferred[T]) {
	switch {
	case inner == nil:
		d.set(d.zero(), nil)
	case inner == d:
		d.set(d.zero(), ErrSelf)
	case inner.settled():
		d.val, d.err = inner.take()
	default:
		d.flags |= waiting
		d.origin = inner
		inner.push(step[T]{do: (*outer[T])(d)})
	}
}

// outer is a Deferred that waits for another one of its type: the step that ends the wait.
type outer[T any] Deferred[T]

func (o *outer[T]) run(inner *Deferred[T], _ func(error) (T, error)) runnable {
	d := (*Deferred[T])(o)
	d.val, d.err = inner.take()
	d.flags &^= waiting
	d.origin = nil
	return d
}

// Pause holds up the callbacks of d until Unpause has been called as often as Pause.
func (d *Deferred[T]) Pause() { d.pauses++ }

// Unpause takes back one Pause; the last one runs the callbacks that became due. It panics without a Pause.
func (d *Deferred[T]) Unpause() {
	if d.pauses == 0 {
		panic("deferred: Unpause without Pause")
	}
	if d.pauses--; d.pauses == 0 && d.flags&fired != 0 {
		d.drain()
	}
}
