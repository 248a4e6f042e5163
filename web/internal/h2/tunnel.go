// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"errors"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Carrier drives the Conn below a [Tunnel].
type Carrier interface {
	// Enter precedes what may use the Conn outside of its callbacks, and Leave follows it: what waits is sent then.
	Enter()
	Leave()
	// Transport returns that of the connection.
	Transport() protocol.Transport
}

// A Tunnel is the stream of a CONNECT, plain or extended (RFC 9113 section 8.5, RFC 8441), as the transport of another protocol: END_STREAM is the end of a direction, RST_STREAM
// with CANCEL that of the connection. It takes the place of the Stream that it is made of. Loop only.
type Tunnel struct {
	s        Stream
	by       Carrier
	p        protocol.Protocol
	half     protocol.HalfCloser // nil if p takes no part in it
	producer protocol.Producer
	in       []byte // not delivered; a window's worth at most
	max      int    // bytes that may wait to be sent
	skipped  int    // bytes that came when nobody wanted them any more
	linger   protocol.DelayedCall
	mode     protocol.ProducerMode

	made,
	paused, // by p
	held, // the push producer is paused
	closing, // LoseConnection was called
	shut, // LoseWriteConnection was called
	sent, // END_STREAM has left
	told, // and p knows
	eof, // and has come, behind in
	passive, // the peer's end is the end for p
	over bool // ConnectionLost was called, or will be, with nothing before it
}

// Tunnel gives the stream, on which the heads of both sides have gone, to p. early came already and was not consumed; it is kept. ConnectionMade is called in the loop's next turn.
func (s *Stream) Tunnel(by Carrier, p protocol.Protocol, early []byte) *Tunnel {
	c := s.c
	t := &Tunnel{s: *s, by: by, p: p, in: early, max: protocol.DefaultMaxBuffered, eof: s.remoteClosed}
	t.s.Owner, t.s.tunnel, t.s.length, t.s.wants = nil, t, -1, false
	t.half, _ = protocol.As[protocol.HalfCloser](p)
	c.streams[c.index(s.id)] = &t.s
	c.tunnels++
	s.gone, s.queue, s.wants = true, nil, false // all of that is the tunnel's
	t.later(t.start)
	return t
}

// Protocol returns the protocol that has the stream.
func (t *Tunnel) Protocol() protocol.Protocol { return t.p }

// later has f called in the loop's next turn.
func (t *Tunnel) later(f func()) { t.Loop().CallLater(0, f) }

// Start calls ConnectionMade now.
func (t *Tunnel) Start() {
	if !t.made {
		t.made = true
		t.p.ConnectionMade(t)
	}
}

func (t *Tunnel) start() {
	t.Start()
	t.deliver()
}

// reset ends the stream.
func (t *Tunnel) reset(code Code) {
	t.by.Enter()
	t.s.Reset(code)
	t.by.Leave()
}

// dropped is called when the stream is over for the Conn.
func (t *Tunnel) dropped() {
	if t.linger != nil {
		t.linger.Cancel()
	}
}

// wasReset is called when the peer has reset the stream, or has broken it.
func (t *Tunnel) wasReset(err *Error) {
	if err.Code == NoError && t.s.remoteClosed {
		t.Lost(protocol.Done(io.EOF))
		return
	}
	t.Lost(protocol.Lost(err))
}

// Lost ends the tunnel because the stream is gone. It is called by who drives the Conn, for all that are left when the connection ends, and outside of calls of the protocol's.
func (t *Tunnel) Lost(reason error) {
	if !t.over {
		t.lost(reason)
	}
}

func (t *Tunnel) lost(reason error) {
	t.over = true
	t.tell(reason)
}

// loseLater is lost from inside a call of the protocol's.
func (t *Tunnel) loseLater(reason error) {
	if !t.over {
		t.over = true
		t.later(func() { t.tell(reason) })
	}
}

// tell is the end for p, which is told first of a connection that it does not know yet.
func (t *Tunnel) tell(reason error) {
	t.closing, t.in = true, nil
	t.Start()
	if t.passive && errors.Is(reason, protocol.ErrConnectionDone) {
		reason = protocol.Done(io.EOF)
	}
	if p := t.producer; p != nil {
		t.producer = nil
		p.Stop(reason)
	}
	t.p.ConnectionLost(t, reason)
}

// LoseConnection ends the stream when what was written has left.
func (t *Tunnel) LoseConnection() {
	if t.closing || t.over {
		return
	}
	t.closing = true
	if n := len(t.in); n > 0 {
		t.in = nil
		t.by.Enter()
		t.s.Consumed(n)
		t.by.Leave()
	}
	if t.sent { // by LoseWriteConnection
		t.finished()
		return
	}
	t.finish()
}

// AbortConnection resets the stream.
func (t *Tunnel) AbortConnection() {
	if !t.over {
		t.loseLater(protocol.Aborted())
	}
	t.closing = true
	t.reset(Cancel)
}

// Stop is LoseConnection.
func (t *Tunnel) Stop(error) { t.LoseConnection() }

// LocalAddr returns that of the connection.
func (t *Tunnel) LocalAddr() net.Addr { return t.by.Transport().LocalAddr() }

// RemoteAddr returns that of the connection.
func (t *Tunnel) RemoteAddr() net.Addr { return t.by.Transport().RemoteAddr() }

// Loop returns that of the connection.
func (t *Tunnel) Loop() protocol.Loop { return t.by.Transport().Loop() }

var (
	_ protocol.Transport          = (*Tunnel)(nil)
	_ protocol.HalfCloseTransport = (*Tunnel)(nil)
	_ protocol.BufferedTransport  = (*Tunnel)(nil)
)
