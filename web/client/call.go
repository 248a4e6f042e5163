// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A call is a request on its way: the handler of its exchange, and the stream of its response. Loop only.
type call struct {
	a      *Agent
	req    *Request
	x      exchange.Exchange
	pool   *exchange.Pool
	d      *deferred.Deferred[*Response]
	up     *upload              // nil without a body that is streamed
	whole  protocol.DelayedCall // the end of its time; nil if that is not limited
	skip   protocol.DelayedCall // the end of the time in which the rest of the body is read; nil before
	unread int                  // how much of it was
	res    Response
	to     receiver // of the body; nil before start, and when it was told the end
	err    error    // the end, once over
	trail  web.Header
	state  callState
	over   bool // the exchange is done with, well or not
	held   bool // the body is paused

	fields [2]h1.Field // room for those of a simple request
}

// A callState is what the user waits for.
type callState uint8

const (
	callSending  callState = iota // the head
	callHeld                      // nothing: the body waits
	callReading                   // the body
	callSkipping                  // nothing any more: what is left of the body is read and dropped
)

// String returns a word for it.
func (s callState) String() string { return [...]string{"sending", "held", "reading", "skipping"}[s] }

// Interim is called by the exchange.
func (c *call) Interim(h *h1.ResponseHead) {
	if h.Status == 100 && c.up != nil {
		c.up.goOn()
	}
	if f := c.req.Interim; f != nil && !c.over {
		f(h.Status, headerOf(h))
	}
	c.traceInterim(h)
}

// Response is called by the exchange. A body is taken as it comes if the user asks for it at once; otherwise it waits.
func (c *call) Response(h *h1.ResponseHead) {
	if c.over {
		return
	}
	r := &c.res
	r.Status, r.Phrase, r.Length, r.Request, r.stream = h.Status, h.Phrase, h.Length, c.req, c
	r.Proto = "HTTP/1.1"
	switch {
	case c.x.HTTP2():
		r.Proto = "HTTP/2.0"
	case h.Minor == 0:
		r.Proto = "HTTP/1.0"
	}
	splitHeader(h.Fields, &r.Header, &r.Conn)
	r.UntilClose = h.UntilClose(c.x.Method)
	if h.Bodiless(c.x.Method) && c.x.Method != "HEAD" {
		r.Length = 0
	}
	if c.req.URL.Scheme == "https" {
		r.TLS = c.x.TLS()
	}
	c.state = callHeld
	c.d.Callback(r)
	if c.state == callHeld && !c.over && (c.x.Left() != 0 || c.upgradable()) {
		c.x.Pause()
	}
}

func (c *call) upgradable() bool {
	return c.x.Upgradable()
}

// Data is called by the exchange.
func (c *call) Data(p []byte) {
	if c.to != nil {
		c.to.data(p)
	} else {
		c.skipped(len(p))
	}
}

// Flush is called by the exchange.
func (c *call) Flush() {}

// Done is called by the exchange, once and last.
func (c *call) Done(err error) {
	if c.over {
		return
	}
	if err == nil {
		if trailer := c.x.Trailer; len(trailer) > 0 {
			for _, f := range trailer {
				c.trail.Add(f.Name, f.Value)
			}
		}
		c.finish(nil)
		return
	}
	phase := PhaseRequest
	if e, ok := err.(*exchange.Error); ok {
		if c.again(e) {
			return
		}
		if phase, err = c.phase(e.Phase), e.Err; errors.Is(err, exchange.ErrCancelled) { // not by the caller, who was told already
			err = ErrClosed
		} else {
			err = resetError(err)
		}
	}
	if c.up != nil && phase == PhaseWait && !c.up.over {
		phase = PhaseSend
	}
	c.fail(phase, err)
}
