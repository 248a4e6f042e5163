// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// A ProducerState tells what a transport does as the producer of its protocol's input.
type ProducerState int

// The states of a [StringTransport] as a producer.
const (
	Producing ProducerState = iota // delivers input
	Paused                         // after Pause
	Stopped                        // after Stop or LoseConnection, for good
)

// String returns "producing", "paused" or "stopped".
func (s ProducerState) String() string { return [...]string{"producing", "paused", "stopped"}[s] }

type face = memory.Face

// A StringTransport is a transport without a peer: it collects what the protocol writes, and the test plays the peer by Feed, FeedEOF and Lose. It keeps the
// rules of protocol.Transport. It is also a protocol.HalfCloseTransport, BufferedTransport, TCPTransport and Interposer.
//
// What the rules put on a later turn of the loop happens in the next turn of Clock: bytes count as buffered until then, producers are resumed then, and
// ConnectionLost comes then. A panic of the protocol goes through to the test. Twisted: StringTransport, StringTransportWithDisconnection.
type StringTransport struct {
	face
	// Clock is the loop. NewStringTransport makes one; replace it before Connect to share one.
	Clock *Clock
	// Local and Remote are the addresses. They start as 10.0.0.1:12345 and 192.168.1.1:54321, both TCP.
	Local, Remote protocol.Addr
	// Stalled plays a peer that does not read: what is written stays buffered until Stalled is false and Drain is called.
	Stalled bool

	noDelay   bool
	keepAlive time.Duration
	core      stringCore
}

var _ protocol.TCPTransport = (*StringTransport)(nil)

// NewStringTransport returns a transport without a protocol. It can be used so, or after Connect.
func NewStringTransport() *StringTransport {
	t := &StringTransport{
		Clock:  NewClock(),
		Local:  protocol.TCPAddr(netip.MustParseAddrPort("10.0.0.1:12345")),
		Remote: protocol.TCPAddr(netip.MustParseAddrPort("192.168.1.1:54321")),
	}
	t.core.tr = t
	t.core.Deliver(nil, t)
	t.face.Init(&t.core, t)
	return t
}

// Connect gives p the connection: ConnectionMade is called before Connect returns. A transport has one protocol in its life.
func (t *StringTransport) Connect(p protocol.Protocol) {
	if t.core.connected {
		panic("protocoltest: Connect of a StringTransport that has a protocol")
	}
	t.core.connected = true
	t.core.Deliver(p, t)
	t.core.call(func() { t.core.proto.ConnectionMade(t.core.t) })
}

// Feed delivers p as from the peer, before it returns. While the protocol has paused the transport, or is in a callback, p waits for a later turn of Clock; after
// the protocol closed, it is dropped. The protocol gets a copy that is overwritten when DataReceived returns, so that one that keeps what it was lent fails.
func (t *StringTransport) Feed(p []byte) {
	c := &t.core
	c.mustBeConnected("Feed")
	if c.state != Stopped && !c.eof && !c.lost && len(p) > 0 {
		c.input = append(c.input, bytes.Clone(p))
		c.deliver()
	}
}

// FeedString is Feed of a string.
func (t *StringTransport) FeedString(s string) { t.Feed([]byte(s)) }

// FeedEOF ends the peer's stream, after what was fed: a protocol.HalfCloser gets ReadConnectionLost, any other loses the connection.
func (t *StringTransport) FeedEOF() {
	t.core.mustBeConnected("FeedEOF")
	t.core.eof = true
	t.core.deliver()
}

// Lose ends the connection: the producer is stopped and ConnectionLost called with reason before Lose returns, or, when the protocol is in a callback, on a
// later turn of Clock. Without effect after the end.
func (t *StringTransport) Lose(reason error) {
	c := &t.core
	if c.busy {
		c.end(reason)
		return
	}
	c.finish(reason)
}

// Drain plays a peer that has read everything: nothing counts as buffered any more, and the producer is resumed. Value keeps its bytes. With Stalled it does
// nothing.
func (t *StringTransport) Drain() { t.core.drain() }

// Value returns what was written since the start or Clear.
func (t *StringTransport) Value() string { return t.core.written.String() }

// Writes returns the same, one element a Write or WriteSequence.
func (t *StringTransport) Writes() []string {
	var v []string
	rest := t.Value()
	for _, n := range t.core.sizes {
		v = append(v, rest[:n])
		rest = rest[n:]
	}
	return v
}

// Clear forgets what was written.
func (t *StringTransport) Clear() {
	t.core.written.Reset()
	t.core.sizes = nil
}

// Take returns what Value does and clears it.
func (t *StringTransport) Take() string {
	defer t.Clear()
	return t.Value()
}

// ProducerState tells whether the protocol has paused or stopped its input.
func (t *StringTransport) ProducerState() ProducerState { return t.core.state }

// Disconnecting reports whether the protocol has called LoseConnection, Stop or AbortConnection.
func (t *StringTransport) Disconnecting() bool { return t.core.disconnecting }

// Aborted reports whether the protocol has called AbortConnection.
func (t *StringTransport) Aborted() bool { return t.core.aborted }

// WriteClosed reports whether the protocol has called LoseWriteConnection.
func (t *StringTransport) WriteClosed() bool { return t.core.writeClosing }

// Disconnected reports whether the connection is lost.
func (t *StringTransport) Disconnected() bool { return t.core.lost }

// Streaming reports whether a push producer is registered.
func (t *StringTransport) Streaming() bool { return t.core.gate.Streaming() }

// HasProducer reports whether a producer is registered.
func (t *StringTransport) HasProducer() bool { return t.core.gate.Registered() }

// NoDelay returns what SetNoDelay set.
func (t *StringTransport) NoDelay() (bool, error) { return t.noDelay, nil }

// SetNoDelay sets what NoDelay returns.
func (t *StringTransport) SetNoDelay(on bool) error { t.noDelay = on; return nil }

// KeepAlive reports whether SetKeepAlive turned keep-alive probes on.
func (t *StringTransport) KeepAlive() (bool, error) { return t.keepAlive != 0, nil }

// SetKeepAlive sets what KeepAlive returns.
func (t *StringTransport) SetKeepAlive(idle time.Duration) error { t.keepAlive = idle; return nil }
