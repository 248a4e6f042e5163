// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package takeover

import (
	"errors"
	"io"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Conn is a connection that belongs to another protocol, as its transport. Who had it before passes on what happens, by the methods that say so.
type Conn struct {
	protocol.Transport
	inner    protocol.Protocol
	half     protocol.HalfCloser // nil if inner takes no part in it
	producer protocol.Producer
	buf      []byte // input that was not delivered
	made,
	paused,
	closing,
	eof, // behind buf
	ended, // the end of stream is the end for inner
	over bool
}

// New returns the connection of t as one of p's.
func New(t protocol.Transport, p protocol.Protocol) *Conn {
	c := &Conn{Transport: t, inner: p}
	c.half, _ = protocol.As[protocol.HalfCloser](p)
	return c
}

// Unwrap returns the connection's transport, so that its abilities are found.
func (c *Conn) Unwrap() protocol.Transport { return c.Transport }

// Started reports whether ConnectionMade was called.
func (c *Conn) Started() bool { return c.made }

// Ending reports whether the protocol has closed the connection, or it is lost.
func (c *Conn) Ending() bool { return c.closing || c.over }

// Start passes on ConnectionMade. It comes first.
func (c *Conn) Start() {
	if !c.made {
		c.made = true
		c.inner.ConnectionMade(c)
	}
}

// Data passes on input. p is lent.
func (c *Conn) Data(p []byte) {
	switch {
	case c.Ending() || len(p) == 0:
	case len(c.buf) == 0 && !c.paused:
		c.inner.DataReceived(c, p)
	default:
		c.buf = append(c.buf, p...)
	}
}

// ReadEnd passes on that the peer will send no more.
func (c *Conn) ReadEnd() {
	c.eof = true
	c.deliver()
}

// WriteEnd passes on that a half-close has left.
func (c *Conn) WriteEnd() {
	if c.half != nil {
		c.half.WriteConnectionLost(c)
	}
}

// Lost passes on ConnectionLost. A protocol that was not told of its connection yet is told first.
func (c *Conn) Lost(reason error) {
	c.over, c.buf = true, nil
	c.Start()
	if c.ended && errors.Is(reason, protocol.ErrConnectionDone) {
		reason = protocol.Done(io.EOF)
	}
	c.inner.ConnectionLost(c, reason)
}

// Discard drops what was not delivered, since the connection is being upgraded to TLS, and returns how many bytes it was.
func (c *Conn) Discard() int {
	n := len(c.buf)
	c.buf = nil
	if d, ok := protocol.As[protocol.BufferDiscarder](c.inner); ok {
		n += d.DiscardBuffered()
	}
	return n
}

// deliver hands on what waits.
func (c *Conn) deliver() {
	if b := c.buf; len(b) > 0 && !c.paused && !c.Ending() {
		c.buf = nil
		c.inner.DataReceived(c, b)
	}
	if c.eof && len(c.buf) == 0 && !c.paused && !c.Ending() {
		c.eof = false
		c.readEnd()
	}
}

// readEnd tells inner in the way it knows. A producer that nobody would unregister any more must not keep the connection open.
func (c *Conn) readEnd() {
	if c.half != nil {
		c.half.ReadConnectionLost(c)
		return
	}
	c.ended = true
	producer := c.producer
	c.UnregisterProducer()
	c.LoseConnection()
	if producer != nil {
		producer.Stop(protocol.Done(io.EOF))
	}
}

// Interpose puts a layer below: what it delivers still comes by way of who had the connection before.
func (c *Conn) Interpose(build func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error)) error {
	i, ok := protocol.As[protocol.Interposer](c.Transport)
	if !ok {
		return errors.ErrUnsupported
	}
	return i.Interpose(func(raw, _ protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
		return build(raw, c, inner)
	})
}

// Pause stops the input.
func (c *Conn) Pause() {
	c.paused = true
	c.Transport.Pause()
}

// Resume lets it go on, with what waits first.
func (c *Conn) Resume() {
	if !c.paused || c.Ending() {
		return
	}
	c.paused = false
	if len(c.buf) > 0 || c.eof {
		c.Loop().CallLater(0, c.deliver)
	}
	c.Transport.Resume()
}

// Stop is LoseConnection.
func (c *Conn) Stop(error) { c.LoseConnection() }

// LoseConnection closes in an orderly way.
func (c *Conn) LoseConnection() {
	c.closing, c.buf = true, nil
	c.Transport.LoseConnection()
}

// AbortConnection closes at once.
func (c *Conn) AbortConnection() {
	c.closing, c.buf = true, nil
	c.Transport.AbortConnection()
}

// RegisterProducer remembers p, to tell it of an end of stream that is the end.
func (c *Conn) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	err := c.Transport.RegisterProducer(p, mode)
	if err == nil {
		c.producer = p
	}
	return err
}

// UnregisterProducer forgets it.
func (c *Conn) UnregisterProducer() {
	c.producer = nil
	c.Transport.UnregisterProducer()
}

var (
	_ protocol.Transport  = (*Conn)(nil)
	_ protocol.Interposer = (*Conn)(nil)
)
