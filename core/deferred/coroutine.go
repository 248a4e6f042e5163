// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"iter"

	"github.com/torsion-go/torsion/core/internal/coro"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Coroutine is the handle of a function that [Go] started; [Await] needs it. It is valid only within that function, not in callbacks or goroutines made there.
type Coroutine struct {
	loop       protocol.Loop
	pool       *CoroutinePool
	prev, next *Coroutine // in the pool's list of all its coroutines
	resume     func() (struct{}, bool)
	stop       func()
	yield      func(struct{}) bool
	job        job
	waitingOn  canceler // what Await waits for
	state      coState
	cancelled  bool // cancelled while running: the next wait is cut short
}

type coState uint8

const (
	coIdle coState = iota
	coRunning
	coWaiting
	coDead
)

// A job is the function of a coroutine with its result.
type job interface {
	run(co *Coroutine)
	finish() runnable
}

// task is the job of Go.
type task[T any] struct {
	out Deferred[T]
	f   func(*Coroutine) (T, error)
	val T
	err error
}

// Loop returns the loop given to Go.
func (co *Coroutine) Loop() protocol.Loop { return co.loop }

// Go runs f as a coroutine of the loop and returns its result. f starts at once and runs until its first [Await] of something that has no result yet; Go then
// returns, and f goes on, on the loop, when there is one. A panic in f becomes a [*Failure].
//
// Cancelling the result cancels what f waits for; f sees that error from Await and may return it, or handle it and return a value.
//
// Loop only. Off the loop, before it runs, f is posted and starts when the loop does. In a GUI toolkit's dialog f starts, and goes on, when the dialog is closed. loop may be nil; f then runs on whatever goroutine fires what it waits
// for. When a loop ends, [CoroutinePool.Close] ends what is left. Twisted: inlineCallbacks, ensureDeferred.
func Go[T any](loop protocol.Loop, f func(co *Coroutine) (T, error)) *Deferred[T] {
	loopcheck.Check(loop, "deferred: Go")
	t := &task[T]{f: f}
	t.out.init(loop, nil)
	if loop != nil && !loop.OnLoop() {
		loop.CallFromThread(func() { t.begin(loop) })
		return &t.out
	}
	t.begin(loop)
	return &t.out
}

func (t *task[T]) begin(loop protocol.Loop) {
	if t.out.flags&fired != 0 {
		return // cancelled before the loop ran
	}
	if coro.Barred(loop) {
		coro.Later(loop, func() { t.begin(loop) })
		return
	}
	co := newCoroutine(loop)
	if co == nil {
		t.out.resolve(t.val, ErrLoopEnded)
		return
	}
	co.job = t
	t.out.origin = co
	if next := co.advance(); next != nil {
		drain(next)
	}
}

func (t *task[T]) run(co *Coroutine) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case abandoned:
		default:
			t.val, t.err = t.out.zero(), Recovered(p)
		}
	}()
	t.val, t.err = t.f(co)
}

func (t *task[T]) finish() runnable {
	v, err := t.val, t.err
	t.val, t.err, t.f = t.out.zero(), nil, nil
	return t.out.start(v, err)
}

// Await returns the result of d, which it takes. Within its coroutine it looks as if it blocked; the loop goes on meanwhile. If d has its result already
// nothing is switched. It may only be called by the function that co was given to. Loop only.
//
// If the loop ends during the wait, Await doesn't return: the function's deferred calls run and it is gone. Twisted: yield and await.
func Await[T any](co *Coroutine, d *Deferred[T]) (T, error) {
	if co.state != coRunning {
		if co.state == coDead {
			panic(abandoned{})
		}
		panic("deferred: Await outside of its coroutine")
	}
	loopcheck.Check(d.loop, "deferred: Await")
	if co.cancelled && !d.settled() {
		co.cancelled = false
		d.Cancel()
	}
	if d.settled() {
		return d.take()
	}
	d.push(step[T]{do: (*awaiter[T])(co)})
	co.waitingOn = d
	co.state = coWaiting
	if !co.yield(struct{}{}) {
		co.state = coDead
		panic(abandoned{})
	}
	return d.take()
}

// abandoned unwinds a coroutine whose loop has ended.
type abandoned struct{}

// awaiter is a coroutine that waits for a Deferred[T]: the step that resumes it. The coroutine takes the result itself.
type awaiter[T any] Coroutine

func (a *awaiter[T]) run(*Deferred[T], func(error) (T, error)) runnable {
	co := (*Coroutine)(a)
	if co.state != coWaiting {
		return nil
	}
	if coro.Barred(co.loop) {
		co.waitingOn = nil
		coro.Later(co.loop, co.goOn)
		return nil
	}
	return co.advance()
}

// goOn is advance for a coroutine that was not to be switched to when its wait ended.
func (co *Coroutine) goOn() {
	if co.state != coWaiting {
		return
	}
	if next := co.advance(); next != nil {
		drain(next)
	}
}

// advance runs the coroutine to its next wait or its end, and then returns its Deferred.
func (co *Coroutine) advance() runnable {
	co.state = coRunning
	co.waitingOn = nil
	co.resume()
	if co.state == coWaiting {
		return nil
	}
	j := co.job
	co.job = nil
	co.release()
	return j.finish()
}

// cancelStep is called when the coroutine's Deferred is cancelled.
func (co *Coroutine) cancelStep() canceler {
	if co.state == coWaiting && co.waitingOn != nil {
		return co.waitingOn
	}
	co.cancelled = true
	return nil
}

// body is what the coroutine's own goroutine runs: one job after the other.
func (co *Coroutine) body() iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		co.yield = yield
		for {
			co.job.run(co)
			if co.state == coDead {
				return
			}
			co.state = coIdle
			if !yield(struct{}{}) {
				return
			}
		}
	}
}
