// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import (
	"github.com/torsion-go/torsion/core/protocol"
)

// A StringHandler handles the strings of one connection. It may be a [MadeHandler], [LostHandler] or [HandshakeHandler] of *Strings too. Its methods are called
// on the loop, never one inside another.
type StringHandler interface {
	// StringReceived gets a string without its length. It is lent until return.
	StringReceived(c *Strings, s []byte)
}

// A StringHandlerFunc is a function as a [StringHandler].
type StringHandlerFunc func(c *Strings, s []byte)

// StringReceived calls f.
func (f StringHandlerFunc) StringReceived(c *Strings, s []byte) { f(c, s) }

// Strings is a protocol that delivers netstrings or counted strings to a handler. It is for one connection: the factory makes one for each. To its
// handler it is also the connection's transport, and the handler should close, pause and resume that way: then no buffered string is delivered any more.
// What breaks the format or the limit closes the connection; see Broken. Before ConnectionMade only the fields may be used. Loop only.
// Twisted: NetstringReceiver, IntNStringReceiver.
type Strings struct {
	Handler   StringHandler
	Format    Format // the zero value is Netstring
	MaxLength int    // of a received string in bytes; 0 means DefaultMaxString

	stream
	parser StringParser
	out    []byte
}

var (
	_ protocol.Protocol          = (*Strings)(nil)
	_ protocol.Transport         = (*Strings)(nil)
	_ protocol.BufferDiscarder   = (*Strings)(nil)
	_ protocol.HandshakeListener = (*Strings)(nil)
)

// NewStrings returns a Strings for handler with the defaults.
func NewStrings(format Format, handler StringHandler) *Strings {
	return &Strings{Format: format, Handler: handler}
}

// ConnectionMade implements protocol.Protocol.
func (c *Strings) ConnectionMade(t protocol.Transport) {
	c.connect(t, &c.parser.in, c.step)
	c.parser.Format = c.Format
	c.call(func() { made(c.Handler, c) })
	c.deliver()
}

// DataReceived implements protocol.Protocol. Inside a handler it queues p for later.
func (c *Strings) DataReceived(_ protocol.Transport, p []byte) { c.feed(p) }

// ConnectionLost implements protocol.Protocol.
func (c *Strings) ConnectionLost(_ protocol.Transport, reason error) {
	c.close()
	lost(c.Handler, c, c.reason(reason))
}

// HandshakeCompleted implements protocol.HandshakeListener.
func (c *Strings) HandshakeCompleted(protocol.Transport) {
	c.call(func() { handshake(c.Handler, c) })
	c.deliver()
}

func (c *Strings) step() bool {
	c.parser.MaxLength = c.MaxLength
	s, ok, err := c.parser.Next()
	if err != nil {
		c.violate(err)
	} else if ok {
		c.Handler.StringReceived(c, s)
	}
	return ok
}

// SendString writes s with its length, in one write. It returns *[StringTooLongError] when s is too long for Format, else errors as Write.
func (c *Strings) SendString(s []byte) error {
	out, err := AppendString(c.out[:0], c.Format, s)
	if err != nil {
		return err
	}
	if c.out = out; cap(out) > keepCapacity {
		c.out = nil
	}
	_, err = c.Write(out)
	return err
}
