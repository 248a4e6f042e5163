// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"context"
	"crypto/tls"
	"errors"
	"iter"
	"runtime/debug"
	"slices"

	"github.com/torsion-go/torsion/core/internal/coro"
	"github.com/torsion-go/torsion/core/protocol"
)

// A handshake is crypto/tls's Handshake in a coroutine: an iter.Pull sequence that yields whenever wire.Read finds nothing. It exists from the first byte of the
// handshake to its end, so neither a connection that says nothing nor one that is established holds a stack.
type handshake struct {
	next     func() (struct{}, bool)
	stop     func()
	yield    func(struct{}) bool
	err      error          // how it ended
	received int            // bytes taken from the peer
	alert    tls.AlertError // what to say in place of internal_error; 0 is nothing
}

func (c *conn) startHandshake() *handshake {
	if c.layer.client {
		c.tls = tls.Client((*wire)(c), c.config)
	} else {
		c.tls = tls.Server((*wire)(c), c.config)
	}
	h := new(handshake)
	h.next, h.stop = iter.Pull(func(yield func(struct{}) bool) {
		h.yield = yield
		h.err = c.shake()
	})
	return h
}

// shake runs in the coroutine. A context that is never done makes crypto/tls start no goroutine.
func (c *conn) shake() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &protocol.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return c.tls.HandshakeContext(context.WithValue(context.Background(), connKey{}, c))
}

// hello begins a client's handshake.
func (c *conn) hello() {
	switch {
	case c.state != handshaking:
	case coro.Barred(c.raw.Loop()):
		coro.Later(c.raw.Loop(), func() { c.enter(); c.hello(); c.leave() })
	default:
		c.resume()
	}
}

// putOff keeps p, and what would come after it away, until the handshake can go on.
func (c *conn) putOff(p []byte) {
	p = slices.Clone(p)
	c.raw.Pause()
	coro.Later(c.raw.Loop(), func() {
		c.raw.Resume()
		(*outer)(c).DataReceived(c.raw, p)
	})
}

// resume lets the handshake go on with what has arrived.
func (c *conn) resume() {
	if c.hs == nil {
		c.hs = c.startHandshake()
	}
	if _, waits := c.hs.next(); waits {
		c.push()
		return
	}
	c.shaken(c.hs.err)
}

// shaken takes the result of the handshake.
func (c *conn) shaken(err error) {
	h := c.hs
	c.hs = nil
	if c.state != handshaking {
		return // a callback of the configuration closed the connection
	}
	if err != nil {
		if e, ok := errors.AsType[tls.RecordHeaderError](err); ok && e.Conn != nil && c.out == nil {
			// crypto/tls says nothing to a peer that does not speak TLS. A client of plain HTTP or SMTP learns as little from an alert, but one
			// that speaks another version of TLS learns.
			(*wire)(c).Write([]byte{21, 3, 1, 0, 2, 2, byte(alertUnexpectedMessage)})
		}
		if h != nil && h.alert != 0 {
			err = &Error{Op: "handshake", Alert: h.alert, Err: err}
		}
		reason := lossOf("handshake", err)
		c.failed(err, reason)
		c.end(reason)
		return
	}
	c.push()
	c.timer.Cancel()
	c.timer = nil
	c.state = open
	connBuffers.reclaim(c.tls)
	c.layer.counters.completed.Add(1)
	if c.tls.ConnectionState().DidResume {
		c.layer.counters.resumed.Add(1)
	}
	if c.paused {
		c.raw.Pause()
	}
	if l, ok := protocol.As[protocol.HandshakeListener](c.inner); ok {
		l.HandshakeCompleted(c.self)
	}
}
