// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory

import (
	"errors"
	"net"

	"github.com/torsion-go/torsion/core/internal/flow"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Core is one end of a connection as a [Face] needs it: what happens on the wire.
type Core interface {
	protocol.Transport
	protocol.HalfCloseTransport
	protocol.BufferedTransport
	// Gate returns the producer's gate.
	Gate() *flow.Gate
	// Protocol returns the protocol that is delivered to.
	Protocol() protocol.Protocol
	// Deliver makes p the protocol that is delivered to, with t as its transport.
	Deliver(p protocol.Protocol, t protocol.Transport)
}

var errNoInterposer = errors.New("memory: the layer that is on the connection takes no other")

// A Face is the transport value that a protocol holds. It stands for the connection itself until a layer is interposed, and for the layer's upper
// transport from then on, so that what the protocol keeps can never reach the wire past the layer. Loop only.
type Face struct {
	core  Core
	self  protocol.Transport
	upper protocol.Transport // nil until a layer is interposed
}

var (
	_ protocol.Transport          = (*Face)(nil)
	_ protocol.HalfCloseTransport = (*Face)(nil)
	_ protocol.BufferedTransport  = (*Face)(nil)
	_ protocol.Interposer         = (*Face)(nil)
)

// Init makes f stand for core. self is the value that the protocol is given: f itself, or what embeds it.
func (f *Face) Init(core Core, self protocol.Transport) { f.core, f.self = core, self }

// Unwrap returns the upper transport of the layer that was interposed, else nil.
func (f *Face) Unwrap() protocol.Transport { return f.upper }

func (f *Face) wire() protocol.Transport {
	if f.upper != nil {
		return f.upper
	}
	return f.core
}

// Write queues p. It implements io.Writer.
func (f *Face) Write(p []byte) (int, error) { return f.wire().Write(p) }

// WriteSequence queues the slices as if joined.
func (f *Face) WriteSequence(v [][]byte) (int, error) { return f.wire().WriteSequence(v) }

// RegisterProducer puts p in charge of what is written.
func (f *Face) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	return f.wire().RegisterProducer(p, mode)
}

// UnregisterProducer lets go of the producer.
func (f *Face) UnregisterProducer() { f.wire().UnregisterProducer() }

// Pause stops reading from the peer.
func (f *Face) Pause() { f.wire().Pause() }

// Resume starts reading again.
func (f *Face) Resume() { f.wire().Resume() }

// Stop is LoseConnection.
func (f *Face) Stop(reason error) { f.wire().Stop(reason) }

// LoseConnection closes in an orderly way.
func (f *Face) LoseConnection() { f.wire().LoseConnection() }

// AbortConnection closes at once.
func (f *Face) AbortConnection() { f.wire().AbortConnection() }

// LocalAddr returns this end's address.
func (f *Face) LocalAddr() net.Addr { return f.wire().LocalAddr() }

// RemoteAddr returns the peer's address.
func (f *Face) RemoteAddr() net.Addr { return f.wire().RemoteAddr() }

// Loop returns the loop that owns the connection.
func (f *Face) Loop() protocol.Loop { return f.wire().Loop() }

// LoseWriteConnection ends the sending direction. A layer that cannot do so loses the whole connection.
func (f *Face) LoseWriteConnection() {
	if h, ok := f.wire().(protocol.HalfCloseTransport); ok {
		h.LoseWriteConnection()
		return
	}
	f.wire().LoseConnection()
}

// Buffered returns how many bytes wait to be sent, at the connection where the layer cannot tell.
func (f *Face) Buffered() int {
	if b, ok := f.wire().(protocol.BufferedTransport); ok {
		return b.Buffered()
	}
	return f.core.Buffered()
}

// SetMaxBuffered sets the bound on Buffered, at the connection where the layer has none.
func (f *Face) SetMaxBuffered(n int) {
	if b, ok := f.wire().(protocol.BufferedTransport); ok {
		b.SetMaxBuffered(n)
		return
	}
	f.core.SetMaxBuffered(n)
}

// Interpose puts a layer on the connection, or on the layer that is there already.
func (f *Face) Interpose(build func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error)) error {
	if f.upper != nil {
		i, ok := f.upper.(protocol.Interposer)
		if !ok {
			return errNoInterposer
		}
		return i.Interpose(build)
	}
	gate := f.core.Gate()
	inner, before := f.core.Protocol(), *gate
	*gate = flow.Gate{} // free for the layer, which may register from inside build
	raw := new(Face)
	raw.Init(f.core, raw)
	outer, upper, err := build(raw, f.self, inner)
	if err != nil {
		*gate = before
		return err
	}
	f.upper = upper
	f.core.Deliver(outer, raw)
	if p, mode, paused := before.Take(); p != nil {
		return move(p, mode, paused, upper)
	}
	return nil
}

// move registers p, which may have been paused at its old consumer, at a new one.
func move(p protocol.Producer, mode protocol.ProducerMode, paused bool, to protocol.Consumer) error {
	m := &moved{Producer: p}
	if err := to.RegisterProducer(m, mode); err != nil {
		return err
	}
	if paused && !m.paused && mode == protocol.PushProducer {
		p.Resume()
	}
	return nil
}

// A moved producer knows whether its new consumer has paused it.
type moved struct {
	protocol.Producer
	paused bool
}

func (m *moved) Pause()  { m.paused = true; m.Producer.Pause() }
func (m *moved) Resume() { m.paused = false; m.Producer.Resume() }
