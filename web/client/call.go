// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"net/url"
	"strconv"

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

// frame makes the exchange of c.
func (c *call) frame(o origin, absolute bool) error {
	r, cfg := c.req, &c.a.all.cfg
	if err := r.Header.Err(); err != nil {
		return err
	}
	x := &c.x
	x.Handler = c
	if x.Method = r.Method; x.Method == "" {
		x.Method = "GET"
	}
	if x.Host = r.Host; x.Host == "" {
		x.Host = o.host
	}
	switch u := r.URL; {
	case x.Method == "CONNECT":
		x.Target = o.authority()
	case absolute:
		x.Target = "http://" + o.host + target(u)
	default:
		x.Target = target(u)
	}
	x.Trace = r.Trace
	x.Request.Upgrade, x.Close, x.Trailers, x.HTTP1 = r.Upgrade, r.Close || cfg.Pool.IdlePerHost < 0, true, r.HTTP1
	x.Times = r.Timeouts.withDefaults(cfg.Timeouts).times()
	agent := cfg.UserAgent == "-"
	fields := c.fields[:0]
	if n := len(x.Fields) + r.Header.Len() + 1; n > len(c.fields) {
		fields = make([]h1.Field, 0, n)
	}
	fields = append(fields, x.Fields...)
	for k, v := range r.Header.All() {
		if !absolute && len(k) == 19 && h1.EqualFold(k, "Proxy-Authorization") {
			continue // it is not for the server
		}
		if len(k) == 10 && h1.EqualFold(k, "User-Agent") {
			if agent = true; v == "" {
				continue
			}
		}
		fields = append(fields, h1.Field{Name: k, Value: v})
	}
	if !agent {
		fields = append(fields, h1.Field{Name: "User-Agent", Value: cfg.UserAgent})
	}
	x.Fields = fields
	if err := x.Check(); err != nil {
		return err
	}
	return c.frameBody()
}

// target returns the origin form of u, which is never empty.
func target(u *url.URL) string {
	if u.Opaque != "" {
		return u.RequestURI()
	}
	path := u.EscapedPath()
	if path == "" || path[0] != '/' && path != "*" {
		path = "/" + path
	}
	if u.RawQuery != "" || u.ForceQuery {
		return path + "?" + u.RawQuery
	}
	return path
}

func (c *call) send(pool *exchange.Pool) {
	c.pool = pool
	if limit := c.req.Timeouts.withDefaults(c.a.all.cfg.Timeouts).Whole; limit > 0 {
		c.whole = c.a.loop.CallLater(limit, func() { c.abort(errWhole) })
	}
	if c.up != nil {
		c.x.RegisterProducer(c.up, protocol.PushProducer) // which is resumed when there is a connection
	}
	pool.Do(&c.x)
}

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
