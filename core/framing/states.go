// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import (
	"cmp"
	"fmt"

	"github.com/torsion-go/torsion/core/protocol"
)

// A StringState handles one string and returns the state that handles the next one; nil closes the connection. Twisted: the methods proto_STATE of
// StatefulStringProtocol, and its state "done".
type StringState func(c *Strings, s []byte) (next StringState)

// StringStates returns the handler of one connection whose strings are handled by start, then by what that returns, and so on.
func StringStates(start StringState) StringHandler { return &stringStates{start} }

type stringStates struct{ state StringState }

func (h *stringStates) StringReceived(c *Strings, s []byte) {
	if h.state = h.state(c, s); h.state == nil {
		c.LoseConnection()
	}
}

// A State handles a piece of as many bytes as the state before it asked for, and returns the next state and the size of its piece, which may be 0. A nil state
// closes the connection. piece is lent until return. Twisted: the pairs of StatefulProtocol.
type State func(c *Stateful, piece []byte) (next State, size int)

// Stateful is a protocol whose input is cut into pieces of the sizes that its states ask for. It is for one connection: the factory makes one for each. To its
// states it is also the connection's transport, and they should close, pause and resume that way. Before ConnectionMade only the fields may be
// used. Loop only. Twisted: StatefulProtocol.
type Stateful struct {
	Start     State // handles the first piece
	Size      int   // of the first piece, in bytes
	MaxLength int   // of a piece; 0 means DefaultMaxString; asking for more closes the connection, as the size most often comes from the peer

	// Handler, if not nil, may be a [MadeHandler], [LostHandler] or [HandshakeHandler] of *Stateful.
	Handler any

	stream
	buffer buffer
	state  State
	size   int
}

var (
	_ protocol.Protocol          = (*Stateful)(nil)
	_ protocol.Transport         = (*Stateful)(nil)
	_ protocol.BufferDiscarder   = (*Stateful)(nil)
	_ protocol.HandshakeListener = (*Stateful)(nil)
)

// ConnectionMade implements protocol.Protocol.
func (c *Stateful) ConnectionMade(t protocol.Transport) {
	c.connect(t, &c.buffer, c.step)
	c.call(func() { made(c.Handler, c) })
	c.become(c.Start, c.Size)
	c.deliver()
}

// DataReceived implements protocol.Protocol. Inside a state it queues p for later.
func (c *Stateful) DataReceived(_ protocol.Transport, p []byte) { c.feed(p) }

// ConnectionLost implements protocol.Protocol.
func (c *Stateful) ConnectionLost(_ protocol.Transport, reason error) {
	c.close()
	lost(c.Handler, c, c.reason(reason))
}

// HandshakeCompleted implements protocol.HandshakeListener.
func (c *Stateful) HandshakeCompleted(protocol.Transport) {
	c.call(func() { handshake(c.Handler, c) })
	c.deliver()
}

func (c *Stateful) become(state State, size int) {
	limit := cmp.Or(c.MaxLength, DefaultMaxString)
	switch {
	case size < 0:
		panic(fmt.Sprintf("framing: a state asks for %d bytes", size))
	case c.closed:
	case state == nil:
		c.LoseConnection()
	case size > limit:
		c.violate(&StringTooLongError{uint64(size), uint64(limit)})
	default:
		c.state, c.size = state, size
	}
}

func (c *Stateful) step() bool {
	if len(c.in.data) < c.size {
		return false
	}
	piece := c.in.data[:c.size:c.size]
	c.in.skip(c.size)
	c.become(c.state(c, piece))
	return true
}
