// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A prefacedTransport is the transport of a connection through a proxy. It has the addresses of those who talk; everything else is the real transport's.
type prefacedTransport struct {
	protocol.Transport
	p             *prefaced
	tag           string // what the log calls remote
	local, remote net.Addr
	paused        bool // reading is held up or has ended
	closing       bool
	producer      protocol.Producer // the registered one
}

// Unwrap returns the transport with the real addresses.
func (t *prefacedTransport) Unwrap() protocol.Transport { return t.Transport }

// LogAttrs tells of the connection, whose peer is the proxy, and of who is behind it.
func (t *prefacedTransport) LogAttrs() []slog.Attr {
	behind := slog.String(t.tag, t.remote.String())
	if d, ok := protocol.As[protocol.LogDescriber](t.Transport); ok {
		return append(d.LogAttrs(), behind)
	}
	return []slog.Attr{slog.String("peer", t.Transport.RemoteAddr().String()), behind}
}

func (t *prefacedTransport) LocalAddr() net.Addr  { return t.local }
func (t *prefacedTransport) RemoteAddr() net.Addr { return t.remote }

func (t *prefacedTransport) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	before := t.producer
	t.producer = p // a pull producer may unregister before the call returns
	err := t.Transport.RegisterProducer(p, mode)
	if err != nil {
		t.producer = before
	}
	return err
}

func (t *prefacedTransport) UnregisterProducer() {
	t.producer = nil
	t.Transport.UnregisterProducer()
}

func (t *prefacedTransport) Pause() {
	t.paused = true
	t.Transport.Pause()
}

func (t *prefacedTransport) Resume() {
	if t.closing || !t.paused {
		return
	}
	t.paused = false
	if len(t.p.buf) == 0 {
		t.Transport.Resume()
		return
	}
	// What is held back goes first, in a turn of its own.
	t.Loop().CallFromThread(func() {
		if t.closing || t.paused {
			return
		}
		t.p.deliver()
		if !t.closing && !t.paused {
			t.Transport.Resume()
		}
	})
}

func (t *prefacedTransport) stopReading() { t.paused, t.closing = true, true }

func (t *prefacedTransport) Stop(reason error) {
	t.stopReading()
	t.Transport.Stop(reason)
}

func (t *prefacedTransport) LoseConnection() {
	t.stopReading()
	t.Transport.LoseConnection()
}

func (t *prefacedTransport) AbortConnection() {
	t.stopReading()
	t.Transport.AbortConnection()
}

// Interpose puts a layer between the real transport and the protocol. What came with the header and is not yet delivered goes to the layer first.
func (t *prefacedTransport) Interpose(build func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error)) error {
	i, ok := protocol.As[protocol.Interposer](t.Transport)
	if !ok {
		return fmt.Errorf("endpoint: the transport takes no layer: %w", errors.ErrUnsupported)
	}
	return i.Interpose(func(raw, _ protocol.Transport, _ protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
		outer, upper, err := build(raw, t, t.p.inner)
		if err != nil || len(t.p.buf) == 0 {
			return outer, upper, err
		}
		first := &prepended{Protocol: outer, raw: raw, before: t.p.buf}
		t.p.buf = nil
		raw.Loop().CallFromThread(first.flush)
		return first, upper, nil
	})
}

// A prepended protocol gets some bytes before those that the transport delivers.
type prepended struct {
	protocol.Protocol
	raw    protocol.Transport
	before []byte
}

// Unwrap returns the protocol.
func (s *prepended) Unwrap() protocol.Protocol { return s.Protocol }

func (s *prepended) flush() {
	if b := s.before; b != nil {
		s.before = nil
		s.Protocol.DataReceived(s.raw, b)
	}
}

func (s *prepended) DataReceived(t protocol.Transport, p []byte) {
	s.flush()
	s.Protocol.DataReceived(t, p)
}

func (s *prepended) ConnectionLost(t protocol.Transport, reason error) {
	s.before = nil
	s.Protocol.ConnectionLost(t, reason)
}
