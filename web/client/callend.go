// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"strconv"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// This file has the end of a call: its errors, and whether it is sent again.

var errWhole = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the time for the whole request is over")}

// phase translates the phase of an exchange.
func (c *call) phase(p exchange.Phase) Phase {
	switch p {
	case exchange.PhaseRequest:
		return PhaseRequest
	case exchange.PhaseConnect:
		return PhaseConnect
	case exchange.PhaseSent:
		if !c.x.Finished() {
			return PhaseSend
		}
		return PhaseWait
	case exchange.PhaseResponse:
		return PhaseHead
	}
	return PhaseResponse
}

// cancelled is called by the Deferred of the response when nobody wants it any more.
func (c *call) cancelled(*deferred.Deferred[*Response]) { c.abort(deferred.ErrCancelled) }

// abort ends c from this side.
func (c *call) abort(err error) {
	if !c.over {
		phase := c.phase(c.x.Phase())
		c.x.Cancel()
		c.fail(phase, err)
	}
}

// failure returns the error of c.
func (c *call) failure(phase Phase, err error) error {
	method := c.req.Method
	if method == "" {
		method = "GET"
	}
	where := ""
	if !h1.IsToken(method) {
		method = strconv.Quote(method)
	}
	if u := c.req.URL; u != nil && u.Opaque != "" {
		where = u.Scheme + ":..."
	} else {
		where = shown(u)
	}
	return &Error{Phase: phase, Method: method, URL: where, Err: err}
}

// fail ends c.
func (c *call) fail(phase Phase, err error) {
	if c.over {
		return
	}
	c.a.stats.Failed++
	c.finish(c.failure(phase, err))
}

// finish ends c; its exchange is over.
func (c *call) finish(err error) {
	c.over, c.err = true, err
	if c.whole != nil {
		c.whole.Cancel()
	}
	if c.skip != nil {
		c.skip.Cancel()
	}
	if c.up != nil {
		c.up.stop()
	} else {
		discard(c.req.Body)
	}
	switch c.state {
	case callSending:
		c.state = callHeld
		c.d.Errback(err)
	case callReading:
		c.tell()
	}
}

// tell ends the delivery of the body.
func (c *call) tell() {
	if to := c.to; to != nil {
		c.to = nil
		to.end(c.err)
	}
}

// again sends the request once more, on a new connection, when one that was used before has turned out to be dead before a byte of the response came: servers close those that are
// idle whenever they like (RFC 9112 section 9.3.1). So it does, whatever the method, when the server has not looked at the request (RFC 9113 section 8.7). The exchange has done so
// already if there was no body, or a small one; here it is for one that can be rewound.
func (c *call) again(e *exchange.Error) bool {
	if c.up == nil {
		return false
	}
	unseen := c.x.Unseen()
	if !unseen && !c.x.Stale(e) {
		return false
	}
	r, ok := c.up.body.(Rewinder)
	if !ok {
		return false
	}
	c.up.stop()
	body, err := r.Rewind()
	if err != nil {
		c.fail(PhaseBody, err)
		return true
	}
	c.x.Renew()
	if !unseen {
		c.x.Fresh = true
	}
	c.up = &upload{c: c, body: body, length: c.x.Length}
	c.x.RegisterProducer(c.up, protocol.PushProducer)
	c.pool.Do(&c.x)
	return true
}
