// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// An upload is the body of a request on its way: the consumer that the Body writes to, and the producer that the exchange knows. Loop only.
type upload struct {
	c      *call
	body   Body
	length int64
	sent   int64
	d      *deferred.Deferred[struct{}]
	p      protocol.Producer // the body's; nil for none
	asks   protocol.DelayedCall
	expect protocol.DelayedCall // the end of the wait for 100 Continue
	early  []byte               // came while there was no connection, after a server had refused the request: one piece

	pull, // p is a pull producer
	begun, // the body was started
	ended, // it is complete, behind early
	full, // the connection has enough
	over bool
}

// continueTime is how long a server may take to say 100 Continue before the body is sent all the same: many never do.
const continueTime = time.Second

// frameBody sees to the body.
func (c *call) frameBody() error {
	r, x := c.req, &c.x
	if r.Body == nil {
		return nil
	}
	x.Length = r.Body.Length()
	if b, ok := r.Body.(*memoryBody); ok && !r.Expect {
		x.Content, x.Length = b.data, int64(len(b.data))
		return nil
	}
	x.Length = max(x.Length, -1)
	if x.Length == 0 {
		return nil
	}
	x.Expect = r.Expect
	c.up = &upload{c: c, body: r.Body, length: x.Length}
	return nil
}

// Pause is called by the exchange.
func (u *upload) Pause() {
	if u.full = true; u.p != nil && !u.pull && u.begun {
		u.p.Pause()
	}
}

// Resume is called by the exchange: when there is a connection, and when it takes more.
func (u *upload) Resume() {
	u.full = false
	switch {
	case u.over:
	case u.begun:
		u.catchUp()
	case u.expect != nil:
	case u.c.req.Expect:
		u.expect = u.c.a.loop.CallLater(continueTime, u.begin)
	default:
		u.begin()
	}
}

// catchUp goes on with a body that was begun.
func (u *upload) catchUp() {
	if early := u.early; len(early) > 0 {
		u.early = nil
		if _, err := u.c.x.Write(early); err != nil {
			u.fail(err)
			return
		}
	}
	switch {
	case u.over:
	case u.ended:
		u.finish()
	case !u.full:
		u.wake()
	}
}

// Stop is called by the exchange when it is over.
func (u *upload) Stop(error) { u.stop() }

// goOn is called for 100 Continue.
func (u *upload) goOn() {
	if u.expect != nil && !u.begun {
		u.begin()
	}
}

func (u *upload) begin() {
	if u.begun || u.over {
		return
	}
	if u.expect != nil {
		u.expect.Cancel()
	}
	u.begun = true
	d := u.body.Start(u)
	if u.over { // it ended inside
		d.Cancel()
	} else {
		u.d = d
	}
	d.Done(func(_ struct{}, err error) { u.done(err) })
}

// wake has the producer write.
func (u *upload) wake() {
	switch {
	case u.p == nil:
	case !u.pull:
		u.p.Resume()
	case u.asks == nil:
		u.asks = u.c.a.loop.CallLater(0, u.ask)
	case !u.asks.Active():
		u.asks.Rearm(0)
	}
}

// ask asks a pull producer for one more piece.
func (u *upload) ask() {
	if u.p != nil && !u.over && !u.full {
		u.p.Resume()
	}
}

// Write takes a piece of the body.
func (u *upload) Write(p []byte) (int, error) {
	switch {
	case u.over:
		return 0, net.ErrClosed
	case u.length >= 0 && u.sent+int64(len(p)) > u.length:
		err := fmt.Errorf("%w: %d bytes were announced", errTooMuch, u.length)
		u.fail(err)
		return 0, err
	}
	u.sent += int64(len(p))
	if !u.c.x.Started() {
		u.early = append(u.early, p...)
		return len(p), nil
	}
	n, err := u.c.x.Write(p)
	if f := u.c.req.Progress; f != nil && err == nil {
		f(u.sent, u.length)
	}
	if u.pull && !u.full && !u.over {
		u.wake()
	}
	return n, err
}

// RegisterProducer puts p in charge.
func (u *upload) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	switch {
	case u.over:
		p.Stop(net.ErrClosed)
		return net.ErrClosed
	case u.p != nil:
		return protocol.ErrProducerRegistered
	}
	u.p, u.pull = p, mode == protocol.PullProducer
	if u.pull && !u.full {
		u.wake()
	} else if u.full && !u.pull {
		p.Pause()
	}
	return nil
}

// UnregisterProducer lets go of the producer.
func (u *upload) UnregisterProducer() { u.p = nil }

var (
	errTooMuch   = errors.New("the body is longer than it said")
	errTooLittle = errors.New("the body is shorter than it said")
)

// done is the end of the body.
func (u *upload) done(err error) {
	switch {
	case u.over:
	case err != nil:
		u.fail(err)
	case u.length >= 0 && u.sent != u.length:
		u.fail(fmt.Errorf("%w: %d of %d bytes", errTooLittle, u.sent, u.length))
	case !u.c.x.Started():
		u.ended, u.p = true, nil
	default:
		u.finish()
	}
}

// finish ends the body, with its trailer.
func (u *upload) finish() {
	u.over, u.p = true, nil
	var trailer []h1.Field
	if f := u.c.req.Trailer; f != nil && u.length < 0 {
		h := f()
		if err := h.Err(); err != nil {
			u.over = false
			u.fail(err)
			return
		}
		for k, v := range h.All() {
			if !h1.Framed(k) {
				trailer = append(trailer, h1.Field{Name: k, Value: v})
			}
		}
	}
	u.c.x.Finish(trailer)
}

// fail ends the request.
func (u *upload) fail(err error) {
	if c := u.c; !u.over && !c.over {
		c.x.Cancel()
		c.fail(PhaseBody, err)
	}
	u.stop()
}

// stop ends the body, of which no more is wanted.
func (u *upload) stop() {
	if u.over {
		return
	}
	u.over = true
	if !u.begun {
		discard(u.body)
	}
	if u.expect != nil {
		u.expect.Cancel()
	}
	if u.asks != nil {
		u.asks.Cancel()
	}
	if p := u.p; p != nil {
		u.p = nil
		p.Stop(net.ErrClosed)
	}
	if d := u.d; d != nil {
		u.d = nil
		d.Cancel()
	}
}

// Loop returns the loop, for bodies that need one.
func (u *upload) Loop() protocol.Loop { return u.c.a.loop }
