// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge

import (
	"errors"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// NewProtocol returns a protocol that turns its connection into a [Conn], which it gives to made when the connection is made, on the loop. lost, which may be nil,
// is called on the loop when the connection is lost.
func NewProtocol(made func(*Conn), lost func(*Conn, error)) protocol.Protocol {
	return &connProtocol{made: made, lost: lost}
}

// A connProtocol is the loop's side of a Conn.
type connProtocol struct {
	made func(*Conn)
	lost func(*Conn, error)
	c    *Conn
}

var (
	_ protocol.HalfCloser      = (*connProtocol)(nil)
	_ protocol.BufferDiscarder = (*connProtocol)(nil)
)

func (p *connProtocol) ConnectionMade(t protocol.Transport) {
	p.c = newConn(t)
	t.RegisterProducer((*connProducer)(p.c), protocol.PushProducer)
	p.made(p.c)
}

func (p *connProtocol) DataReceived(t protocol.Transport, b []byte) {
	c := p.c
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	if c.inOff > 0 { // the reader is behind: what it has taken makes room
		c.in = append(c.in[:0], c.in[c.inOff:]...)
		c.inOff = 0
	}
	c.in = append(c.in, b...)
	pause := len(c.in) > readHigh && !c.inPaused
	c.inPaused = c.inPaused || pause
	c.changed.Broadcast()
	c.mu.Unlock()
	if pause {
		t.Pause()
	}
}

// DiscardBuffered drops what was not read: the connection is being upgraded to TLS.
func (p *connProtocol) DiscardBuffered() int {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.in) - c.inOff
	c.took(n)
	return n
}

func (p *connProtocol) ReadConnectionLost(protocol.Transport) { p.c.ended(io.EOF, nil) }

func (p *connProtocol) WriteConnectionLost(protocol.Transport) {}

func (p *connProtocol) ConnectionLost(_ protocol.Transport, reason error) {
	in := reason
	switch {
	case errors.Is(reason, io.EOF) && errors.Is(reason, protocol.ErrConnectionDone):
		in = io.EOF
	case errors.Is(reason, protocol.ErrConnectionDone):
		in = net.ErrClosed
	}
	p.c.ended(in, reason)
	if p.lost != nil {
		p.lost(p.c, reason)
	}
}

// ended sets the errors that are not yet set; nil leaves one alone.
func (c *Conn) ended(in, out error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inErr == nil {
		c.inErr = in
	}
	if c.outErr == nil {
		c.outErr = out
	}
	c.changed.Broadcast()
}

// A connProducer is a Conn as the transport's producer: it holds writers up.
type connProducer Conn

func (p *connProducer) Pause() {
	p.mu.Lock()
	p.held = true
	p.mu.Unlock()
}

func (p *connProducer) Resume() {
	p.mu.Lock()
	p.held = false
	p.mu.Unlock()
	(*Conn)(p).flush()
}

func (p *connProducer) Stop(reason error) { (*Conn)(p).ended(nil, reason) }
