// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"fmt"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

const (
	codePiece = 65536    // bytes that are coded on the loop at once
	codeQueue = 16 << 20 // bytes that may wait for a thread
	// codePause is how long a push producer has nothing to say before what it has said is flushed.
	codePause = 5 * time.Millisecond
)

// coded recycles the memory of what was coded on the loop.
var coded = sync.Pool{New: func() any { b := make([]byte, 0, codePiece/4); return &b }}

// A coder stands between the resource and the stream of a response whose body is coded. Loop only; while busy the encoder belongs to a thread.
//
//	Write ──> encode ──────────────────────────────> sendBody
//	          large, or busy: queue ──> thread ──> done ──┘
type coder struct {
	r       *Request
	encoder Encoder
	plain   int64 // the Content-Length that the resource has set, -1 if none
	taken   int64 // bytes of plain body
	queue   []byte
	busy    bool // a thread has the encoder
	flush   bool // when the thread is done
	dirty   bool // the encoder may hold back something
	ended   bool // no more is taken
	closed  bool // the encoder is

	producer *codedProducer
	pause    protocol.DelayedCall // flushes; nil before the first
}

// begin codes what was gathered when the head is sent. known reports that body is all of it, so that its length can be told. To HEAD, that is the end.
func (c *coder) begin(last bool) (body []byte, known bool) {
	r := c.r
	n := r.gatheredLen()
	if known = last && (r.Method != "HEAD" || n > 0); n > 0 || known {
		body = make([]byte, 0, n/2+64)
	}
	if n > 0 {
		c.taken += int64(n)
		c.dirty = true
		body = c.encoder.Encode(body, *r.gather)
	}
	if known {
		c.ended, c.closed = true, true
		body = c.encoder.Close(body)
	}
	if r.Method == "HEAD" {
		c.drop()
		r.more.coder = nil
	} else if !last {
		c.wait()
	}
	return body, known
}

// write takes a piece of the body.
func (c *coder) write(p []byte) (int, error) {
	switch {
	case c.ended:
		return 0, ErrFinished
	case c.plain >= 0 && c.taken+int64(len(p)) > c.plain:
		return 0, ErrContentLength
	}
	c.taken += int64(len(p))
	if !c.busy && (len(p) <= codePiece || c.threads() == nil) {
		c.dirty = true
		c.code(func(b []byte) []byte { return c.encoder.Encode(b, p) })
		return len(p), nil
	}
	if len(c.queue)+len(p) > codeQueue {
		c.r.complain("web: response cut off: too much waits to be coded", "bytes", len(c.queue)+len(p))
		c.r.Abort()
		return len(p), nil
	}
	c.queue = append(c.queue, p...)
	c.start()
	return len(p), nil
}

func (c *coder) threads() deferred.Threads {
	t, _ := c.r.Loop().(deferred.Threads)
	return t
}

// code sends what f appends, from the loop.
func (c *coder) code(f func([]byte) []byte) {
	b := coded.Get().(*[]byte)
	*b = f((*b)[:0])
	c.send(*b)
	if cap(*b) <= 4*codePiece {
		coded.Put(b)
	}
}

// send sends what was coded, and sees to it that more comes.
func (c *coder) send(p []byte) {
	if len(p) > 0 {
		c.r.sent += int64(len(p))
		c.r.s.sendBody(c.r, p)
	}
	switch {
	case c.closed:
	case c.producer != nil && c.producer.pull:
		c.producer.ask(len(p) == 0) // the transport asks for more when something has left only
	default:
		c.wait()
	}
}

// start gives the queue to a thread.
func (c *coder) start() {
	if c.busy || len(c.queue) == 0 {
		return
	}
	c.busy, c.dirty = true, true
	if c.producer != nil {
		c.producer.settle()
	}
	p, threads := c.queue, c.threads()
	c.queue = nil
	threads.CallInThread(func() {
		b, trace, failed := c.encode(p)
		threads.CallFromThread(func() { c.done(b, trace, failed) })
	})
}

// encode codes p in a thread.
func (c *coder) encode(p []byte) (b []byte, trace string, failed any) {
	defer func() {
		if failed = recover(); failed != nil {
			trace = stack()
		}
	}()
	return c.encoder.Encode(make([]byte, 0, len(p)/4), p), "", nil
}

// done goes on with what a thread has coded.
func (c *coder) done(b []byte, trace string, failed any) {
	c.busy = false
	switch r := c.r; {
	case r.gone || r.finished:
		c.drop()
		return
	case failed != nil:
		r.failed(fmt.Sprint("Encoder: ", failed), trace)
		return
	default:
		c.send(b)
	}
	c.start()
	if c.busy || c.r.gone || c.r.finished {
		return
	}
	if c.producer != nil {
		c.producer.settle()
	}
	switch {
	case c.ended:
		c.r.finishing = false
		c.r.Finish()
	case c.flush:
		c.flushNow()
	}
}

// flushNow sends what the encoder holds back.
func (c *coder) flushNow() {
	switch c.flush = c.busy; {
	case c.busy || c.ended || !c.dirty || c.r.gone || c.r.finished:
		return
	}
	c.dirty = false
	c.code(func(b []byte) []byte { return c.encoder.Flush(b) })
}

// wait has the encoder flushed when the resource pauses.
func (c *coder) wait() {
	if !c.dirty || c.busy || c.producer != nil && c.producer.pull {
		return
	}
	after := time.Duration(0)
	if c.producer != nil {
		after = codePause
	}
	switch {
	case c.pause == nil:
		c.pause = c.r.Loop().CallLater(after, c.flushNow)
	case after > 0 || !c.pause.Active():
		c.pause.Rearm(after)
	}
}

// finish ends the body and reports whether it has: otherwise Finish is called again, or the response is cut off.
func (c *coder) finish() bool {
	r := c.r
	switch {
	case c.closed:
		return true
	case c.plain >= 0 && c.taken != c.plain && !r.bodiless:
		r.complain("web: response shorter than its Content-Length", "length", c.plain, "sent", c.taken)
		r.Abort()
		return false
	case c.busy:
		c.ended, r.finishing = true, true
		return false
	}
	c.ended, c.closed = true, true
	c.stop()
	c.code(func(b []byte) []byte { return c.encoder.Close(b) })
	return true
}

func (c *coder) stop() {
	if c.pause != nil && c.pause.Active() {
		c.pause.Cancel()
	}
}

// drop ends the coding of a response that nobody wants any more.
func (c *coder) drop() {
	c.ended = true
	c.stop()
	c.queue, c.producer = nil, nil
	if !c.busy && !c.closed {
		c.closed = true
		discard(c.encoder)
	}
}

// A codedProducer is what the transport knows of a producer whose output is coded: it is asked again when nothing has come out, and paused while a thread is busy.
type codedProducer struct {
	protocol.Producer
	c      *coder
	pull   bool
	paused bool // by the transport
	told   bool // the producer is paused
	again  protocol.DelayedCall
}

// ask sees to it that a pull producer is asked for more in the loop's next pass, or that it is not.
func (p *codedProducer) ask(on bool) {
	switch {
	case !on:
		if p.again != nil && p.again.Active() {
			p.again.Cancel()
		}
	case p.again == nil:
		p.again = p.c.r.Loop().CallLater(0, func() {
			if p.c.producer == p && !p.c.busy {
				p.Producer.Resume()
			}
		})
	case !p.again.Active():
		p.again.Rearm(0)
	}
}

// settle passes on to a push producer whether it is to pause.
func (p *codedProducer) settle() {
	if want := p.paused || p.c.busy; !p.pull && want != p.told {
		if p.told = want; want {
			p.Producer.Pause()
		} else {
			p.Producer.Resume()
		}
	}
}

func (p *codedProducer) Pause() {
	p.paused = true
	p.settle()
}

func (p *codedProducer) Resume() {
	if p.pull {
		if p.c.busy {
			return // what comes from the thread is sent first
		}
		p.Producer.Resume()
		return
	}
	p.paused = false
	p.settle()
}
