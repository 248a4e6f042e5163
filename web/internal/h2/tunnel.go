// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"errors"
	"io"
	"net"
	"time"

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

// data takes input.
func (t *Tunnel) data(p []byte) {
	switch {
	case t.closing || t.over:
		t.s.Consumed(len(p))
		if t.skipped += len(p); t.skipped > t.s.c.limits.Drain {
			t.s.Reset(Cancel)
		}
	case t.made && !t.paused && len(t.in) == 0:
		t.p.DataReceived(t, p)
		t.s.Consumed(len(p))
	default:
		t.in = append(t.in, p...)
	}
}

// end is the peer's end of stream.
func (t *Tunnel) end() {
	t.eof = true
	if t.made {
		t.deliver()
	}
}

// deliver hands on what waits.
func (t *Tunnel) deliver() {
	if b := t.in; len(b) > 0 && !t.paused && !t.closing && !t.over {
		t.in = nil
		t.p.DataReceived(t, b)
		t.by.Enter()
		t.s.Consumed(len(b))
		t.by.Leave()
	}
	if t.eof && len(t.in) == 0 && !t.paused && !t.closing && !t.over {
		t.eof = false
		t.readEnd()
	}
}

// readEnd tells p, in the way it knows, that the peer will send no more.
func (t *Tunnel) readEnd() {
	if t.half == nil {
		t.passive = true
		producer := t.producer
		t.UnregisterProducer()
		if t.sent {
			t.lost(protocol.Done(io.EOF))
		} else {
			t.LoseConnection()
		}
		if producer != nil {
			producer.Stop(protocol.Done(io.EOF))
		}
		return
	}
	t.half.ReadConnectionLost(t)
	if t.told && !t.over {
		t.lost(protocol.Done(io.EOF))
	}
}

// lingerTime is how long the peer may take to end its side of a stream that was closed.
const lingerTime = 10 * time.Second

// finished is called when END_STREAM has been sent. It may be inside a call of p's.
func (t *Tunnel) finished() {
	t.sent = true
	if !t.closing {
		t.later(t.writeEnd)
		return
	}
	if !t.s.gone {
		t.linger = t.Loop().CallLater(lingerTime, func() { t.reset(Cancel) })
	}
	t.loseLater(protocol.Done(net.ErrClosed))
}

// writeEnd tells p that its half-close has left.
func (t *Tunnel) writeEnd() {
	if t.over {
		return
	}
	if t.told = true; t.half != nil {
		t.half.WriteConnectionLost(t)
	}
	if t.s.gone && !t.eof && len(t.in) == 0 && !t.over {
		t.lost(protocol.Done(io.EOF))
	}
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

// Write sends p.
func (t *Tunnel) Write(p []byte) (int, error) {
	if !t.writable() {
		return 0, net.ErrClosed
	}
	t.by.Enter()
	t.s.Write(p, false, nil)
	t.by.Leave()
	t.wrote()
	return len(p), nil
}

// WriteSequence sends the slices.
func (t *Tunnel) WriteSequence(v [][]byte) (int, error) {
	if !t.writable() {
		return 0, net.ErrClosed
	}
	n := 0
	t.by.Enter()
	for _, p := range v {
		n += len(p)
		t.s.Write(p, false, nil)
	}
	t.by.Leave()
	t.wrote()
	return n, nil
}

func (t *Tunnel) writable() bool {
	return !t.over && !t.s.ending && ((!t.closing && !t.shut) || t.producer != nil)
}

var errOverflow = &protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow, Err: errors.New("the peer does not read")}

// wrote follows a write.
func (t *Tunnel) wrote() {
	switch n := t.s.Queued(); {
	case n > t.max:
		t.loseLater(errOverflow)
		t.reset(Cancel)
	case n > protocol.HighWater && t.producer != nil && t.mode == protocol.PushProducer && !t.held:
		t.held = true
		t.s.Want()
		t.producer.Pause()
	case t.producer != nil && t.mode == protocol.PullProducer:
		t.s.Want()
		t.later(t.pump)
	}
}

// pump has the Conn find out that a pull producer can go on.
func (t *Tunnel) pump() {
	t.by.Enter()
	t.by.Leave()
}

// ready is called by the Conn, inside of anything: nothing waits, and something may be sent.
func (t *Tunnel) ready() { t.later(t.resume) }

func (t *Tunnel) resume() {
	switch p := t.producer; {
	case p == nil || t.over || t.s.Queued() > 0:
	case t.mode == protocol.PullProducer:
		p.Resume()
	case t.held:
		t.held = false
		p.Resume()
	}
}

// RegisterProducer puts p in charge of what is written.
func (t *Tunnel) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	switch {
	case t.over || t.s.ending || t.closing || t.shut:
		p.Stop(net.ErrClosed)
		return net.ErrClosed
	case t.producer != nil:
		return protocol.ErrProducerRegistered
	}
	t.producer, t.mode, t.held = p, mode, false
	switch {
	case mode == protocol.PullProducer && t.s.Queued() == 0:
		p.Resume()
	case mode == protocol.PullProducer:
		t.s.Want()
	case t.s.Queued() > protocol.HighWater:
		t.held = true
		t.s.Want()
		p.Pause()
	}
	return nil
}

// UnregisterProducer lets go of the producer, and closes if that was to wait for it.
func (t *Tunnel) UnregisterProducer() {
	if t.producer == nil {
		return
	}
	t.producer, t.held = nil, false
	t.s.Unwant()
	if t.closing || t.shut {
		t.finish()
	}
}

// finish sends END_STREAM behind what waits.
func (t *Tunnel) finish() {
	if t.over || t.s.ending || t.producer != nil {
		return
	}
	t.by.Enter()
	t.s.Write(nil, true, nil)
	t.by.Leave()
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

// LoseWriteConnection ends the sending side when what was written has left.
func (t *Tunnel) LoseWriteConnection() {
	if !t.closing && !t.shut && !t.over {
		t.shut = true
		t.finish()
	}
}

// AbortConnection resets the stream.
func (t *Tunnel) AbortConnection() {
	if !t.over {
		t.loseLater(protocol.Aborted())
	}
	t.closing = true
	t.reset(Cancel)
}

// Pause holds the input back, and the peer with it when the stream's window is full.
func (t *Tunnel) Pause() { t.paused = true }

// Resume lets it go on.
func (t *Tunnel) Resume() {
	if t.paused && !t.closing && !t.over {
		t.paused = false
		if t.made && (len(t.in) > 0 || t.eof) {
			t.later(t.deliver)
		}
	}
}

// Stop is LoseConnection.
func (t *Tunnel) Stop(error) { t.LoseConnection() }

// Buffered returns how many bytes wait to be sent on the stream.
func (t *Tunnel) Buffered() int { return t.s.Queued() }

// SetMaxBuffered bounds that.
func (t *Tunnel) SetMaxBuffered(n int) {
	if t.max = n; n <= 0 {
		t.max = protocol.DefaultMaxBuffered
	}
}

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
