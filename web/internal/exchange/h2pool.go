// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"errors"
	"slices"
	"strconv"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// HTTP2 says when a [Pool] speaks HTTP/2.
type HTTP2 uint8

const (
	HTTP2Off  HTTP2 = iota // never
	HTTP2Auto              // if the server chooses it by ALPN
	HTTP2Only              // always, without asking: prior knowledge
)

// ErrNoConnect is the end of an exchange with an Upgrade for a server of HTTP/2 that does not take extended CONNECT (RFC 8441), where HTTP/1.1 is not spoken.
var ErrNoConnect = errors.New("the server does not take extended CONNECT")

// likelihood is what is known of a server.
type likelihood uint8

const (
	unknown likelihood = iota
	speaks
	declines
)

// one reports whether x is for HTTP/1.1 only.
func (x *Exchange) one() bool { return x.HTTP1 || x.http1 }

// do2 begins x on HTTP/2, or has it wait for that, and reports whether it is dealt with.
func (p *Pool) do2(x *Exchange) bool {
	only := p.cfg.HTTP2 == HTTP2Only
	switch {
	case p.cfg.HTTP2 == HTTP2Off || !only && x.one():
		return false
	case p.share(x):
		return true
	case p.unsettled() && (!x.Fresh || x.Request.Upgrade != ""):
		p.await(x)
		return true
	case x.Request.Upgrade == "":
	case !only: // what a browser does: WebSocket has a connection of its own unless there is one of HTTP/2 that takes it
		x.http1 = true
		return false
	case slices.ContainsFunc(p.twos, func(c *h2conn) bool { return !c.m.Connects() }):
		x.abort(ErrNoConnect)
		return true
	}
	if p.dialing2 > 0 && p.server2 != declines && !x.Fresh {
		p.await(x)
		return true
	}
	return false
}

// unsettled reports whether there is a connection of which nobody knows yet how much it carries.
func (p *Pool) unsettled() bool {
	return slices.ContainsFunc(p.twos, func(c *h2conn) bool { return c.unsettled() })
}

// mayShare reports whether x, which waits, may get on a connection that is being made, or of which nobody knows yet how much it carries.
func (p *Pool) mayShare(x *Exchange) bool {
	return p.cfg.HTTP2 != HTTP2Off && !x.one() && (p.dialing2 > 0 && p.server2 != declines || p.unsettled())
}

// share begins x on a connection that carries others too, and reports whether there was one.
func (p *Pool) share(x *Exchange) bool {
	for _, c := range p.twos {
		if c.takes(x) {
			c.begin(x)
			return true
		}
	}
	return false
}

// serve begins what waits and can be begun now.
func (p *Pool) serve() {
	if p.cfg.HTTP2 == HTTP2Off {
		return
	}
	for _, x := range slices.Clone(p.queue) {
		switch {
		case !x.queued || p.closed:
		case slices.ContainsFunc(p.twos, func(c *h2conn) bool { return (!x.one() || p.cfg.HTTP2 == HTTP2Only) && c.takes(x) }):
			p.unqueue(x)
			p.share(x)
		case p.mayShare(x):
		case x.Request.Upgrade != "" && !x.one():
			p.unqueue(x)
			p.Do(x)
		case p.room():
			p.unqueue(x)
			p.dial(x)
		}
	}
	p.starve()
}

// connect makes c's connection, and waits for the handshake to know what is spoken on it.
func (p *Pool) connect(c *conn, x *Exchange) *deferred.Deferred[protocol.Protocol] {
	f := &factory{c: c, protocols: []string{"http/1.1"}}
	switch {
	case p.cfg.HTTP2 == HTTP2Only:
		f.protocols = []string{"h2"}
	case p.cfg.HTTP2 == HTTP2Auto && !x.one():
		f.protocols = []string{"h2", "http/1.1"}
	default:
		return p.connector(x).Connect(f)
	}
	p.dialing2++
	c.offers = true
	d := deferred.ThenD(p.connector(x).Connect(f), func(made protocol.Protocol) *deferred.Deferred[protocol.Protocol] {
		if _, secure := protocol.As[tlswrap.Transport](c.t); !secure || c.shaken || c.lost {
			return deferred.SucceedOn(p.loop, made)
		}
		d := deferred.NewCancellable(p.loop, func(*deferred.Deferred[protocol.Protocol]) {})
		c.shook = func(err error) {
			c.shook = nil
			if err != nil {
				d.Errback(err)
			} else {
				d.Callback(made)
			}
		}
		return d
	})
	return d
}

// HandshakeCompleted tells that ALPN has chosen.
func (c *conn) HandshakeCompleted(protocol.Transport) {
	c.shaken = true
	if c.shookHands(nil); c.shook != nil {
		c.shook(nil)
	}
}

// connected is called with a connection that connect has made, or that it could not make, and reports whether it speaks HTTP/2.
func (p *Pool) connected(c *conn, err error) bool {
	if !c.offers {
		return false
	}
	c.offers = false
	p.dialing2--
	if err != nil {
		p.loop.CallLater(0, p.serve)
		return false
	}
	two := p.cfg.HTTP2 == HTTP2Only
	if t, ok := protocol.As[tlswrap.Transport](c.t); ok {
		two = t.NegotiatedProtocol() == "h2" || two && t.NegotiatedProtocol() == ""
	}
	if p.server2 = declines; two {
		p.server2 = speaks
		p.twos = append(p.twos, newH2conn(c))
	}
	p.loop.CallLater(0, p.serve)
	return two
}

// refusals is how often an exchange is sent again that was refused, and refusedMost how often if the server answers others in between: else a few answers would have it sent for ever.
const (
	refusals    = 3
	refusedMost = 100
)

// A RefusedError is the end of an exchange that the server has refused so often that it is not sent again any more.
type RefusedError struct {
	Times int
	Err   *h2.Error // the last refusal
}

// Error tells how often.
func (e *RefusedError) Error() string {
	return "refused " + strconv.Itoa(e.Times) + " times: " + e.Err.Error()
}

// Unwrap returns the last refusal.
func (e *RefusedError) Unwrap() error { return e.Err }

// again sends x once more, which the server has not looked at. It reports whether it can: what has left of a body that is streamed is gone. progress tells that the server has answered
// others on that connection; such a refusal, at the end of the connection, counts for less.
func (p *Pool) again(x *Exchange, progress bool) bool {
	if x.refused++; !progress {
		x.refusals++
	}
	if x.unseen = x.refusals <= refusals && x.refused <= refusedMost && !p.closed; !x.unseen || x.sent > 0 || x.finished && x.Length != 0 && x.Content == nil {
		return false
	}
	if x.producer != nil {
		x.producer.Pause()
	}
	x.unseen, x.started, x.finished, x.answered, x.interims, x.c = false, false, false, false, 0, nil
	p.Do(x)
	return true
}
