// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// The hooks of Request.Trace are called here. Each may cancel the exchange: who calls one of these looks at the exchange afterwards.

// connector returns what makes a connection for x.
func (p *Pool) connector(x *Exchange) endpoint.Client {
	if x.Trace != nil && p.cfg.Traced != nil {
		if c, err := p.cfg.Traced(x.Trace); err == nil {
			return c
		}
	}
	return p.client
}

// gotConn tells of a connection for x, which was used before, and was idle for that long if that is not negative. It reports whether x still wants it.
func (x *Exchange) gotConn(t protocol.Transport, reused bool, idle time.Duration) bool {
	x.wrote = false
	if h := x.Trace; h != nil && h.GotConn != nil {
		h.GotConn(httptrace.GotConnInfo{Conn: &tracedConn{local: t.LocalAddr(), remote: t.RemoteAddr()}, Reused: reused, WasIdle: idle >= 0, IdleTime: max(idle, 0)})
	}
	return !x.over
}

// idled returns how long c was idle, when it is woken.
func (c *conn) idled() time.Duration {
	if c.deadline.IsZero() {
		return 0
	}
	return c.pool.cfg.Idle - c.deadline.Sub(c.pool.loop.Now())
}

// wroteHeaders tells that the head was written.
func (x *Exchange) wroteHeaders() {
	h := x.Trace
	if h == nil {
		return
	}
	if h.WroteHeaders != nil {
		h.WroteHeaders()
	}
	if h.Wait100Continue != nil && x.Expect && x.Length != 0 && !x.over {
		h.Wait100Continue()
	}
}

// wroteRequest tells that the request was written to its end, or will not be.
func (x *Exchange) wroteRequest(err error) {
	if h := x.Trace; h != nil && h.WroteRequest != nil && !x.wrote && x.started {
		x.wrote = true
		h.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
}

// heardFirst notes the first byte of the response.
func (x *Exchange) heardFirst() {
	if x.answered {
		return
	}
	x.answered = true
	if h := x.Trace; h != nil && h.GotFirstResponseByte != nil {
		h.GotFirstResponseByte()
	}
}

var errNotKept = errors.New("http: the connection is not kept")

// putIdle tells what became of the connection of HTTP/1.1 when x was complete.
func (x *Exchange) putIdle(c *conn) {
	if h := x.Trace; h != nil && h.PutIdleConn != nil {
		var err error
		if c.lost || c.closing {
			err = errNotKept
		}
		h.PutIdleConn(err)
	}
}

// shaking tells of the beginning of a TLS handshake on a connection that is made for an exchange, and shook of its end.
func (c *conn) shaking() {
	if _, secure := protocol.As[tlswrap.Transport](c.t); secure && c.dials != nil && c.dials.Trace != nil {
		c.traces = c.dials.Trace
		if h := c.traces; h.TLSHandshakeStart != nil {
			h.TLSHandshakeStart()
		}
	}
}

func (c *conn) shookHands(err error) {
	h := c.traces
	if h == nil {
		return
	}
	c.traces = nil
	if h.TLSHandshakeDone != nil {
		var state tls.ConnectionState
		if s := c.state(); s != nil && err == nil {
			state = *s
		}
		h.TLSHandshakeDone(state, err)
	}
}

// A tracedConn is what a hook sees of a connection: its addresses.
type tracedConn struct{ local, remote net.Addr }

func (c *tracedConn) LocalAddr() net.Addr              { return c.local }
func (c *tracedConn) RemoteAddr() net.Addr             { return c.remote }
func (c *tracedConn) Read([]byte) (int, error)         { return 0, errors.ErrUnsupported }
func (c *tracedConn) Write([]byte) (int, error)        { return 0, errors.ErrUnsupported }
func (c *tracedConn) Close() error                     { return errors.ErrUnsupported }
func (c *tracedConn) SetDeadline(time.Time) error      { return errors.ErrUnsupported }
func (c *tracedConn) SetReadDeadline(time.Time) error  { return errors.ErrUnsupported }
func (c *tracedConn) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }
